/** What some `with` of a program or a query replaces. */
import type { Body, Expression, Replaced, Source } from '../program.ts';

export class ReplacedNames {
  readonly builtins: Set<string> = new Set();
  readonly functions: Set<string> = new Set();
  readonly #data = new Map<string, readonly string[]>();

  addBody(body: Body): void {
    for (const expression of body) this.#addExpression(expression);
  }

  build(): Replaced {
    return { builtins: this.builtins, functions: this.functions, data: [...this.#data.values()] };
  }

  #addExpression(expression: Expression): void {
    for (const { target } of expression.modifiers) {
      if (target.kind === 'builtin') this.builtins.add(target.name);
      else if (target.kind === 'function') this.functions.add(target.path.join('\0'));
      else if (target.kind === 'data') this.#data.set(target.path.join('\0'), target.path);
    }
    switch (expression.kind) {
      case 'unify':
      case 'test':
        return this.#addSource(expression.source);
      case 'not':
      case 'every':
        return this.addBody(expression.body);
      case 'or':
        for (const body of expression.bodies) this.addBody(body);
        return;
    }
  }

  #addSource(source: Source): void {
    switch (source.kind) {
      case 'arrayComprehension':
      case 'setComprehension':
      case 'objectComprehension':
        return this.addBody(source.body);
      case 'template':
        for (const part of source.parts) if (part.kind === 'value') this.addBody(part.body);
        return;
      case 'pattern':
      case 'reference':
      case 'builtin':
      case 'function':
        return;
    }
  }
}
