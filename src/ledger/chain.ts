/** The two bindings of the ledger as it grows: the hash chain, entry by entry, and the Merkle tree over all. */
import { type Digest, LEAF_PREFIX, PairHasher, sha256 } from './digest.ts';
import { type Frontier, GrowingTree, rootOf } from './merkle-tree.ts';

/** The state after `size` entries: enough to go on, and to sign a checkpoint. */
export type ChainState = { readonly head: Digest; readonly frontier: Frontier };

/** The head of the chain before the first entry: 32 zero bytes. */
const GENESIS: Digest = '\0'.repeat(32) as Digest;

export const EMPTY_CHAIN: ChainState = { head: GENESIS, frontier: { size: 0, nodes: [] } };

export class Chain {
  readonly #hasher: PairHasher = new PairHasher();
  #head: Digest;
  #tree: GrowingTree;

  constructor(from: ChainState = EMPTY_CHAIN) {
    this.#head = from.head;
    this.#tree = new GrowingTree(this.#hasher, from.frontier);
  }

  get size(): number {
    return this.#tree.size;
  }

  /**
   * Takes the next entry, with the leaf prefix standing before its bytes, so that nothing is copied to hash it;
   * returns the new head.
   */
  append(prefixed: Uint8Array): Digest {
    if (prefixed[0] !== LEAF_PREFIX) throw new RangeError('an entry is hashed with the leaf prefix before it');
    const leaf = sha256(prefixed);
    this.#head = this.#hasher.link(this.#head, leaf);
    this.#tree.append(leaf);
    return this.#head;
  }

  state(): ChainState {
    return { head: this.#head, frontier: this.#tree.frontier() };
  }

  root(): Digest {
    return rootOf(this.#tree.frontier(), this.#hasher);
  }
}
