/** The limits of evaluation; each says why it is what it is. */

/**
 * How many tuples a path of a check may go through. SpiceDB's 50 is for servers that ask one another; here a step is
 * a call, or a few where permissions are nested, and 300 of them stay far from the end of the stack.
 */
export const MAX_DEPTH = 300;

/** A step of expansion takes ten times the stack that one of a check does. */
export const MAX_EXPANSION_DEPTH = 100;

/** A step of expansion is an object in the answer. */
export const MAX_EXPANDED_SUBJECTS = 100_000;
