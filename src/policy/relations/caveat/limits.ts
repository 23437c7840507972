/** What caveats and their contexts may not exceed; each with its reason. */

/** SpiceDB's bound on the context of a request, in bytes of JSON. */
export const MAX_REQUEST_CONTEXT_BYTES = 4096;

/** SpiceDB's bound on the context that a relationship stores, in bytes of JSON. */
export const MAX_STORED_CONTEXT_BYTES = 25_000;

/** Turns of all loops of one evaluation: two lists of 200 nested, and a tenth of a second at most. */
export const MAX_LOOP_TURNS = 50_000;

/** How deep brackets may nest in an expression: the parser recurses, and no person writes a tenth. */
export const MAX_EXPRESSION_NESTING = 100;

/** How many parts of an expression are looked at for the parameters that it misses; a condition has a dozen. */
export const MAX_MISSING_PROBES = 1000;

/** How high an expression's tree may be, of chains such as `a + b + c` too: whoever walks it recurses. */
export const MAX_EXPRESSION_HEIGHT = 500;

/** How deep a value of the type `any` may nest: whoever walks it recurses. */
export const MAX_CONTEXT_NESTING = 100;
