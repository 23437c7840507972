/** A schema of SpiceDB's language as it is once it has been read and every name in it resolved. */
import type { PolicySource, Span } from '../../source-position.ts';
import type { CaveatType } from './caveat-type.ts';

export type RelationSchema = {
  readonly source: PolicySource;
  readonly definitions: ReadonlyMap<string, ObjectDefinition>;
  readonly caveats: ReadonlyMap<string, CaveatDefinition>;
};

export type ObjectDefinition = Span & {
  readonly name: string;
  /** The comments before it, as they were written. */
  readonly comments: readonly string[];
  /** No name is both a relation and a permission. */
  readonly relations: ReadonlyMap<string, Relation>;
  readonly permissions: ReadonlyMap<string, Permission>;
  /** The names of both in the order in which they stand, each partial's where it is put in. */
  readonly order: readonly string[];
};

export type Relation = Span & {
  readonly name: string;
  readonly comments: readonly string[];
  readonly allowed: readonly AllowedSubject[];
};

/** One of the subjects that a relation may name. */
export type AllowedSubject = Span & {
  readonly type: string;
  /** The objects themselves (`user`), a relation or permission of theirs (`group#member`), or all at once (`user:*`). */
  readonly subject:
    | { readonly kind: 'object' }
    | { readonly kind: 'userset'; readonly relation: string }
    | { readonly kind: 'wildcard' };
  readonly caveat: string | undefined;
  readonly expires: boolean;
};

export type Permission = Span & {
  readonly name: string;
  readonly comments: readonly string[];
  /** `use typechecking`: the types that it says its subjects have; empty where it says nothing. */
  readonly types: readonly string[];
  readonly expression: SetExpression;
};

/** A set of subjects, of one object. */
export type SetExpression = Span &
  (
    | { readonly kind: 'union' | 'intersection'; readonly operands: readonly SetExpression[] }
    | { readonly kind: 'exclusion'; readonly base: SetExpression; readonly excluded: SetExpression }
    /** A relation or a permission of the same object. */
    | { readonly kind: 'computed'; readonly name: string }
    /**
     * `relation->target`: of the objects that the relation names; with `every` of all of them at once (`.all()`).
     * `any` remembers the spelling `.any()`, which means the same as `->`.
     */
    | {
        readonly kind: 'arrow';
        readonly relation: string;
        readonly target: string;
        readonly every: boolean;
        readonly any?: true;
      }
    | { readonly kind: 'nil' }
    /** The object itself as a subject. */
    | { readonly kind: 'self' }
  );

export type CaveatDefinition = Span & {
  readonly name: string;
  readonly comments: readonly string[];
  readonly parameters: ReadonlyMap<string, CaveatType>;
  /** CEL, as it was written, and where it begins. */
  readonly expression: { readonly text: string; readonly start: number };
};
