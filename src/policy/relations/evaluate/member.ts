/** A relation or a permission of a type, ready to be asked. */
import type { Permission, Relation } from '../schema/schema.ts';
import type { EnteredSet } from './check-run.ts';

export type Evaluate = EnteredSet['evaluate'];

export type Member = EnteredSet & {
  readonly typeName: string;
  readonly name: string;
  /** The numbers of the type and of the name in the store. */
  readonly type: number;
  readonly relation: number;
  readonly declared:
    | { readonly kind: 'relation'; readonly relation: Relation }
    | { readonly kind: 'permission'; readonly permission: Permission };
};

/** How one member finds the others. */
export type Members = {
  readonly member: (type: string, name: string) => Member | undefined;
  /** By the store's numbers. */
  readonly memberAt: (type: number, relation: number) => Member | undefined;
};
