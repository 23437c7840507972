/** Walks a checked program as a back end would, and finds locals that are used before anything has bound them. */
import type { Body, Definition, Expression, Pattern, Program, Query, Source } from '../program.ts';

/** Empty where every local is bound before its use; for a test to compare with nothing. */
export function unboundInProgram({ rules }: Program): readonly string[] {
  return [...rules.values()].flatMap(({ definitions, byDefault }) =>
    [...definitions, ...(byDefault === undefined ? [] : [byDefault])].flatMap(unboundInDefinition),
  );
}

export function unboundInQuery({ body, answers }: Query): readonly string[] {
  const found: string[] = [];
  const bound = new Set<number>();
  walkBody(body, bound, found);
  for (const { name, local } of answers) if (!bound.has(local)) found.push(`the answer ${name}`);
  return found;
}

function unboundInDefinition({ parameters, keys, choices }: Definition): readonly string[] {
  const found: string[] = [];
  const given = new Set<number>();
  for (const parameter of parameters) unify(parameter, given, found, 'a parameter');
  for (const [index, { body, value }] of choices.entries()) {
    const bound = new Set(given);
    walkBody(body, bound, found);
    need(value, bound, found, 'the value');
    if (index === 0) for (const key of keys) need(key, bound, found, 'a key');
  }
  return found;
}

function walkBody(body: Body, bound: Set<number>, found: string[]): void {
  for (const expression of body) walkExpression(expression, bound, found);
}

function walkExpression(expression: Expression, bound: Set<number>, found: string[]): void {
  for (const { value } of expression.modifiers) need(value, bound, found, 'a modifier');
  switch (expression.kind) {
    case 'unify':
      walkSource(expression.source, bound, found);
      return unify(expression.pattern, bound, found, 'a pattern');
    case 'test':
      return walkSource(expression.source, bound, found);
    case 'not':
      return walkBody(expression.body, new Set(bound), found);
    case 'or':
      for (const body of expression.bodies) walkBody(body, new Set(bound), found);
      return;
    case 'every': {
      need(expression.domain, bound, found, 'a domain');
      const inner = new Set([...bound, expression.value.id]);
      if (expression.key !== undefined) inner.add(expression.key.id);
      return walkBody(expression.body, inner, found);
    }
  }
}

function walkSource(source: Source, bound: Set<number>, found: string[]): void {
  switch (source.kind) {
    case 'pattern':
      return need(source.pattern, bound, found, 'a built pattern');
    case 'reference':
      if (source.root.kind === 'local') need(source.root, bound, found, 'a root');
      for (const part of source.path) unify(part, bound, found, 'a path');
      return;
    case 'builtin':
    case 'function':
      for (const argument of source.arguments) need(argument, bound, found, 'an argument');
      return;
    case 'arrayComprehension':
    case 'setComprehension':
      return walkClosure(source.body, [source.element], bound, found);
    case 'objectComprehension':
      return walkClosure(source.body, [source.key, source.value], bound, found);
    case 'template':
      for (const part of source.parts) if (part.kind === 'value') walkClosure(part.body, [part.element], bound, found);
  }
}

function walkClosure(body: Body, given: readonly Pattern[], bound: ReadonlySet<number>, found: string[]): void {
  const inner = new Set(bound);
  walkBody(body, inner, found);
  for (const pattern of given) need(pattern, inner, found, 'what a body gives');
}

/** Binds what can be bound where a value is taken apart; members of sets and keys are only compared. */
function unify(pattern: Pattern, bound: Set<number>, found: string[], what: string): void {
  switch (pattern.kind) {
    case 'constant':
      return;
    case 'local':
      bound.add(pattern.id);
      return;
    case 'array':
      for (const element of pattern.elements) unify(element, bound, found, what);
      return;
    case 'set':
      return need(pattern, bound, found, `${what}, in a set`);
    case 'object':
      for (const { key, value } of pattern.entries) {
        need(key, bound, found, `${what}, as a key`);
        unify(value, bound, found, what);
      }
  }
}

function need(pattern: Pattern, bound: ReadonlySet<number>, found: string[], what: string): void {
  switch (pattern.kind) {
    case 'constant':
      return;
    case 'local':
      if (!bound.has(pattern.id)) found.push(`local ${pattern.id} in ${what}`);
      return;
    case 'array':
    case 'set':
      for (const element of pattern.elements) need(element, bound, found, what);
      return;
    case 'object':
      for (const { key, value } of pattern.entries) {
        need(key, bound, found, what);
        need(value, bound, found, what);
      }
  }
}
