/** Which locals stand in parts of a program, each as often as it stands there. */
import type { Body, Definition, Expression, Pattern, Query, Source } from '../program.ts';

export function localsOf(pattern: Pattern): readonly number[] {
  const found: number[] = [];
  addPattern(pattern, found);
  return found;
}

export function localsOfSource(source: Source): readonly number[] {
  const found: number[] = [];
  addSource(source, found);
  return found;
}

export function localsOfExpression(expression: Expression): readonly number[] {
  const found: number[] = [];
  addExpression(expression, found);
  return found;
}

/** Locals that stand in one place only: whatever binds them need not. */
export function unusedLocals(of: Definition | Query): ReadonlySet<number> {
  const found: number[] = [];
  if ('answers' in of) {
    addBody(of.body, found);
    for (const { local } of of.answers) found.push(local);
  } else {
    for (const pattern of [...of.parameters, ...of.keys]) addPattern(pattern, found);
    for (const { body, value } of of.choices) {
      addBody(body, found);
      addPattern(value, found);
    }
  }
  const [once, more] = [new Set<number>(), new Set<number>()];
  for (const id of found) (once.has(id) ? more : once).add(id);
  return once.difference(more);
}

function addPattern(pattern: Pattern, found: number[]): void {
  switch (pattern.kind) {
    case 'constant':
      return;
    case 'local':
      found.push(pattern.id);
      return;
    case 'array':
    case 'set':
      for (const element of pattern.elements) addPattern(element, found);
      return;
    case 'object':
      for (const { key, value } of pattern.entries) {
        addPattern(key, found);
        addPattern(value, found);
      }
      return;
  }
}

function addSource(source: Source, found: number[]): void {
  switch (source.kind) {
    case 'pattern':
      addPattern(source.pattern, found);
      return;
    case 'reference':
      if (source.root.kind === 'local') found.push(source.root.id);
      for (const part of source.path) addPattern(part, found);
      return;
    case 'builtin':
    case 'function':
      for (const argument of source.arguments) addPattern(argument, found);
      return;
    case 'arrayComprehension':
    case 'setComprehension':
      addPattern(source.element, found);
      addBody(source.body, found);
      return;
    case 'objectComprehension':
      addPattern(source.key, found);
      addPattern(source.value, found);
      addBody(source.body, found);
      return;
    case 'template':
      for (const part of source.parts) {
        if (part.kind === 'text') continue;
        addPattern(part.element, found);
        addBody(part.body, found);
      }
      return;
  }
}

function addBody(body: Body, found: number[]): void {
  for (const expression of body) addExpression(expression, found);
}

function addExpression(expression: Expression, found: number[]): void {
  for (const { value } of expression.modifiers) addPattern(value, found);
  switch (expression.kind) {
    case 'unify':
      addPattern(expression.pattern, found);
      addSource(expression.source, found);
      return;
    case 'test':
      addSource(expression.source, found);
      return;
    case 'not':
      addBody(expression.body, found);
      return;
    case 'or':
      for (const body of expression.bodies) addBody(body, found);
      return;
    case 'every':
      if (expression.key !== undefined) found.push(expression.key.id);
      found.push(expression.value.id);
      addPattern(expression.domain, found);
      addBody(expression.body, found);
      return;
  }
}
