/** What a policy set, its entities and its requests may not exceed; each with its reason. */

/** Nesting of expressions and of values: deeper is an attack on whoever recurses, and no person writes a tenth of it. */
export const MAX_EXPRESSION_DEPTH = 500;

/** One source text in UTF-16 units: ten times the largest generated policy file that is known. */
export const MAX_SOURCE_LENGTH: number = 64 * 1024 * 1024;

/** A hundred problems show what is wrong; a million would hide it and fill the memory. */
export const MAX_PROBLEMS = 100;

/** Of one entity: four times what Active Directory lets a user be in; a chain that long takes 100 MB already. */
export const MAX_ANCESTORS = 4096;
