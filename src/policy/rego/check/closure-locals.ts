/** Which locals stand in bodies that an expression contains: those that are bound outside must be so before it. */
import type { ResolvedBody, ResolvedExpression, ResolvedPart, ResolvedTerm } from './resolved.ts';

export function closureLocals(expression: ResolvedExpression): Set<number> {
  const locals = new Set<number>();
  collectFromExpression(expression, false, locals);
  return locals;
}

function collectFromBody(body: ResolvedBody, into: Set<number>): void {
  for (const expression of body) collectFromExpression(expression, true, into);
}

/** `within`: the expression stands in such a body itself. */
function collectFromExpression(expression: ResolvedExpression, within: boolean, into: Set<number>): void {
  for (const { value } of expression.modifiers) collectFromTerm(value, within, into);
  switch (expression.kind) {
    case 'term':
      collectFromTerm(expression.term, within, into);
      return;
    case 'unify':
      collectFromTerm(expression.left, within, into);
      collectFromTerm(expression.right, within, into);
      return;
    case 'call':
      for (const argument of expression.arguments) collectFromTerm(argument, within, into);
      return;
    case 'template':
    case 'print':
      for (const part of expression.parts) collectFromPart(part, into);
      return;
    case 'every':
      if (within) into.add(expression.domain.id);
      collectFromBody(expression.body, into);
      return;
    case 'not':
      collectFromBody(expression.operand.body, into);
      return;
    case 'and':
    case 'or':
      collectFromBody(expression.left.body, into);
      collectFromBody(expression.right.body, into);
      return;
  }
}

function collectFromPart(part: ResolvedPart, into: Set<number>): void {
  if (!('element' in part)) return;
  collectFromTerm(part.element, true, into);
  collectFromBody(part.body, into);
}

function collectFromTerm(term: ResolvedTerm, within: boolean, into: Set<number>): void {
  switch (term.kind) {
    case 'constant':
      return;
    case 'local':
      if (within) into.add(term.id);
      return;
    case 'array':
    case 'set':
      for (const element of term.elements) collectFromTerm(element, within, into);
      return;
    case 'object':
      for (const { key, value } of term.entries) {
        collectFromTerm(key, within, into);
        collectFromTerm(value, within, into);
      }
      return;
    case 'ref':
      if (within && term.root.kind === 'local') into.add(term.root.id);
      for (const part of term.path) collectFromTerm(part, within, into);
      return;
    case 'arrayComprehension':
    case 'setComprehension':
      collectFromTerm(term.element, true, into);
      collectFromBody(term.body, into);
      return;
    case 'objectComprehension':
      collectFromTerm(term.key, true, into);
      collectFromTerm(term.value, true, into);
      collectFromBody(term.body, into);
      return;
  }
}
