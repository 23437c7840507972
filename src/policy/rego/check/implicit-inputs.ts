/** What an operand of `not`, `and` or `or` without braces needs from outside. */
import { localsBoundBy } from './bound-by.ts';
import type { ResolvedBody, ResolvedOperand } from './resolved.ts';
import { collectFromExpression, collectLocals, IN_PATTERNS } from './visible-locals.ts';

/**
 * Such an operand is one expression, and those that were taken out of it: only they bind locals for each other. A local
 * that stands in one expression alone, or that none of them binds, is the author's, and must be bound outside.
 */
export function implicitInputs({ body, braces }: ResolvedOperand, into: Set<number>): void {
  if (braces) return;
  const occurrences = occurrencesIn(body);
  const bound = body.length > 1 ? boundWithin(body, occurrences) : new Set<number>();
  for (const [id, count] of occurrences) if (count === 1 || !bound.has(id)) into.add(id);
}

/** In how many expressions each local stands. */
function occurrencesIn(body: ResolvedBody): ReadonlyMap<number, number> {
  const occurrences = new Map<number, number>();
  for (const expression of body) {
    const locals = new Set<number>();
    collectFromExpression(expression, locals);
    for (const id of locals) occurrences.set(id, (occurrences.get(id) ?? 0) + 1);
  }
  return occurrences;
}

function boundWithin(body: ResolvedBody, occurrences: ReadonlyMap<number, number>): ReadonlySet<number> {
  const bound = new Set<number>();
  for (const expression of body) {
    if (expression.kind === 'template') bound.add(expression.output.id);
    if (expression.kind !== 'call') continue;
    for (const result of expression.arguments.slice(expression.arity)) collectLocals(result, bound, IN_PATTERNS);
  }
  // All others are taken to come from outside, except what stands for itself on a side of an equation.
  const safe = new Set(occurrences.keys());
  const equations = body.filter((expression) => expression.kind === 'unify');
  for (const { left, right } of equations)
    for (const side of [left, right]) if (side.kind === 'local') safe.delete(side.id);
  for (let changed = true; changed;) {
    changed = false;
    for (const equation of equations) {
      for (const id of localsBoundBy(equation, safe)) {
        if (safe.has(id)) continue;
        bound.add(id);
        safe.add(id);
        changed = true;
      }
    }
  }
  return bound;
}
