/** The object of a rule set with keys: values, or sets of members, at the end of paths of any length. */
import { mapKey } from '../values/key.ts';
import { equal } from '../values/equal.ts';
import { ObjectBuilder } from '../values/rego-map.ts';
import { SetBuilder } from '../values/rego-set.ts';
import type { RegoValue } from '../values/value.ts';
import { conflictOf } from './rego-error.ts';

type Leaf =
  | { readonly kind: 'value'; readonly value: RegoValue }
  | { readonly kind: 'members'; readonly members: SetBuilder };
type Child = { readonly key: RegoValue; readonly node: NestedObject | Leaf };

/** Two definitions that do not give the same value at one path are a conflict, and end the evaluation. */
export class NestedObject {
  readonly kind = 'object';
  readonly #children = new Map<unknown, Child>();

  put(keys: readonly RegoValue[], value: RegoValue): void {
    const { parent, key, found } = this.#at(keys);
    if (found === undefined) parent.#children.set(mapKey(key), { key, node: { kind: 'value', value } });
    else if (found.kind !== 'value' || !equal(found.value, value)) conflictOf('object');
  }

  add(keys: readonly RegoValue[], member: RegoValue): void {
    const { parent, key, found } = this.#at(keys);
    if (found === undefined) {
      const members = new SetBuilder();
      members.add(member);
      parent.#children.set(mapKey(key), { key, node: { kind: 'members', members } });
    } else if (found.kind === 'members') {
      found.members.add(member);
    } else {
      conflictOf('object');
    }
  }

  #at(keys: readonly RegoValue[]): { parent: NestedObject; key: RegoValue; found: NestedObject | Leaf | undefined } {
    const [key, ...below] = keys as readonly [RegoValue, ...RegoValue[]];
    const found = this.#children.get(mapKey(key))?.node;
    if (below.length === 0) return { parent: this, key, found };
    if (found !== undefined && found.kind !== 'object') conflictOf('object');
    const next = found ?? new NestedObject();
    if (found === undefined) this.#children.set(mapKey(key), { key, node: next });
    return next.#at(below);
  }

  build(): RegoValue {
    const builder = new ObjectBuilder();
    for (const { key, node } of this.#children.values()) {
      if (node.kind === 'object') builder.set(key, node.build());
      else builder.set(key, node.kind === 'value' ? node.value : node.members.build());
    }
    return builder.build();
  }
}
