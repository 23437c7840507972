/** A set of entity ordinals: open addressing in one typed array, a few nanoseconds a look, eight bytes an entry. */

/** Spreads consecutive ordinals; the golden ratio of 2^32, as in Knuth's multiplicative hashing. */
const SPREAD = 0x9e3779b1 | 0;

/** Immutable once built; entities with the same parents share one. */
export class AncestorTable {
  readonly size: number;
  /** A power of two in length, at most half full; 0 marks a free slot, since no ordinal is 0. Not to be written. */
  readonly slots: Int32Array;
  readonly #shift: number;

  private constructor(slots: Int32Array, size: number) {
    this.size = size;
    this.slots = slots;
    this.#shift = Math.clz32(slots.length) + 1;
  }

  static of(ordinals: Iterable<number>): AncestorTable {
    return AncestorTable.union([...ordinals], []);
  }

  /** What is in any of them. */
  static union(ordinals: readonly number[], tables: readonly AncestorTable[]): AncestorTable {
    const most = tables.reduce((sum, table) => sum + table.size, ordinals.length);
    if (most === 0) return AncestorTable.EMPTY;
    let slots = new Int32Array(lengthFor(most));
    let size = 0;
    for (const ordinal of ordinals) size += insert(slots, ordinal);
    // Not by their iterators: a chain of groups is built by the square of its length.
    for (const table of tables) size += insertAll(slots, table.slots);
    if (lengthFor(size) < slots.length) {
      const loose = slots;
      slots = new Int32Array(lengthFor(size));
      insertAll(slots, loose);
    }
    return new AncestorTable(slots, size);
  }

  has(ordinal: number): boolean {
    const slots = this.slots;
    const mask = slots.length - 1;
    let slot = Math.imul(ordinal, SPREAD) >>> this.#shift;
    for (;;) {
      const found = slots[slot];
      if (found === ordinal) return true;
      if (found === 0) return false;
      slot = (slot + 1) & mask;
    }
  }

  /** In no particular order. */
  *[Symbol.iterator](): Generator<number> {
    for (const ordinal of this.slots) if (ordinal !== 0) yield ordinal;
  }

  static readonly EMPTY: AncestorTable = new AncestorTable(new Int32Array(2), 0);
}

/** Two slots at least: a shift by 32 would be one by 0. */
function lengthFor(size: number): number {
  return size < 2 ? 2 : 2 ** (32 - Math.clz32(size * 2 - 1));
}

/** How many were not there before: 1 or 0. */
function insert(slots: Int32Array, ordinal: number): number {
  const mask = slots.length - 1;
  let slot = Math.imul(ordinal, SPREAD) >>> (Math.clz32(slots.length) + 1);
  while (slots[slot] !== 0) {
    if (slots[slot] === ordinal) return 0;
    slot = (slot + 1) & mask;
  }
  slots[slot] = ordinal;
  return 1;
}

function insertAll(slots: Int32Array, from: Int32Array): number {
  let added = 0;
  for (let index = 0; index < from.length; index += 1) {
    const ordinal = from[index] as number;
    if (ordinal !== 0) added += insert(slots, ordinal);
  }
  return added;
}
