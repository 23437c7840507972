/** What a module or a query may not exceed; each with its reason. */

/** How high a tree may be, in nodes: whoever walks one recurses, and no person writes a tenth of it. */
export const MAX_NESTING = 500;

/** One text in UTF-16 units: a hundred times the largest policy library that is known. */
export const MAX_SOURCE_LENGTH: number = 16 * 1024 * 1024;

/** A hundred problems show what is wrong; a million would hide it and fill the memory. */
export const MAX_PROBLEMS = 100;

/** The binary exponent of a number, either way: OPA's own limit, which keeps arithmetic on it affordable. */
export const MAX_NUMBER_EXPONENT = 100_000;
