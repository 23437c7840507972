/** Sets: how they are built, and what is made of two of them. */
import { sortValues } from './compare.ts';
import { mapKey } from './key.ts';
import { RegoSet, type RegoValue } from './value.ts';

class IndexedSet extends RegoSet {
  readonly #index: ReadonlyMap<unknown, RegoValue>;
  #sorted: readonly RegoValue[] | undefined;

  constructor(index: ReadonlyMap<unknown, RegoValue>) {
    super();
    this.#index = index;
  }

  get size(): number {
    return this.#index.size;
  }

  has(value: RegoValue): boolean {
    return this.#index.has(mapKey(value));
  }

  values(): Iterable<RegoValue> {
    return this.#index.values();
  }

  sorted(): readonly RegoValue[] {
    this.#sorted ??= sortValues(this.#index.values());
    return this.#sorted;
  }
}

/** A set while values are added; `build` hands it over, and the builder is not used after it. */
export class SetBuilder {
  readonly #index = new Map<unknown, RegoValue>();

  add(value: RegoValue): void {
    const key = mapKey(value);
    if (!this.#index.has(key)) this.#index.set(key, value);
  }

  get size(): number {
    return this.#index.size;
  }

  build(): RegoSet {
    return this.#index.size === 0 ? EMPTY_SET : new IndexedSet(this.#index);
  }
}

export const EMPTY_SET: RegoSet = new IndexedSet(new Map());

export function makeSet(values: Iterable<RegoValue>): RegoSet {
  const builder = new SetBuilder();
  for (const value of values) builder.add(value);
  return builder.build();
}

export function unionOf(a: RegoSet, b: RegoSet): RegoSet {
  if (a.size === 0) return b;
  if (b.size === 0) return a;
  const builder = new SetBuilder();
  for (const value of a.values()) builder.add(value);
  for (const value of b.values()) builder.add(value);
  return builder.build();
}

export function intersectionOf(a: RegoSet, b: RegoSet): RegoSet {
  const [few, many] = a.size <= b.size ? [a, b] : [b, a];
  const builder = new SetBuilder();
  for (const value of few.values()) if (many.has(value)) builder.add(value);
  return builder.build();
}

/** What is in `a` and not in `b`. */
export function differenceOf(a: RegoSet, b: RegoSet): RegoSet {
  if (b.size === 0) return a;
  const builder = new SetBuilder();
  for (const value of a.values()) if (!b.has(value)) builder.add(value);
  return builder.build();
}
