/** The order of a body's expressions: each stands where everything that it needs has a value. */
import { localsBoundBy } from './bound-by.ts';
import { BoundLocals, type Bound } from './bound-locals.ts';
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
  readonly bound: Bound;
  /** Empty where all expressions could be ordered. */
  readonly unsafe: readonly Unsafe[];
};

type Item = {
  readonly expression: ResolvedExpression;
  /** Must be bound before the expression, or by it. */
  readonly visible: ReadonlySet<number>;
  /** Used by bodies in it, and bound by the body that it stands in: there, before the expression. */
  readonly closedOver: readonly number[];
  /** Something that it needs has been bound since it was last looked at. */
  isWorthATry: boolean;
};

/**
 * INVARIANT (safety): an expression is placed only when each of its locals is bound by what was placed before it, by
 * the surroundings, or by itself. The order of the author is kept as far as it can be.
 */
export function orderBody(body: ResolvedBody, outer: Bound): OrderedBody {
  const items = itemsOf(body, outer);
  const users = usersOf(items);
  const bound = new BoundLocals(outer);
  const ordered: Placed[] = [];
  let waiting: readonly Item[] = items;
  for (;;) {
    const left = waiting.filter((item) => {
      if (!item.isWorthATry || !canBePlaced(item, bound)) return true;
      ordered.push({ expression: item.expression, locals: item.visible });
      for (const id of item.visible) {
        if (bound.has(id)) continue;
        bound.add(id);
        for (const user of users.get(id) ?? []) user.isWorthATry = true;
      }
      return false;
    });
    if (left.length === 0 || left.length === waiting.length) {
      return { ordered, bound, unsafe: left.map((item) => unsafeOf(item, bound)) };
    }
    waiting = left;
  }
}

function itemsOf(body: ResolvedBody, outer: Bound): readonly Item[] {
  const visible = body.map(visibleLocals);
  const ofBody = new Set<number>();
  for (const locals of visible) for (const id of locals) ofBody.add(id);
  return body.map((expression, index) => {
    const closedOver = [...closureLocals(expression)].filter((id) => ofBody.has(id) && !outer.has(id));
    return { expression, visible: visible[index] as Set<number>, closedOver, isWorthATry: true };
  });
}

function visibleLocals(expression: ResolvedExpression): Set<number> {
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
  return visible;
}

function usersOf(items: readonly Item[]): ReadonlyMap<number, readonly Item[]> {
  const users = new Map<number, Item[]>();
  for (const item of items) {
    for (const id of [...item.visible, ...item.closedOver]) {
      const known = users.get(id);
      if (known === undefined) users.set(id, [item]);
      else known.push(item);
    }
  }
  return users;
}

function canBePlaced(item: Item, bound: Bound): boolean {
  const { expression, visible, closedOver } = item;
  item.isWorthATry = false;
  const missing = [...visible, ...closedOver].filter((id) => !bound.has(id));
  if (missing.length === 0) return true;
  const outputs = localsBoundBy(expression, bound);
  if (missing.some((id) => !outputs.has(id))) return false;
  // `x = [y | y = x]`: what a closure takes from outside cannot be all that the expression gives.
  const own = [...outputs].filter((id) => !bound.has(id));
  return own.length !== closedOver.length || own.some((id) => !closedOver.includes(id));
}

function unsafeOf({ expression, visible, closedOver }: Item, bound: Bound): Unsafe {
  const outputs = localsBoundBy(expression, bound);
  const locals = new Set([...visible].filter((id) => !bound.has(id) && !outputs.has(id)));
  for (const id of closedOver) if (!bound.has(id)) locals.add(id);
  return { expression, locals };
}

/** What is printed must be bound by what stands above the `print`, so that it prints when the author expects it. */
export function unboundPrints(body: ResolvedBody, outer: Bound): readonly Unsafe[] {
  if (!body.some(({ kind }) => kind === 'print')) return [];
  const bound = new BoundLocals(outer);
  const unsafe: Unsafe[] = [];
  for (const expression of body) {
    if (expression.kind === 'print') {
      const locals = expression.inputs.filter((id) => !bound.has(id));
      if (locals.length > 0) unsafe.push({ expression, locals: new Set(locals) });
    }
    for (const id of localsBoundBy(expression, bound)) bound.add(id);
  }
  return unsafe;
}
