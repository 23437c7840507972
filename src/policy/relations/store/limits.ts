/** The limits of stored relationships, as SpiceDB has them; each says why it is what it is. */

/** A write is one transaction that readers wait for: what is larger is imported in parts. */
export const MAX_UPDATES_PER_WRITE = 1000;

/** Each is a search of its own before anything is written. */
export const MAX_PRECONDITIONS = 1000;

export const MAX_OBJECT_ID_CHARACTERS = 1024;

/** The part of a caveat's context that one relationship stores, as JSON: 10 million of them stay in memory. */
export const MAX_STORED_CONTEXT_BYTES = 25_000;
