/** What is told of a membership, and the questions that are asked. */
import type { Problem } from '../../../kernel/problem.ts';
import type { ObjectReference, SubjectReference } from '../store/relationship.ts';

export type CheckQuestion = {
  readonly resource: ObjectReference;
  /** A permission or a relation of it. */
  readonly permission: string;
  readonly subject: SubjectReference;
};

/** Caveats leave a membership open where the context lacks what they read. */
export type Membership =
  | { readonly kind: 'has' }
  | { readonly kind: 'has-not' }
  | { readonly kind: 'conditional'; readonly missing: readonly string[] };

export type CheckOutcome = Membership | { readonly kind: 'problem'; readonly problem: Problem };

export type Possession = Exclude<Membership, { readonly kind: 'has-not' }>;

/** A resource that has the subject, or a subject that is in the permission. */
export type Found = { readonly id: string; readonly membership: Possession };

export type FoundSubject = Found & {
  /** Of the wildcard: who of all is not in, or not for sure. */
  readonly excluded?: readonly { readonly id: string; readonly membership: Exclude<Membership, { kind: 'has' }> }[];
};

export type PageOptions = {
  /** Go on after this cursor. */
  readonly cursor?: string;
  readonly limit?: number;
};

export type Page<T> = {
  readonly found: readonly T[];
  /** Where to go on; absent when there is nothing more. */
  readonly cursor?: string;
};
