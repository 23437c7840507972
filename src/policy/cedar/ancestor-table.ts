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
    const unique = new Set(ordinals);
    if (unique.size === 0) return AncestorTable.EMPTY;
    // Two slots at least: a shift by 32 would be one by 0.
    let length = 2;
    while (length < unique.size * 2) length *= 2;
    const slots = new Int32Array(length);
    const shift = Math.clz32(length) + 1;
    for (const ordinal of unique) {
      let slot = Math.imul(ordinal, SPREAD) >>> shift;
      while (slots[slot] !== 0) slot = (slot + 1) & (length - 1);
      slots[slot] = ordinal;
    }
    return new AncestorTable(slots, unique.size);
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
