/** The nodes of the relationship graph: an object and a relation of it, each with the lists of its rows. */

/** 32-bit numbers of a node; a power of two, so that a node never straddles a line of the processor's cache. */
export const NODE_STRIDE = 8;

/** Where the numbers of a node stand. */
export const NODE_OBJECT = 0;
export const NODE_RELATION = 1;
/** The first row of the node whose subject is an object itself. */
export const NODE_OBJECTS = 2;
/** The first row of the node whose subject is a relation of an object. */
export const NODE_USERSETS = 3;
/** The first row that has the node as its subject. */
export const NODE_RESOURCES = 4;
/** How many rows there are in the first and in the last of these lists, with those that were deleted. */
export const NODE_OBJECT_COUNT = 5;
export const NODE_RESOURCE_COUNT = 6;
/** The next node of the same object. */
const NODE_NEXT = 7;

const FIRST_CAPACITY = 64;
const GROWTH = 1.2;

/**
 * Nodes are numbered from 1, and 0 is none. The nodes of one object are a list: there are a handful, which mostly came
 * one after the other, so that walking it touches less memory than a hash table would.
 */
export class NodeTable {
  /** `NODE_STRIDE` numbers a node. Replaced by a larger one as nodes are added. */
  cells: Uint32Array = new Uint32Array(FIRST_CAPACITY * NODE_STRIDE);
  count = 0;
  /** The first node of each object. */
  #firsts: Uint32Array = new Uint32Array(FIRST_CAPACITY);

  /** The node, or 0; also for numbers that no object has. */
  find(object: number, relation: number): number {
    const cells = this.cells;
    if (object >= this.#firsts.length) return 0;
    let node = this.#firsts[object] as number;
    while (node !== 0 && cells[node * NODE_STRIDE + NODE_RELATION] !== relation) {
      node = cells[node * NODE_STRIDE + NODE_NEXT] as number;
    }
    return node;
  }

  /** A new node, which is in the table once. */
  put(object: number, relation: number): number {
    const node = ++this.count;
    const at = node * NODE_STRIDE;
    if (at + NODE_STRIDE > this.cells.length) {
      this.cells = grown(this.cells, Math.ceil(node * GROWTH + FIRST_CAPACITY) * NODE_STRIDE);
    }
    if (object >= this.#firsts.length) this.#firsts = grown(this.#firsts, Math.ceil(object * GROWTH + FIRST_CAPACITY));
    this.cells[at + NODE_OBJECT] = object;
    this.cells[at + NODE_RELATION] = relation;
    this.cells[at + NODE_NEXT] = this.#firsts[object] as number;
    this.#firsts[object] = node;
    return node;
  }
}

function grown(array: Uint32Array, length: number): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(length);
  larger.set(array);
  return larger;
}
