/** The references and bodies in an expression, in the order in which they are evaluated. */
import type {
  ResolvedBody,
  ResolvedComprehension,
  ResolvedExpression,
  ResolvedPart,
  ResolvedRef,
  ResolvedTerm,
} from '../check/resolved.ts';

/** `isWithin`: in a body of its own, of which nothing but references and comprehensions is looked at. */
export type FoundReference = { readonly ref: ResolvedRef; readonly isWithin: boolean };

export class ExpressionParts {
  readonly references: FoundReference[] = [];
  readonly comprehensions: ResolvedComprehension[] = [];
  /** Of places in texts. */
  readonly bodies: ResolvedBody[] = [];
  readonly #ordered: (body: ResolvedBody) => readonly ResolvedExpression[];

  constructor(expression: ResolvedExpression, ordered: (body: ResolvedBody) => readonly ResolvedExpression[]) {
    this.#ordered = ordered;
    this.#addExpression(expression, false);
  }

  #addExpression(expression: ResolvedExpression, isWithin: boolean): void {
    switch (expression.kind) {
      case 'term':
        return this.#addTerm(expression.term, isWithin);
      case 'unify':
        this.#addTerm(expression.left, isWithin);
        return this.#addTerm(expression.right, isWithin);
      case 'call':
        return this.#addTerms(expression.arguments, isWithin);
      case 'template':
      case 'print':
        return this.#addPlaces(expression.parts);
      case 'every':
        return this.#addBody(expression.body);
      case 'not':
        return this.#addBody(expression.operand.body);
      case 'and':
      case 'or':
        this.#addBody(expression.left.body);
        return this.#addBody(expression.right.body);
    }
  }

  #addBody(body: ResolvedBody): void {
    for (const expression of this.#ordered(body)) this.#addExpression(expression, true);
  }

  #addPlaces(parts: readonly ResolvedPart[]): void {
    for (const part of parts) if ('body' in part) this.bodies.push(part.body);
  }

  #addTerms(terms: readonly ResolvedTerm[], isWithin: boolean): void {
    for (const term of terms) this.#addTerm(term, isWithin);
  }

  #addTerm(term: ResolvedTerm, isWithin: boolean): void {
    switch (term.kind) {
      case 'constant':
      case 'local':
        return;
      case 'array':
      case 'set':
        return this.#addTerms(term.elements, isWithin);
      case 'object':
        for (const { key, value } of term.entries) {
          this.#addTerm(key, isWithin);
          this.#addTerm(value, isWithin);
        }
        return;
      case 'ref':
        this.#addTerms(term.path, isWithin);
        this.references.push({ ref: term, isWithin });
        return;
      case 'arrayComprehension':
      case 'setComprehension':
      case 'objectComprehension':
        this.comprehensions.push(term);
        return;
    }
  }
}
