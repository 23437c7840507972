/** How much an explanation tells: what a person reads, and a record can hold. */

/** Rules deeper in the dependence of what was asked are seldom why. */
export const MAX_RULES = 32;

/** The bodies that came furthest are shown. */
export const MAX_BODIES = 16;

/** Of one expression. */
export const MAX_VALUES = 12;

/** Characters of one value, and of the text of an expression. */
export const MAX_TEXT = 160;

/** An `every` in an `every` in an `every`: what failed within is told this deep. */
export const MAX_INNER = 4;
