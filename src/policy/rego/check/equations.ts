/** Equations of two patterns in parts: in each one side is bound, so that it is built, and the other taken apart. */
import type { Pattern } from '../program.ts';
import type { Bound, BoundLocals } from './bound-locals.ts';
import { sameTerm } from './term-parts.ts';

export type Equation = { readonly pattern: Pattern; readonly bound: Pattern };

type Pair = { readonly left: Pattern; readonly right: Pattern; readonly isWhole: boolean };

/**
 * In an order in which each is ready when those before it have bound their locals, which are added to `bound`. There is
 * none where a local would have to be known to make its own value: `x = {x}`.
 */
export function equationsOf(left: Pattern, right: Pattern, bound: BoundLocals): readonly Equation[] | undefined {
  const equations: Equation[] = [];
  let waiting: readonly Pair[] = [{ left, right, isWhole: true }];
  while (waiting.length > 0) {
    let progress = false;
    waiting = waiting.flatMap((pair) => {
      const equation = ready(pair, bound);
      if (equation !== undefined) {
        equations.push(equation);
        bindAll(equation.pattern, bound);
      }
      const parts = equation === undefined ? partsOf(pair) : [];
      progress ||= parts[0] !== pair;
      return parts;
    });
    if (!progress) return undefined;
  }
  return equations;
}

function ready({ left, right }: Pair, bound: Bound): Equation | undefined {
  if (isBound(right, bound)) return { pattern: left, bound: right };
  return isBound(left, bound) ? { pattern: right, bound: left } : undefined;
}

/** The pair itself where it cannot be taken apart yet. */
function partsOf(pair: Pair): readonly Pair[] {
  const { left, right, isWhole } = pair;
  if (!isWhole) return [pair];
  if (left.kind === 'array' && right.kind === 'array' && left.elements.length === right.elements.length) {
    return left.elements.map((element, index) => whole(element, right.elements[index] as Pattern));
  }
  if (left.kind !== 'object' || right.kind !== 'object') return [pair];
  const parts = left.entries.flatMap(({ key, value }) => {
    const other = right.entries.find((entry) => sameTerm(entry.key, key));
    return other === undefined ? [] : [whole(value, other.value)];
  });
  const isComplete = parts.length === left.entries.length && parts.length === right.entries.length;
  // Keys that are not written alike are compared when everything is bound.
  return isComplete ? parts : [...parts, { left, right, isWhole: false }];
}

function whole(left: Pattern, right: Pattern): Pair {
  return { left, right, isWhole: true };
}

export function isBound(pattern: Pattern, bound: Bound): boolean {
  switch (pattern.kind) {
    case 'constant':
      return true;
    case 'local':
      return bound.has(pattern.id);
    case 'array':
    case 'set':
      return pattern.elements.every((element) => isBound(element, bound));
    case 'object':
      return pattern.entries.every(({ key, value }) => isBound(key, bound) && isBound(value, bound));
  }
}

export function bindAll(pattern: Pattern, bound: { readonly add: (id: number) => unknown }): void {
  switch (pattern.kind) {
    case 'constant':
      return;
    case 'local':
      bound.add(pattern.id);
      return;
    case 'array':
    case 'set':
      for (const element of pattern.elements) bindAll(element, bound);
      return;
    case 'object':
      for (const { key, value } of pattern.entries) {
        bindAll(key, bound);
        bindAll(value, bound);
      }
      return;
  }
}
