/** Which values the locals of a body can have, where constants give them to it: what a reference then cannot mean. */
import type { Expression, Pattern, Reference } from '../program.ts';
import { elementsOf, get } from '../values/access.ts';
import type { RegoValue } from '../values/value.ts';

export type KnownValues = ReadonlyMap<number, readonly RegoValue[]>;

/** More is not worth telling apart. */
const MAX_VALUES = 64;

/** Adds what is known after the expression. */
export function learn(expression: Expression, known: Map<number, readonly RegoValue[]>): void {
  if (expression.kind !== 'unify' || expression.modifiers.length > 0) return;
  const { pattern, source } = expression;
  if (source.kind === 'reference') {
    add(pattern, valuesOfReference(source, known), known);
  } else if (source.kind === 'pattern') {
    add(pattern, valuesOf(source.pattern, known), known);
    add(source.pattern, valuesOf(pattern, known), known);
  }
}

function add(
  pattern: Pattern,
  values: readonly RegoValue[] | undefined,
  known: Map<number, readonly RegoValue[]>,
): void {
  if (pattern.kind === 'local' && values !== undefined && !known.has(pattern.id)) known.set(pattern.id, values);
}

export function valuesOf(pattern: Pattern, known: KnownValues): readonly RegoValue[] | undefined {
  if (pattern.kind === 'constant') return [pattern.value];
  return pattern.kind === 'local' ? known.get(pattern.id) : undefined;
}

function valuesOfReference({ root, path }: Reference, known: KnownValues): readonly RegoValue[] | undefined {
  let values = root.kind === 'local' ? known.get(root.id) : undefined;
  for (const part of path) {
    if (values === undefined) return undefined;
    values = part.kind === 'constant' ? values.flatMap((value) => get(value, part.value) ?? []) : membersOf(values);
    if (values !== undefined && values.length > MAX_VALUES) return undefined;
  }
  return values;
}

function membersOf(values: readonly RegoValue[]): readonly RegoValue[] | undefined {
  const members: RegoValue[] = [];
  for (const value of values) {
    const elements = elementsOf(value);
    if (elements === undefined) return undefined;
    for (const element of elements) members.push(element);
  }
  return members;
}

/** A path with each part that has few known values replaced by each of them; undefined parts can be anything. */
export function expandPath(
  path: readonly Pattern[],
  known: KnownValues,
): readonly (readonly (RegoValue | undefined)[])[] {
  let expanded: (RegoValue | undefined)[][] = [[]];
  for (const part of path) {
    const values = valuesOf(part, known) ?? [];
    const choices = values.length > 0 && expanded.length * values.length <= MAX_VALUES ? values : [undefined];
    expanded = expanded.flatMap((begun) => choices.map((value) => [...begun, value]));
  }
  return expanded;
}
