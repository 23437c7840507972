/** What a closure reads: the four variables of a request, and at most one thing that is assumed to be otherwise. */
import type { CedarRecord, Entity, Value } from '../value.ts';

export type Environment = {
  readonly principal: Entity;
  readonly action: Entity;
  readonly resource: Entity;
  readonly context: CedarRecord;
  /** Only while `explain` tries out what would change the answer. */
  readonly assumption?: Assumption;
};

export type Assumption =
  /** The owner has this attribute with this value, whatever it has in truth; with `undefined` it lacks it. */
  | {
      readonly kind: 'attribute';
      readonly owner: Entity | CedarRecord;
      readonly name: string;
      readonly value: Value | undefined;
    }
  /** The child is in the parent, and in all that the parent is in. */
  | { readonly kind: 'parent'; readonly child: Entity; readonly parent: Entity }
  | { readonly kind: 'tag'; readonly owner: Entity; readonly name: string; readonly value: Value | undefined };
