/** Whether one can hear what is evaluated: `print` and `trace` tell in which order, and how often. */
import type { Body, Expression, Source } from '../program.ts';

const HEARD: ReadonlySet<string> = new Set(['print', 'internal.print', 'trace']);

export function isSilentBody(body: Body): boolean {
  return body.every(isSilentExpression);
}

export function isSilent(source: Source): boolean {
  switch (source.kind) {
    case 'pattern':
    case 'reference':
    case 'function':
      return true;
    case 'builtin':
      return !HEARD.has(source.name);
    case 'arrayComprehension':
    case 'setComprehension':
    case 'objectComprehension':
      return isSilentBody(source.body);
    case 'template':
      return source.parts.every((part) => part.kind === 'text' || isSilentBody(part.body));
  }
}

function isSilentExpression(expression: Expression): boolean {
  switch (expression.kind) {
    case 'unify':
    case 'test':
      return isSilent(expression.source);
    case 'not':
    case 'every':
      return isSilentBody(expression.body);
    case 'or':
      return expression.bodies.every(isSilentBody);
  }
}
