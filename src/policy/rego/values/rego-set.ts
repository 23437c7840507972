/** Sets: how they are built, and what is made of two of them. */
import { sortValues } from './compare.ts';
import { mapKey } from './key.ts';
import { RegoSet, type RegoValue } from './value.ts';

/** Which members are the same is found out when somebody asks: sets of objects are often only looked through. */
class LazySet extends RegoSet {
  /** Until the index is made, some may be there more than once. */
  #members: readonly RegoValue[];
  #index: ReadonlyMap<unknown, RegoValue> | undefined;
  #sorted: readonly RegoValue[] | undefined;

  constructor(members: readonly RegoValue[]) {
    super();
    this.#members = members;
  }

  get size(): number {
    return this.#settled().size;
  }

  has(value: RegoValue): boolean {
    return this.#settled().has(mapKey(value));
  }

  values(): Iterable<RegoValue> {
    this.#settled();
    return this.#members;
  }

  members(): readonly RegoValue[] {
    return this.#members;
  }

  sorted(): readonly RegoValue[] {
    this.#sorted ??= sortValues(this.values());
    return this.#sorted;
  }

  #settled(): ReadonlyMap<unknown, RegoValue> {
    if (this.#index === undefined) {
      this.#index = indexOf(this.#members);
      if (this.#index.size < this.#members.length) this.#members = [...this.#index.values()];
    }
    return this.#index;
  }
}

/** The first of those that are the same counts. */
function indexOf(members: readonly RegoValue[]): ReadonlyMap<unknown, RegoValue> {
  const index = new Map<unknown, RegoValue>();
  for (const member of members) {
    const key = mapKey(member);
    if (!index.has(key)) index.set(key, member);
  }
  return index;
}

/** So many may wait before it is found out which are the same. */
const FIRST_LOOK = 1024;

/** A set while values are added; `build` hands it over, and the builder is not used after it. */
export class SetBuilder {
  #members: RegoValue[] = [];
  #nextLook = FIRST_LOOK;

  add(value: RegoValue): void {
    if (this.#members.length >= this.#nextLook) this.#look();
    this.#members.push(value);
  }

  build(): RegoSet {
    return this.#members.length === 0 ? EMPTY_SET : new LazySet(this.#members);
  }

  /** What is added again and again must not fill the memory. */
  #look(): void {
    this.#members = [...indexOf(this.#members).values()];
    this.#nextLook = Math.max(FIRST_LOOK, this.#members.length * 2);
  }
}

export const EMPTY_SET: RegoSet = new LazySet([]);

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
