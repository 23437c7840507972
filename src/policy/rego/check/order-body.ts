/** The order of a body's expressions: each stands where everything that it needs has a value. */
import { localsBoundBy } from './bound-by.ts';
import { closureLocals } from './closure-locals.ts';
import { implicitInputs } from './implicit-inputs.ts';
import type { ResolvedBody, ResolvedExpression } from './resolved.ts';
import { collectFromExpression } from './visible-locals.ts';

/** What an expression lacks, and in vain. */
export type Unsafe = { readonly expression: ResolvedExpression; readonly locals: ReadonlySet<number> };

/** `locals`: those that are bound after it, and stand in it. */
export type Placed = { readonly expression: ResolvedExpression; readonly locals: ReadonlySet<number> };

export type OrderedBody = {
  readonly ordered: readonly Placed[];
  /** Bound when all of it has been evaluated, those of `outer` included. */
  readonly bound: ReadonlySet<number>;
  /** Empty where all expressions could be ordered. */
  readonly unsafe: readonly Unsafe[];
};

type Item = {
  readonly expression: ResolvedExpression;
  /** Must be bound before the expression, or by it. */
  readonly visible: ReadonlySet<number>;
  /** Must be bound before the expression where the body binds them at all. */
  readonly enclosed: ReadonlySet<number>;
};

/**
 * INVARIANT (safety): an expression is placed only when each of its locals is bound by what was placed before it, by
 * the surroundings, or by itself. The order of the author is kept as far as it can be.
 */
export function orderBody(body: ResolvedBody, outer: ReadonlySet<number>): OrderedBody {
  const items = body.map(itemOf);
  const ofBody = new Set(items.flatMap(({ visible }) => [...visible]));
  const bound = new Set(outer);
  const ordered: Placed[] = [];
  let waiting: readonly Item[] = items;
  for (;;) {
    const left = waiting.filter((item) => !place(item, ofBody, bound, ordered));
    if (left.length === 0 || left.length === waiting.length) {
      return { ordered, bound, unsafe: left.map((item) => unsafeOf(item, ofBody, bound)) };
    }
    waiting = left;
  }
}

function itemOf(expression: ResolvedExpression): Item {
  const visible = new Set<number>();
  collectFromExpression(expression, visible);
  switch (expression.kind) {
    case 'not':
      implicitInputs(expression.operand, visible);
      break;
    case 'and':
    case 'or':
      implicitInputs(expression.left, visible);
      implicitInputs(expression.right, visible);
      break;
    case 'term':
    case 'unify':
    case 'call':
    case 'template':
    case 'print':
    case 'every':
      break;
  }
  return { expression, visible, enclosed: closureLocals(expression) };
}

function place(
  { expression, visible, enclosed }: Item,
  ofBody: ReadonlySet<number>,
  bound: Set<number>,
  ordered: Placed[],
): boolean {
  for (const id of enclosed) if (ofBody.has(id) && !bound.has(id)) return false;
  if (!isSubset(visible, bound)) {
    const outputs = localsBoundBy(expression, bound);
    for (const id of visible) if (!bound.has(id) && !outputs.has(id)) return false;
  }
  ordered.push({ expression, locals: visible });
  for (const id of visible) bound.add(id);
  return true;
}

function isSubset(some: ReadonlySet<number>, all: ReadonlySet<number>): boolean {
  for (const id of some) if (!all.has(id)) return false;
  return true;
}

function unsafeOf({ expression, visible, enclosed }: Item, ofBody: ReadonlySet<number>, bound: Set<number>): Unsafe {
  const outputs = localsBoundBy(expression, bound);
  const locals = new Set([...visible].filter((id) => !bound.has(id) && !outputs.has(id)));
  for (const id of enclosed) if (ofBody.has(id) && !bound.has(id)) locals.add(id);
  return { expression, locals };
}
