/** What one evaluation has asked one partial rule for by its keys, and whether it had better ask for the whole. */
import { mapKey } from '../values/key.ts';
import type { RegoValue } from '../values/value.ts';

/** So many lookups, each with so many steps, and the whole is likely to cost no more than the next of them. */
const MANY_LOOKUPS = 32;
const MANY_STEPS = 16;

export class KeyedLookups {
  /** Where evaluating the whole has failed: other keys are in conflict, which is none for those that are asked for. */
  isWholeBroken = false;
  /** By the number of keys: one that is a list is another one than several. */
  readonly #known: Map<unknown, RegoValue>[] = [];
  #lookups = 0;
  #steps = 0;

  get(keys: readonly RegoValue[]): RegoValue | undefined {
    return this.#known[keys.length]?.get(idOf(keys));
  }

  add(keys: readonly RegoValue[], value: RegoValue, steps: number): void {
    (this.#known[keys.length] ??= new Map()).set(idOf(keys), value);
    this.#lookups += 1;
    this.#steps += steps;
  }

  get wantsWhole(): boolean {
    return !this.isWholeBroken && this.#lookups >= MANY_LOOKUPS && this.#steps >= this.#lookups * MANY_STEPS;
  }
}

function idOf(keys: readonly RegoValue[]): unknown {
  return mapKey(keys.length === 1 ? (keys[0] as RegoValue) : keys);
}
