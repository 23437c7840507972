/** The references and comprehensions in an expression, in the order in which they are evaluated. */
import type {
  ResolvedBody,
  ResolvedComprehension,
  ResolvedExpression,
  ResolvedPart,
  ResolvedRef,
  ResolvedTerm,
} from '../check/resolved.ts';

/** `body`: of which nothing but its references is looked at here. */
export type Visitor = {
  readonly reference: (ref: ResolvedRef, isWithin: boolean) => void;
  readonly comprehension: (comprehension: ResolvedComprehension) => void;
  /** Of a place in a text. */
  readonly part: (body: ResolvedBody) => void;
  readonly ordered: (body: ResolvedBody) => readonly ResolvedExpression[];
};

export function visitExpression(expression: ResolvedExpression, visitor: Visitor, isWithin: boolean): void {
  const visit = (term: ResolvedTerm): void => {
    visitTerm(term, visitor, isWithin);
  };
  const visitBody = (body: ResolvedBody): void => {
    for (const each of visitor.ordered(body)) visitExpression(each, visitor, true);
  };
  switch (expression.kind) {
    case 'term':
      return visit(expression.term);
    case 'unify':
      visit(expression.left);
      return visit(expression.right);
    case 'call':
      for (const argument of expression.arguments) visit(argument);
      return;
    case 'template':
    case 'print':
      for (const part of expression.parts) visitPart(part, visitor);
      return;
    case 'every':
      return visitBody(expression.body);
    case 'not':
      return visitBody(expression.operand.body);
    case 'and':
    case 'or':
      visitBody(expression.left.body);
      return visitBody(expression.right.body);
  }
}

function visitPart(part: ResolvedPart, visitor: Visitor): void {
  if ('body' in part) visitor.part(part.body);
}

function visitTerm(term: ResolvedTerm, visitor: Visitor, isWithin: boolean): void {
  switch (term.kind) {
    case 'constant':
    case 'local':
      return;
    case 'array':
    case 'set':
      for (const element of term.elements) visitTerm(element, visitor, isWithin);
      return;
    case 'object':
      for (const { key, value } of term.entries) {
        visitTerm(key, visitor, isWithin);
        visitTerm(value, visitor, isWithin);
      }
      return;
    case 'ref':
      for (const part of term.path) visitTerm(part, visitor, isWithin);
      return visitor.reference(term, isWithin);
    case 'arrayComprehension':
    case 'setComprehension':
    case 'objectComprehension':
      return visitor.comprehension(term);
  }
}
