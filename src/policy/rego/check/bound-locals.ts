/** Which locals have a value at a place: those of the surroundings, and what was bound since. */

/** All that most of checking asks. */
export type Bound = { readonly has: (id: number) => boolean };

export const NOTHING_BOUND: Bound = { has: () => false };

/** A layer above others, so that a body costs what it binds and not what was bound before it. */
export class BoundLocals implements Bound {
  readonly #below: Bound;
  readonly #own = new Set<number>();

  constructor(below: Bound) {
    this.#below = below;
  }

  has(id: number): boolean {
    return this.#own.has(id) || this.#below.has(id);
  }

  add(id: number): void {
    this.#own.add(id);
  }
}
