/** What a schema may not exceed; each with its reason. */

/** One text in UTF-16 units: SpiceDB's clients send no message above 4 MiB. */
export const MAX_SCHEMA_LENGTH: number = 4 * 1024 * 1024;

/** How deep parentheses and generic types may nest: whoever walks a tree recurses, and no person writes a tenth. */
export const MAX_NESTING = 100;

/** Operands of one permission: each is a step of every check, and a generated list of more belongs in a relation. */
export const MAX_OPERANDS = 10_000;

/** Relations and permissions of one definition, with its partials: two that name each other twice would be without end. */
export const MAX_MEMBERS = 10_000;

/** Members of all definitions and partials, once partials are put in: a hundred times the largest known schema. */
export const MAX_ALL_MEMBERS = 1_000_000;

/** Relations and permissions looked at for the types of permissions (`use typechecking`): a second or two. */
export const MAX_TYPE_STEPS = 3_000_000;

/** Each is a program of its own; a schema has a handful. */
export const MAX_CAVEATS = 2000;

/** A hundred problems show what is wrong; a million would hide it and fill the memory. */
export const MAX_PROBLEMS = 100;

/** SpiceDB's bound on the parameters of a caveat. */
export const MAX_CAVEAT_PARAMETERS = 20;

/** SpiceDB's bound on a caveat's expression, in characters. */
export const MAX_CAVEAT_EXPRESSION_LENGTH = 100_000;
