/** The names that a body declares, at any depth: in all of it they mean variables, and nothing of the module. */
import type { Body, Expression, Term } from '../syntax.ts';

export function declaredNames(body: Body, names: Set<string> = new Set()): ReadonlySet<string> {
  for (const expression of body) collect(expression, names);
  return names;
}

function collect(expression: Expression, names: Set<string>): void {
  switch (expression.kind) {
    case 'assign':
      namesOf(expression.left, names);
      return;
    case 'some':
      for (const { name } of expression.variables) names.add(name);
      return;
    case 'someIn':
      if (expression.key !== undefined) namesOf(expression.key, names);
      namesOf(expression.value, names);
      return;
    case 'every':
    case 'not':
      declaredNames(expression.body, names);
      return;
    case 'and':
    case 'or':
      declaredNames(expression.left.body, names);
      declaredNames(expression.right.body, names);
      return;
    case 'term':
      collectFromCall(expression.term, names);
      return;
    case 'unify':
      return;
  }
}

/** `assign(x, 1)` is another way to write `x := 1`. */
function collectFromCall(term: Term, names: Set<string>): void {
  if (term.kind !== 'call' || term.arguments.length !== 2) return;
  const [left] = term.arguments;
  const { head, path } = term.operator;
  if (left !== undefined && path.length === 0 && head.kind === 'variable' && head.name === 'assign') {
    namesOf(left, names);
  }
}

/** All names in a term, wherever they stand in it. */
export function namesOf(term: Term, names: Set<string>): void {
  switch (term.kind) {
    case 'variable':
      names.add(term.name);
      return;
    case 'ref':
      namesOf(term.head, names);
      for (const part of term.path) namesOf(part, names);
      return;
    case 'call':
      namesOf(term.operator, names);
      for (const argument of term.arguments) namesOf(argument, names);
      return;
    case 'array':
    case 'set':
      for (const element of term.elements) namesOf(element, names);
      return;
    case 'object':
      for (const { key, value } of term.entries) {
        namesOf(key, names);
        namesOf(value, names);
      }
      return;
    case 'null':
    case 'boolean':
    case 'number':
    case 'string':
    case 'arrayComprehension':
    case 'setComprehension':
    case 'objectComprehension':
    case 'template':
      return;
  }
}
