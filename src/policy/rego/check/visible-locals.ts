/** Which locals stand in terms and expressions, those of nested bodies left out. */
import type { ResolvedBody, ResolvedExpression, ResolvedTerm } from './resolved.ts';

/** Whether what stands in references counts, in sets, and in keys of objects. */
export type Which = { readonly refs: boolean; readonly sets: boolean; readonly keys: boolean };

const ALL: Which = { refs: true, sets: true, keys: true };
/** Where unification can give a local its value: the others are evaluated before, or only compared. */
export const IN_PATTERNS: Which = { refs: false, sets: false, keys: false };

export function collectLocals(term: ResolvedTerm, into: Set<number>, which: Which): void {
  switch (term.kind) {
    case 'local':
      into.add(term.id);
      return;
    case 'array':
      for (const element of term.elements) collectLocals(element, into, which);
      return;
    case 'set':
      if (which.sets) for (const element of term.elements) collectLocals(element, into, which);
      return;
    case 'object':
      for (const { key, value } of term.entries) {
        if (which.keys) collectLocals(key, into, which);
        collectLocals(value, into, which);
      }
      return;
    case 'ref':
      if (!which.refs) return;
      if (term.root.kind === 'local') into.add(term.root.id);
      for (const part of term.path) collectLocals(part, into, which);
      return;
    case 'constant':
    case 'arrayComprehension':
    case 'setComprehension':
    case 'objectComprehension':
      return;
  }
}

export function localsOfTerm(term: ResolvedTerm, which: Which = ALL): Set<number> {
  const locals = new Set<number>();
  collectLocals(term, locals, which);
  return locals;
}

/** Of an expression by itself: what `not` and its like contain is not looked at. */
export function collectFromExpression(expression: ResolvedExpression, into: Set<number>): void {
  for (const { value } of expression.modifiers) collectLocals(value, into, ALL);
  switch (expression.kind) {
    case 'term':
      collectLocals(expression.term, into, ALL);
      return;
    case 'unify':
      collectLocals(expression.left, into, ALL);
      collectLocals(expression.right, into, ALL);
      return;
    case 'call':
      for (const argument of expression.arguments) collectLocals(argument, into, ALL);
      return;
    case 'template':
      into.add(expression.output.id);
      for (const id of expression.inputs) into.add(id);
      return;
    case 'print':
      for (const id of expression.inputs) into.add(id);
      return;
    case 'every':
      into.add(expression.domain.id);
      return;
    case 'not':
    case 'and':
    case 'or':
      return;
  }
}

export function localsOfBody(body: ResolvedBody): Set<number> {
  const locals = new Set<number>();
  for (const expression of body) collectFromExpression(expression, locals);
  return locals;
}
