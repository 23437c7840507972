/**
 * Where in a body the emitted text stands: which locals have a value, and which loops are open around it.
 *
 * Each local, and each value, knows the depth of the innermost loop that it depends on. What fails goes on with that
 * loop, since the elements of those within it would change nothing; and what is costly is computed once there.
 */

/** A name in emitted text, and the depth of the innermost loop that its value depends on; 0: none. */
export type Value = { readonly name: string; readonly depth: number };

/** One open loop; depth 0 is the function itself. */
export type Loop = {
  /** The statement that goes on with the next element. */
  readonly next: string;
  /** Where in the text names can be declared that live as long as one turn of the loop. */
  readonly slot: number;
};

export class Scope {
  /** The name of the evaluation that is asked: another one under a `with`. */
  readonly evaluation: string;
  /** Whether the order of solutions can be seen from outside, and how many there are. */
  readonly isOrdered: boolean;
  /** Under a `with`, all that is computed counts as dependent on the innermost loop. */
  readonly isPinned: boolean;
  readonly #bound: Map<number, number>;
  readonly #loops: Loop[];
  /** The depth at which the body begins: what depends on no loop of its own leaves it. */
  readonly #base: number;
  readonly #leave: string;

  private constructor(
    evaluation: string,
    isOrdered: boolean,
    isPinned: boolean,
    bound: Map<number, number>,
    loops: Loop[],
    base: number,
    leave: string,
  ) {
    this.evaluation = evaluation;
    this.isOrdered = isOrdered;
    this.isPinned = isPinned;
    this.#bound = bound;
    this.#loops = loops;
    this.#base = base;
    this.#leave = leave;
  }

  /** Of a function; `slot` is where its own names can be declared. */
  static ofFunction(slot: number, isOrdered: boolean): Scope {
    return new Scope('e', isOrdered, false, new Map(), [{ next: '', slot }], 0, '');
  }

  /** Of a body within: it sees what is bound here, and binds for itself. `leave` ends it. */
  within(leave: string, isOrdered: boolean): Scope {
    const { evaluation, isPinned } = this;
    return new Scope(evaluation, isOrdered, isPinned, new Map(this.#bound), [...this.#loops], this.depth, leave);
  }

  /** The same place, asking another evaluation. What is bound there is bound here. */
  under(evaluation: string): Scope {
    return new Scope(evaluation, this.isOrdered, true, this.#bound, this.#loops, this.#base, this.#leave);
  }

  get depth(): number {
    return this.#loops.length - 1;
  }

  /** How many loops the body itself has opened. */
  get opened(): number {
    return this.depth - this.#base;
  }

  open(loop: Loop): void {
    this.#loops.push(loop);
  }

  /** The statement for what has no (further) solution, and depends on nothing deeper than this. */
  failAt(depth: number): string {
    return depth <= this.#base ? this.#leave : (this.#loops[depth] as Loop).next;
  }

  slotAt(depth: number): number {
    return (this.#loops[depth] as Loop).slot;
  }

  bind(id: number, depth: number): void {
    this.#bound.set(id, this.isPinned ? this.depth : depth);
  }

  /** Whether the local is bound. */
  has(id: number): boolean {
    return this.#bound.has(id);
  }

  /** Of a local that is not bound here: it belongs to a body within, and depends on what that depends on. */
  depthOf(id: number): number {
    return this.#bound.get(id) ?? 0;
  }

  depthOfAll(ids: Iterable<number>): number {
    if (this.isPinned) return this.depth;
    let depth = 0;
    for (const id of ids) depth = Math.max(depth, this.depthOf(id));
    return depth;
  }
}
