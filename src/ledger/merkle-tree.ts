/** The Merkle tree over the entries (RFC 6962 §2.1): its root as it grows, and what proofs are checked with. */
import { type Digest, PairHasher, sha256 } from './digest.ts';

/**
 * The complete subtrees that a tree of `size` leaves consists of, smallest first: `nodes[level]` covers 2^level
 * leaves, and is undefined where the size has no such bit. All that is needed to go on growing.
 */
export type Frontier = { readonly size: number; readonly nodes: readonly (Digest | undefined)[] };

export const EMPTY_ROOT: Digest = sha256(new Uint8Array(0));

/** A tree that grows by appending. 53 levels at most: a size is a safe integer. */
export class GrowingTree {
  readonly #hasher: PairHasher;
  #size: number;
  #nodes: (Digest | undefined)[];

  constructor(hasher: PairHasher, from: Frontier = { size: 0, nodes: [] }) {
    this.#hasher = hasher;
    this.#size = from.size;
    this.#nodes = [...from.nodes];
  }

  get size(): number {
    return this.#size;
  }

  append(leaf: Digest): void {
    let carried = leaf;
    let level = 0;
    for (let rest = this.#size; rest % 2 === 1; rest = (rest - 1) / 2) {
      carried = this.#hasher.node(this.#nodes[level] as Digest, carried);
      this.#nodes[level] = undefined;
      level += 1;
    }
    this.#nodes[level] = carried;
    this.#size += 1;
  }

  frontier(): Frontier {
    return { size: this.#size, nodes: [...this.#nodes] };
  }
}

export function rootOf(frontier: Frontier, hasher: PairHasher): Digest {
  let root: Digest | undefined;
  for (const node of frontier.nodes) {
    if (node !== undefined) root = root === undefined ? node : hasher.node(node, root);
  }
  return root ?? EMPTY_ROOT;
}

/** RFC 9162 §2.1.3.2: whether the leaf with this number is in the tree with this size and root. */
export function includes(
  root: Digest,
  size: number,
  proof: { readonly sequence: number; readonly leaf: Digest; readonly path: readonly Digest[] },
): boolean {
  if (!Number.isSafeInteger(proof.sequence) || proof.sequence < 0 || proof.sequence >= size) return false;
  const hasher = new PairHasher();
  let node = BigInt(proof.sequence);
  let last = BigInt(size) - 1n;
  let hash = proof.leaf;
  for (const sibling of proof.path) {
    if (last === 0n) return false;
    if ((node & 1n) === 1n || node === last) {
      hash = hasher.node(sibling, hash);
      while (node !== 0n && (node & 1n) === 0n) [node, last] = [node >> 1n, last >> 1n];
    } else {
      hash = hasher.node(hash, sibling);
    }
    [node, last] = [node >> 1n, last >> 1n];
  }
  return last === 0n && hash === root;
}

/** RFC 9162 §2.1.4.2: whether the smaller tree is the beginning of the larger one. */
export function extendsTree(
  smaller: { readonly size: number; readonly root: Digest },
  larger: { readonly size: number; readonly root: Digest },
  path: readonly Digest[],
): boolean {
  if (smaller.size > larger.size) return false;
  if (smaller.size === larger.size) return path.length === 0 && smaller.root === larger.root;
  if (smaller.size === 0) return path.length === 0 && smaller.root === EMPTY_ROOT;
  const hasher = new PairHasher();
  let node = BigInt(smaller.size) - 1n;
  let last = BigInt(larger.size) - 1n;
  while ((node & 1n) === 1n) [node, last] = [node >> 1n, last >> 1n];
  // The smaller tree's root is itself a node of the larger tree when its size is a power of two.
  const [first, ...rest] = node === 0n ? [smaller.root, ...path] : path;
  if (first === undefined) return false;
  let old = first;
  let grown = first;
  for (const sibling of rest) {
    if (last === 0n) return false;
    if ((node & 1n) === 1n || node === last) {
      old = hasher.node(sibling, old);
      grown = hasher.node(sibling, grown);
      while (node !== 0n && (node & 1n) === 0n) [node, last] = [node >> 1n, last >> 1n];
    } else {
      grown = hasher.node(grown, sibling);
    }
    [node, last] = [node >> 1n, last >> 1n];
  }
  return last === 0n && old === smaller.root && grown === larger.root;
}
