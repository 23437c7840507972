/** `and`, `or` and `not` with bodies: what belongs to what, and what is refused. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Expression, Operand } from '../syntax.ts';
import { parseModule } from './parse-module.ts';
import { printBody } from './print-term.ts';

function expressionOf(text: string): Expression | undefined {
  const module = `package x\nimport future.keywords\np if {\n\t${text}\n}`;
  const result = parseModule({ file: 'x.rego', text: module });
  return result.ok ? result.value.rules[0]?.body[0] : undefined;
}

function shapeOf(expression: Expression | undefined): string {
  if (expression === undefined) return 'refused';
  const operand = ({ body, braces }: Operand): string =>
    braces ? `{${body.map(shapeOf).join('; ')}}` : body.map(shapeOf).join('; ');
  const { kind, modifiers } = expression;
  const suffix = modifiers.length === 0 ? '' : ' with';
  if (kind === 'and' || kind === 'or')
    return `(${operand(expression.left)} ${kind} ${operand(expression.right)})${suffix}`;
  return kind === 'not' ? `not ${operand(expression)}${suffix}` : printBody([expression]);
}

test('and binds tighter than or, not tighter than both', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['a or b and c', '(a or (b and c))'],
    ['a and b or c and d', '((a and b) or (c and d))'],
    ['(a or b) and c', '((a or b) and c)'],
    ['not a and b', '(not a and b)'],
    ['not (a and b)', 'not (a and b)'],
    ['{ a; b } and c', '({a; b} and c)'],
    ['not { a } or { b\n c }', '(not {a} or {b; c})'],
    ['a == 1 and b with input as 2', '(a == 1 and b) with'],
    ['(a with input as 2) and b', '(a with input as 2 and b)'],
    ['({1}) and b', '({1} and b)'],
    ['((a or b))', '(a or b)'],
    ['or(a, b) == and(a, b)', 'or(a, b) == and(a, b)'],
  ];
  for (const [text, wanted] of cases) assert.equal(shapeOf(expressionOf(text)), wanted, text);
});

test('what would read in two ways is refused', () => {
  const texts = [
    'a with input as 1 and b',
    '{1} == x and b',
    '{ a | b } and c',
    'a and',
    'a and ()',
    '(a and b',
    'print(1) and a',
    '{} and a',
  ];
  for (const text of texts) assert.equal(shapeOf(expressionOf(text)), 'refused', text);
});

test('without the import they are names', () => {
  assert.equal(parseModule({ file: 'x.rego', text: 'package x\np if { a and b }' }).ok, false);
  assert.equal(parseModule({ file: 'x.rego', text: 'package x\nand := 1\np if { and == 1 }' }).ok, true);
});
