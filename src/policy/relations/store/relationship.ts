/** A relationship: what a resource's relation says of a subject (SpiceDB's tuple, as a value of the domain). */
import type { JsonObject } from '../../../kernel/json.ts';

export type ObjectReference = { readonly type: string; readonly id: string };

/** Without a relation the object itself; with the id `*` all objects of the type. */
export type SubjectReference = ObjectReference & { readonly relation?: string };

/** The caveat that must hold for the relationship to count, with the part of its context that is stored. */
export type RelationshipCaveat = { readonly name: string; readonly context: JsonObject };

export type Relationship = {
  readonly resource: ObjectReference;
  readonly relation: string;
  readonly subject: SubjectReference;
  readonly caveat?: RelationshipCaveat;
  /** Milliseconds since 1970 from which on the relationship counts no longer. */
  readonly expiresAt?: number;
};

/** The id of a subject that stands for all objects of its type. */
export const WILDCARD = '*';

/** What SpiceDB writes where a subject has no relation. */
export const ELLIPSIS = '...';
