/** Which locals have a value when two terms are equal, before anything is evaluated. */
import { elementsOf, entriesOf, sameTerm } from './term-parts.ts';
import type { Bound } from './bound-locals.ts';
import type { ResolvedEntry, ResolvedTerm } from './resolved.ts';
import { IN_PATTERNS, localsOfTerm } from './visible-locals.ts';

/** The locals that `left = right` binds, where those of `bound` have their values already. */
export function unifiedLocals(bound: Bound, left: ResolvedTerm, right: ResolvedTerm): Set<number> {
  const unifier = new Unifier(bound);
  unifier.unify(left, right);
  return unifier.unified;
}

class Unifier {
  readonly unified: Set<number> = new Set();
  readonly #bound: Bound;
  /** Locals that have a value as soon as all of the others have one. */
  readonly #waiting = new Map<number, Set<number>>();

  constructor(bound: Bound) {
    this.#bound = bound;
  }

  unify(left: ResolvedTerm, right: ResolvedTerm): void {
    if (left.kind === 'local') return this.#unifyLocal(left.id, right);
    if (right.kind === 'local') return this.#unifyLocal(right.id, left);
    if (isSource(left) || isSource(right)) {
      if (this.#isKnown(left)) this.#bindAll(right);
      if (this.#isKnown(right)) this.#bindAll(left);
      return;
    }
    const [a, b] = [elementsOf(left), elementsOf(right)];
    if (a !== undefined && b !== undefined) {
      if (a.length === b.length)
        for (const [index, element] of a.entries()) this.unify(element, b[index] as ResolvedTerm);
      return;
    }
    const [x, y] = [entriesOf(left), entriesOf(right)];
    if (x !== undefined && y !== undefined && x.length === y.length) this.#unifyEntries(x, y);
  }

  #unifyEntries(left: readonly ResolvedEntry[], right: readonly ResolvedEntry[]): void {
    for (const { key, value } of left) {
      const other = right.find((entry) => sameTerm(entry.key, key));
      if (other !== undefined) this.unify(value, other.value);
    }
  }

  #unifyLocal(id: number, other: ResolvedTerm): void {
    if (other.kind === 'local') {
      if (this.#has(other.id)) this.#bind(id);
      else if (this.#has(id)) this.#bind(other.id);
      else {
        this.#wait(id, other.id);
        this.#wait(other.id, id);
      }
    } else if (other.kind === 'array' || other.kind === 'object') {
      this.#unifyWithParts(id, other);
    } else if (this.#isKnown(other)) this.#bind(id);
  }

  #unifyWithParts(id: number, parts: ResolvedTerm): void {
    if (this.#has(id)) return this.#bindAll(parts);
    const missing = [...localsOfTerm(parts, IN_PATTERNS)].filter((part) => !this.#has(part));
    if (missing.length === 0) this.#bind(id);
    for (const part of missing) this.#wait(id, part);
  }

  #has(id: number): boolean {
    return this.#bound.has(id) || this.unified.has(id);
  }

  /** Whether the term has a value by itself. */
  #isKnown(term: ResolvedTerm): boolean {
    if (term.kind === 'array' || term.kind === 'object') return false;
    return term.kind !== 'ref' || term.root.kind !== 'local' || this.#bound.has(term.root.id);
  }

  #bindAll(term: ResolvedTerm): void {
    if (term.kind !== 'array' && term.kind !== 'object' && term.kind !== 'local') return;
    for (const id of localsOfTerm(term, IN_PATTERNS)) this.#bind(id);
  }

  #bind(id: number): void {
    this.unified.add(id);
    const parts = this.#waiting.get(id);
    this.#waiting.delete(id);
    for (const part of parts ?? []) this.#bind(part);
    for (const [other, missing] of [...this.#waiting]) {
      if (missing.delete(id) && missing.size === 0) this.#bind(other);
    }
  }

  #wait(id: number, part: number): void {
    let missing = this.#waiting.get(id);
    if (missing === undefined) this.#waiting.set(id, (missing = new Set()));
    missing.add(part);
  }
}

function isSource(term: ResolvedTerm): boolean {
  return term.kind === 'ref' || term.kind.endsWith('Comprehension');
}
