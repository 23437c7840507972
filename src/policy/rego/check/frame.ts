/** The locals of one frame: numbers for the variables of a definition or a query, and the names of those that have one. */
import type { Span } from '../../source-position.ts';
import { isWildcard } from '../parse/wildcards.ts';
import type { Local } from '../program.ts';

export class Frame {
  /** Wildcards have names as well: `$0`. */
  readonly names: Map<number, string> = new Map();
  readonly #places = new Map<number, Span[]>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** A local of ours. */
  fresh(): Local {
    const id = this.#size;
    this.#size += 1;
    return { kind: 'local', id };
  }

  named(name: string): Local {
    const local = this.fresh();
    this.names.set(local.id, name);
    return local;
  }

  /** Where the author wrote the variable. */
  mark({ id }: Local, { start, end }: Span): void {
    const places = this.#places.get(id);
    if (places === undefined) this.#places.set(id, [{ start, end }]);
    else places.push({ start, end });
  }

  /** The first place of a variable within a span. */
  placeWithin(id: number, { start, end }: Span): Span | undefined {
    return this.#places.get(id)?.find((place) => place.start >= start && place.end <= end);
  }

  /** As answers and explanations show them. */
  shownNames(): ReadonlyMap<number, string> {
    return new Map([...this.names].filter(([, name]) => !isWildcard(name)));
  }
}
