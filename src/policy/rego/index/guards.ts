/**
 * What a definition asks of its input and its arguments before it can have a solution, as far as that is a comparison of
 * one ground place with constants. Guards are necessary, not sufficient: what they let pass is evaluated as ever.
 */
import type { Body, Definition, Pattern, Reference, Source } from '../program.ts';
import { RegoSet, type RegoValue } from '../values/value.ts';

/** A place that can be read before any definition is evaluated. */
export type Place = {
  /** `input`, or the number of an argument. */
  readonly root: 'input' | number;
  readonly path: readonly (string | number)[];
};

export type Guard = {
  readonly place: Place;
  /** `equals`: one of these values. `startsWith`: a string with one of these beginnings. */
  readonly kind: 'equals' | 'startsWith';
  readonly values: readonly RegoValue[];
};

/** Longer lists of values would fill the index more than they narrow it. */
const MAX_VALUES = 64;

export function guardsOf({ parameters, choices }: Definition): readonly Guard[] {
  const collector = new GuardCollector();
  for (const [index, pattern] of parameters.entries()) collector.addPattern(pattern, { root: index, path: [] });
  // With `else`, no single body has to hold.
  const [only, ...others] = choices;
  if (only !== undefined && others.length === 0) collector.addBody(only.body);
  return collector.guards;
}

class GuardCollector {
  readonly guards: Guard[] = [];
  /** Locals that hold the value of a place. */
  readonly #places = new Map<number, Place>();

  addBody(body: Body): void {
    for (const expression of body) {
      if (expression.modifiers.length > 0) continue;
      if (expression.kind === 'unify') this.#addUnify(expression.pattern, expression.source);
      else if (expression.kind === 'test' && expression.source.kind === 'builtin') this.#addTest(expression.source);
    }
  }

  /** The value of the place is what the pattern says. */
  addPattern(pattern: Pattern, place: Place): void {
    switch (pattern.kind) {
      case 'constant':
        this.#add('equals', place, [pattern.value]);
        return;
      case 'local':
        if (!this.#places.has(pattern.id)) this.#places.set(pattern.id, place);
        return;
      case 'array':
        for (const [index, element] of pattern.elements.entries()) {
          this.addPattern(element, { root: place.root, path: [...place.path, index] });
        }
        return;
      case 'object':
        for (const { key, value } of pattern.entries) {
          if (key.kind !== 'constant' || typeof key.value !== 'string') continue;
          this.addPattern(value, { root: place.root, path: [...place.path, key.value] });
        }
        return;
      case 'set':
        return;
    }
  }

  #addUnify(pattern: Pattern, source: Source): void {
    if (source.kind === 'reference') {
      const place = this.#placeOf(source);
      if (place !== undefined) this.addPattern(pattern, place);
    } else if (source.kind === 'pattern') {
      this.#addEquation(pattern, source.pattern);
      this.#addEquation(source.pattern, pattern);
    }
  }

  #addEquation(left: Pattern, right: Pattern): void {
    const place = left.kind === 'local' ? this.#places.get(left.id) : undefined;
    if (place !== undefined) this.addPattern(right, place);
  }

  #addTest({ name, arguments: given }: Source & { kind: 'builtin' }): void {
    const [first, second, third] = given;
    switch (name) {
      case 'equal':
        this.#addComparison(first, second);
        this.#addComparison(second, first);
        return;
      case 'internal.member_2':
        if (second?.kind === 'constant') this.#addMembership(first, second.value);
        return;
      case 'startswith':
        if (second?.kind === 'constant') this.#addBeginning(first, second.value);
        return;
      case 'glob.match':
        if (first?.kind === 'constant' && typeof first.value === 'string') {
          this.#addBeginning(third, beginningOfGlob(first.value));
        }
        return;
    }
  }

  #addComparison(left: Pattern | undefined, right: Pattern | undefined): void {
    const place = left?.kind === 'local' ? this.#places.get(left.id) : undefined;
    if (place !== undefined && right?.kind === 'constant') this.#add('equals', place, [right.value]);
  }

  #addMembership(element: Pattern | undefined, collection: RegoValue): void {
    const place = element?.kind === 'local' ? this.#places.get(element.id) : undefined;
    if (place === undefined) return;
    if (collection instanceof RegoSet) this.#add('equals', place, collection.sorted());
    else if (Array.isArray(collection)) this.#add('equals', place, collection as readonly RegoValue[]);
  }

  #addBeginning(text: Pattern | undefined, beginning: RegoValue): void {
    const place = text?.kind === 'local' ? this.#places.get(text.id) : undefined;
    if (place !== undefined && typeof beginning === 'string') this.#add('startsWith', place, [beginning]);
  }

  #add(kind: Guard['kind'], place: Place, values: readonly RegoValue[]): void {
    if (values.length > MAX_VALUES || !values.every(isScalar)) return;
    if (kind === 'startsWith' && values.includes('')) return;
    this.guards.push({ kind, place, values });
  }

  #placeOf({ root, path }: Reference): Place | undefined {
    const from: Place | undefined =
      root.kind === 'input'
        ? { root: 'input', path: [] }
        : root.kind === 'local'
          ? this.#places.get(root.id)
          : undefined;
    if (from === undefined) return undefined;
    const names: (string | number)[] = [];
    for (const part of path) {
      if (part.kind !== 'constant') return undefined;
      if (typeof part.value !== 'string' && typeof part.value !== 'number') return undefined;
      names.push(part.value);
    }
    return { root: from.root, path: [...from.path, ...names] };
  }
}

/** What a `Map` finds as it is: values that have one form. */
function isScalar(value: RegoValue): boolean {
  return value === null || typeof value === 'boolean' || typeof value === 'string' || Number.isSafeInteger(value);
}

/** What every text that matches begins with. */
function beginningOfGlob(pattern: string): string {
  return /^[^*?[\]{}\\!]*/u.exec(pattern)?.[0] ?? '';
}
