/** Expressions of a body, one after another. */
import { dottedName } from '../parse/terms.ts';
import type {
  AssignExpression,
  Body,
  Expression,
  LogicalExpression,
  NotExpression,
  Operand,
  Term,
  TermExpression,
} from '../syntax.ts';
import { resolveCallExpression } from './resolve-call.ts';
import { declareElements, resolveAssignment, resolveEvery, resolveSome, resolveSomeIn } from './resolve-declaration.ts';
import type { Resolution } from './resolution.ts';
import { resolveModifiers } from './resolve-with.ts';
import type { ResolvedOperand } from './resolved.ts';

export function resolveBody(resolution: Resolution, body: Body): void {
  for (const expression of body) resolveExpression(resolution, expression);
}

function resolveExpression(resolution: Resolution, expression: Expression): void {
  if (expression.kind === 'someIn' && !declareElements(resolution, expression)) return;
  const modifiers = resolveModifiers(resolution, expression.modifiers);
  resolution.modified(modifiers, () => {
    resolveModified(resolution, expression);
  });
}

function resolveModified(resolution: Resolution, expression: Expression): void {
  switch (expression.kind) {
    case 'term':
      return resolveTermExpression(resolution, expression);
    case 'unify':
    case 'assign':
      return resolveEquation(resolution, expression);
    case 'some':
      return resolveSome(resolution, expression);
    case 'someIn':
      return resolveSomeIn(resolution, expression);
    case 'every':
      return resolveEvery(resolution, expression);
    case 'not':
      return resolveNot(resolution, expression);
    case 'and':
    case 'or':
      return resolveLogical(resolution, expression);
  }
}

function resolveTermExpression(resolution: Resolution, expression: TermExpression): void {
  const { term, negated, start, end } = expression;
  if (term.kind === 'call') {
    const equation = equationOf(resolution, term, expression);
    if (equation !== undefined) return resolveEquation(resolution, equation);
    return resolveCallExpression(resolution, term, negated);
  }
  const resolved = resolution.term(term);
  resolution.emit({ kind: 'term', start, end, modifiers: resolution.modifiers, negated, term: resolved });
}

/** `eq(x, 1)` and `assign(x, 1)` are other ways to write `x = 1` and `x := 1`. */
function equationOf(
  resolution: Resolution,
  term: Term & { kind: 'call' },
  expression: TermExpression,
): AssignExpression | undefined {
  const [left, right, ...more] = term.arguments;
  if (left === undefined || right === undefined || more.length > 0) return undefined;
  const name = dottedName(term.operator);
  if (name === undefined || (name !== 'eq' && name !== 'assign')) return undefined;
  if (resolution.global(name) !== undefined) return undefined;
  const { start, end, modifiers, negated } = expression;
  return { kind: name === 'eq' ? 'unify' : 'assign', start, end, modifiers, negated, left, right };
}

function resolveEquation(resolution: Resolution, expression: AssignExpression): void {
  const { kind, left, right, negated, start, end } = expression;
  if (kind === 'assign') {
    if (negated) return reportAssignment(resolution, expression, '`not`');
    return resolveAssignment(resolution, left, resolution.term(right), expression);
  }
  const sides = { left: resolution.term(left), right: resolution.term(right) };
  resolution.emit({ kind, start, end, modifiers: resolution.modifiers, negated, ...sides, assigned: false });
}

function reportAssignment(resolution: Resolution, expression: AssignExpression, within: string): void {
  const message = `a variable that is assigned within ${within} would not be known outside`;
  resolution.report(expression, { code: 'rego/bad-assignment', message, hint: 'compare with `==`, or assign before' });
}

function resolveNot(resolution: Resolution, { body, braces, start, end }: NotExpression): void {
  const { modifiers } = resolution;
  const operand = resolveOperand(resolution, { body, braces }, '`not`');
  resolution.emit({ kind: 'not', start, end, modifiers, negated: true, operand });
}

function resolveLogical(resolution: Resolution, expression: LogicalExpression): void {
  const { kind, start, end } = expression;
  const { modifiers } = resolution;
  const left = resolveOperand(resolution, expression.left, `\`${kind}\``);
  const right = resolveOperand(resolution, expression.right, `\`${kind}\``);
  resolution.emit({ kind, start, end, modifiers, negated: false, left, right });
}

/** Only in braces is there a scope of its own, and may something be declared. */
function resolveOperand(resolution: Resolution, { body, braces }: Operand, within: string): ResolvedOperand {
  const resolve = (): void => {
    resolution.body(body);
  };
  if (braces) return { body: resolution.scoped(() => resolution.collect(resolve)), braces };
  for (const expression of body) {
    if (expression.kind !== 'assign') continue;
    reportAssignment(resolution, expression, within);
    return { body: [], braces };
  }
  return { body: resolution.collect(resolve), braces };
}
