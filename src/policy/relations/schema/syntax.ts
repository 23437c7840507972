/** A schema as it is written: partials are not yet put in, and no name is resolved. */
import type { Span } from '../../source-position.ts';
import type { CaveatDefinition, Permission, Relation } from './schema.ts';

export type SchemaSyntax = {
  readonly definitions: readonly ObjectSyntax[];
  readonly partials: readonly ObjectSyntax[];
  readonly caveats: readonly CaveatSyntax[];
};

/** A definition or a partial. */
export type ObjectSyntax = Span & {
  readonly name: string;
  readonly nameSpan: Span;
  readonly comments: readonly string[];
  readonly members: readonly MemberSyntax[];
};

export type MemberSyntax =
  | { readonly kind: 'relation'; readonly relation: Relation }
  | { readonly kind: 'permission'; readonly permission: Permission }
  /** `...name` */
  | (Span & { readonly kind: 'partial'; readonly name: string });

/** Of a caveat `parameters` keeps the first of two with one name; the second is reported where it is read. */
export type CaveatSyntax = CaveatDefinition & { readonly nameSpan: Span };
