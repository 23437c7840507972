/** Terms and queries: precedence, literals, comprehensions, templates. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import type { Term } from '../syntax.ts';
import { parseQuery, parseTerm } from './parse-module.ts';
import { printBody, printTerm } from './print-term.ts';

function parsed(text: string): Term {
  const result = parseTerm(text);
  assert.ok(result.ok, result.ok ? '' : JSON.stringify(result.problem));
  return result.value;
}

function query(text: string): string {
  const result = parseQuery(text);
  assert.ok(result.ok, result.ok ? '' : JSON.stringify(result.problem));
  return printBody(result.value.body);
}

function refuses(text: string): void {
  assert.equal(parseTerm(text).ok, false, text);
}

/** The calls of a term in prefix form. */
function prefix(term: Term): string {
  if (term.kind !== 'call') return printTerm(term);
  return `${printTerm(term.operator)}(${term.arguments.map(prefix).join(' ')})`;
}

test('operators bind as in OPA, from left to right', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['a + b * c - d', 'minus(plus(a mul(b c)) d)'],
    ['a - b - c', 'minus(minus(a b) c)'],
    ['a | b & c + d', 'or(a and(b plus(c d)))'],
    ['a == b | c', 'equal(a or(b c))'],
    ['a < b == c', 'equal(lt(a b) c)'],
    ['a in b == c', 'internal.member_2(a equal(b c))'],
    ['a in b in c', 'internal.member_2(internal.member_2(a b) c)'],
    ['a + 1, b in c', 'internal.member_3(plus(a 1) b c)'],
    ['(a + b) * -c % 2', 'rem(mul(plus(a b) minus(0 c)) 2)'],
    ['a --1', 'minus(a -1)'],
    ['a\n- b', 'minus(a b)'],
  ];
  for (const [text, wanted] of cases) assert.equal(prefix(parsed(text)), wanted, text);
});

describe('literals', () => {
  test('numbers keep their digits', () => {
    for (const text of ['0', '-0', '1.50', '.5', '1e10', '-1.5E-3', '123456789012345678901234567890']) {
      assert.deepEqual(parsed(text), { kind: 'number', start: 0, end: text.length, text });
    }
    assert.deepEqual(parsed('- . 5'), { kind: 'number', start: 0, end: 5, text: '-.5' });
    for (const text of ['1.', '1.e3', '1e', '1e+', '00', '-01', '1_000', '0b1', '.', '- ']) refuses(text);
  });

  test('strings are those of JSON, raw strings are as they stand', () => {
    const value = (text: string): string => {
      const term = parsed(text);
      assert.ok(term.kind === 'string');
      return term.value;
    };
    assert.equal(value('"a\\n\\u0041\\/\\"\\\\"'), 'a\nA/"\\');
    assert.equal(value('"\\ud83d\\ude00"'), '😀');
    assert.equal(value('"\\ud83d"'), '\ufffd');
    assert.equal(value('"a\tb"'), 'a\tb');
    assert.equal(value('`a\\n"\nb`'), 'a\\n"\nb');
    for (const text of ['"a\nb"', '"\\a"', "'a'", '"\\u00g0"', '"a']) refuses(text);
  });

  test('a template is texts and expressions in turn', () => {
    const shapeOf = (text: string): unknown[] => {
      const term = parsed(text);
      assert.ok(term.kind === 'template');
      return term.parts.map((part) => (part.kind === 'string' ? part.value : part.kind));
    };
    assert.deepEqual(shapeOf('$"a{x}b{1}{"c"}\\{\\n"'), ['a', 'term', 'b', 'number', 'c', '{\n']);
    assert.deepEqual(shapeOf('$`a\\n\n{{"x": $"{y}"}}\\{`'), ['a\\n\n', 'term', '{']);
    assert.deepEqual(shapeOf('$""'), []);
  });
});

test('a collection is a comprehension where it can be one', () => {
  const kinds: readonly (readonly [string, string])[] = [
    ['[a | b]', 'arrayComprehension'],
    ['{a | b}', 'setComprehension'],
    ['{a: b | c}', 'objectComprehension'],
    ['[a | b, c]', 'array'],
    ['[a | b, c in d]', 'arrayComprehension'],
    ['{a | b, c}', 'set'],
    ['{a: b | c, "d": e}', 'object'],
    ['[(a | b)]', 'array'],
    ['[, a | b]', 'array'],
    ['[a + 1 | b]', 'array'],
    ['{}', 'object'],
    ['set()', 'set'],
    ['{a, b,}', 'set'],
  ];
  for (const [text, kind] of kinds) assert.equal(parsed(text).kind, kind, text);
});

test('a reference is written without white space', () => {
  assert.equal(printTerm(parsed('a["b"].c[d].if[_]["e f"]')), 'a.b.c[d].if[_]["e f"]');
  assert.equal(printTerm(parsed('[1, 2][0].x(y)[z]')), '[1, 2][0].x(y)[z]');
  assert.equal(parsed('input').kind, 'ref');
  assert.equal(parsed('x').kind, 'variable');
  for (const text of ['a .b', 'a [0]', 'f (x)', 'a.1', 'a."b"', '1.x', 'null[0]']) refuses(text);
});

test('every wildcard is another variable', () => {
  const term = parsed('[_, [_ | _], _]');
  assert.deepEqual(JSON.stringify(term).match(/\$\d+/gu), ['$0', '$1', '$2', '$3']);
});

describe('queries', () => {
  test('expressions stand on lines or between semicolons', () => {
    assert.equal(
      query('x := 1; some y in [x]\nnot y == 2 with input as 3 with data.x as 4'),
      query('x := 1\nsome y in [x]; not y == 2 with input as 3 with data.x as 4'),
    );
    assert.equal(query('every k, v in x { k; v }'), 'every k, v in x { k; v }');
    assert.equal(query('eq(x, 1); assign(y, 2)'), 'x = 1; y := 2');
  });

  test('statements of modules are none', () => {
    for (const text of ['package x', 'import data.x', 'x;', '']) assert.equal(parseQuery(text).ok, false, text);
  });
});
