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
      readonly kind: 'attribute' | 'tag';
      readonly owner: Entity;
      readonly name: string;
      readonly value: Value | undefined;
    }
  /** Some entity is in another one, or is not: this says who is in whom. */
  | { readonly kind: 'membership'; readonly isIn: (one: Entity, other: Entity) => boolean };
