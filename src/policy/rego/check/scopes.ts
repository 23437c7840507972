/** Which variable a name means where it stands: what was declared, in which scope, and what was only used. */
import type { Span } from '../../source-position.ts';
import { isWildcard } from '../parse/wildcards.ts';
import type { Local } from '../program.ts';
import type { Frame } from './frame.ts';

/** How a name got into its scope. */
export type Occurrence = 'argument' | 'assigned' | 'declared' | 'seen';

export type Declaration = {
  readonly name: string;
  readonly local: Local;
  readonly occurrence: Occurrence;
  readonly at: Span;
  /** How often it was used, after its declaration and within what the declaration reaches. */
  uses: number;
};

/** `seen`: names that were used, but not as variables. */
type Scope = { readonly declared: Map<string, Declaration>; readonly seen: Set<string> };

function emptyScope(): Scope {
  return { declared: new Map(), seen: new Set() };
}

/**
 * Names that nothing declares mean one variable in the whole rule. A declaration makes a new one, from where it stands
 * to the end of its scope; before that, its scope may not have used the name.
 */
export class Scopes {
  readonly #frame: Frame;
  readonly #stack: Scope[] = [emptyScope()];
  readonly #undeclared = new Map<string, Local>();

  constructor(frame: Frame, parameters: ReadonlyMap<string, Declaration> = new Map()) {
    this.#frame = frame;
    for (const [name, parameter] of parameters) this.#top.declared.set(name, parameter);
  }

  get #top(): Scope {
    return this.#stack.at(-1) as Scope;
  }

  enter(): void {
    this.#stack.push(emptyScope());
  }

  /** What was declared in the scope and never used. */
  leave(): readonly Declaration[] {
    const unused = this.unused();
    this.#stack.pop();
    return unused;
  }

  unused(): readonly Declaration[] {
    return [...this.#top.declared.values()].filter(
      ({ occurrence, uses, name }) => occurrence === 'declared' && uses === 0 && !isWildcard(name),
    );
  }

  find(name: string): Declaration | undefined {
    for (let depth = this.#stack.length - 1; depth >= 0; depth -= 1) {
      const found = this.#stack[depth]?.declared.get(name);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** The variable that a name means here. */
  use(name: string, at: Span): Local {
    const found = this.find(name);
    if (found !== undefined) {
      found.uses += 1;
      this.#frame.mark(found.local, at);
      return found.local;
    }
    const local = this.#undeclaredLocal(name);
    this.#frame.mark(local, at);
    this.#top.declared.set(name, { name, local, occurrence: 'seen', at, uses: 1 });
    return local;
  }

  /** A name that means no variable, and may not be declared in this scope any more. */
  see(name: string): void {
    if (this.find(name) === undefined) this.#top.seen.add(name);
  }

  /** What stands in the way, if something does in this scope. */
  declare(name: string, occurrence: Occurrence, at: Span): Local | Occurrence {
    const { declared, seen } = this.#top;
    const present = declared.get(name)?.occurrence ?? (seen.has(name) ? 'seen' : undefined);
    if (present !== undefined) return present;
    const local = this.#frame.named(name);
    this.#frame.mark(local, at);
    declared.set(name, { name, local, occurrence, at, uses: 0 });
    return local;
  }

  #undeclaredLocal(name: string): Local {
    let local = this.#undeclared.get(name);
    if (local === undefined) this.#undeclared.set(name, (local = this.#frame.named(name)));
    return local;
  }
}
