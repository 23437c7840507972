/** Records of eight numbers in one typed array, found by their first two: rows and nodes of the relationship graph. */

/** 32-bit numbers of a record; a power of two, so that a record never straddles a line of the processor's cache. */
export const STRIDE = 8;

const FIRST_CAPACITY = 64;
/** Room is added by a fifth: doubling would leave half of ten million rows empty. */
const GROWTH = 1.2;

/**
 * Records are numbered from 1, and 0 is none. Each is appended and never removed; where a pair is put again, the
 * newest is the one that is found.
 */
export class PairTable {
  /** `STRIDE` numbers a record; the first two are its key. Replaced by a larger one as records are added. */
  cells: Uint32Array = new Uint32Array(FIRST_CAPACITY * STRIDE);
  /** The highest number that is in use. */
  count = 0;
  #slots: Uint32Array = new Uint32Array(FIRST_CAPACITY * 2);
  #used = 0;

  /** The newest record of the pair, or 0. */
  find(first: number, second: number): number {
    const cells = this.cells;
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let slot = hashOf(first, second) & mask; ; slot = (slot + 1) & mask) {
      const record = slots[slot] as number;
      if (record === 0) return 0;
      const at = record * STRIDE;
      if (cells[at] === first && cells[at + 1] === second) return record;
    }
  }

  /** Appends a record, all zeros but for its key. */
  put(first: number, second: number): number {
    const record = ++this.count;
    const at = record * STRIDE;
    if (at + STRIDE > this.cells.length) this.#growCells();
    this.cells[at] = first;
    this.cells[at + 1] = second;
    // A third of the slots stays free: a search for what is not there ends at the first free one.
    if ((this.#used + 1) * 3 > this.#slots.length * 2) this.#growSlots();
    this.#place(record);
    return record;
  }

  #place(record: number): void {
    const cells = this.cells;
    const slots = this.#slots;
    const mask = slots.length - 1;
    const first = cells[record * STRIDE] as number;
    const second = cells[record * STRIDE + 1] as number;
    for (let slot = hashOf(first, second) & mask; ; slot = (slot + 1) & mask) {
      const there = slots[slot] as number;
      if (there === 0) {
        slots[slot] = record;
        this.#used += 1;
        return;
      }
      if (cells[there * STRIDE] === first && cells[there * STRIDE + 1] === second) {
        slots[slot] = record;
        return;
      }
    }
  }

  #growCells(): void {
    const records = Math.max(FIRST_CAPACITY * 2, Math.ceil((this.cells.length / STRIDE) * GROWTH));
    const cells = new Uint32Array(records * STRIDE);
    cells.set(this.cells);
    this.cells = cells;
  }

  /** Records are placed in their order, so that the newest of a pair wins again. */
  #growSlots(): void {
    this.#slots = new Uint32Array(this.#slots.length * 2);
    this.#used = 0;
    for (let record = 1; record < this.count; record += 1) this.#place(record);
  }
}

/** Numbers that follow one another must not lie side by side: probing would walk through their neighbours. */
function hashOf(first: number, second: number): number {
  let hash = Math.imul(first, 0x9e3779b1) ^ Math.imul(second, 0x85ebca77);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return (hash ^ (hash >>> 13)) >>> 0;
}
