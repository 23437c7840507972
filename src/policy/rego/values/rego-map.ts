/** Objects: how they are built, in the one form that their keys call for. */
import { sortValues } from './compare.ts';
import { equal } from './equal.ts';
import { mapKey } from './key.ts';
import { RegoMap, type RegoObject, type RegoValue } from './value.ts';

type Entry = { readonly key: RegoValue; readonly value: RegoValue };

class IndexedMap extends RegoMap {
  readonly #index: ReadonlyMap<unknown, Entry>;
  #sortedKeys: readonly RegoValue[] | undefined;

  constructor(index: ReadonlyMap<unknown, Entry>) {
    super();
    this.#index = index;
  }

  get size(): number {
    return this.#index.size;
  }

  get(key: RegoValue): RegoValue | undefined {
    return this.#index.get(mapKey(key))?.value;
  }

  sortedKeys(): readonly RegoValue[] {
    this.#sortedKeys ??= sortValues(Array.from(this.#index.values(), ({ key }) => key));
    return this.#sortedKeys;
  }
}

/** Writes an own property, also where JavaScript has a meaning of its own for the name. */
export function setProperty(target: { [key: string]: RegoValue }, name: string, value: RegoValue): void {
  if (name === '__proto__') {
    Object.defineProperty(target, name, { value, writable: true, enumerable: true, configurable: true });
  } else {
    target[name] = value;
  }
}

/** An object while entries are set; `build` hands it over, and the builder is not used after it. */
export class ObjectBuilder {
  #plain: { [key: string]: RegoValue } = {};
  /** All entries, from the first key on that is no string. */
  #index: Map<unknown, Entry> | undefined;

  /** The last value of a key counts. */
  set(key: RegoValue, value: RegoValue): void {
    if (this.#index === undefined) {
      if (typeof key === 'string') {
        setProperty(this.#plain, key, value);
        return;
      }
      this.#index = new Map(Object.keys(this.#plain).map((name) => [mapKey(name), this.#entryOf(name)]));
    }
    this.#index.set(mapKey(key), { key, value });
  }

  /** False when the key has another value already, which stays. */
  add(key: RegoValue, value: RegoValue): boolean {
    const present = this.get(key);
    if (present !== undefined) return equal(present, value);
    this.set(key, value);
    return true;
  }

  get(key: RegoValue): RegoValue | undefined {
    if (this.#index !== undefined) return this.#index.get(mapKey(key))?.value;
    return typeof key === 'string' && Object.hasOwn(this.#plain, key) ? this.#plain[key] : undefined;
  }

  build(): RegoObject {
    return this.#index === undefined ? this.#plain : new IndexedMap(this.#index);
  }

  #entryOf(name: string): Entry {
    return { key: name, value: this.#plain[name] as RegoValue };
  }
}

/** The last value of a key counts. */
export function makeObject(entries: Iterable<readonly [RegoValue, RegoValue]>): RegoObject {
  const builder = new ObjectBuilder();
  for (const [key, value] of entries) builder.set(key, value);
  return builder.build();
}
