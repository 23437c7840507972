/** The JSON form: what a policy sees of a module is what OPA shows it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { bodyJson, moduleJson } from './opa-json.ts';
import { parseModule, parseQuery } from './parse-module.ts';

const v = (value: string): unknown => ({ type: 'var', value });
const s = (value: string): unknown => ({ type: 'string', value });
const n = (value: number): unknown => ({ type: 'number', value });
const ref = (...value: readonly unknown[]): unknown => ({ type: 'ref', value });

test('a module is a package, imports and rules, with else inside of them', () => {
  const text = 'package a.b\nimport data.c as d\ndefault p := 1\nf(x) := 2 if { x } else = 3\nq contains 4';
  const result = parseModule({ file: 'x.rego', text });
  assert.ok(result.ok);
  const always = [{ index: 0, generated: true, terms: { type: 'boolean', value: true } }];
  const head = { name: 'f', args: [v('x')], ref: [v('f')] };
  assert.deepEqual(moduleJson(result.value), {
    package: { path: [v('data'), s('a'), s('b')] },
    imports: [{ path: ref(v('data'), s('c')), alias: 'd' }],
    rules: [
      { default: true, head: { name: 'p', ref: [v('p')], value: n(1), assign: true }, body: always },
      {
        head: { ...head, value: n(2), assign: true },
        body: [{ index: 0, terms: v('x') }],
        else: { head: { ...head, value: n(3) }, body: always },
      },
      { head: { name: 'q', ref: [v('q')], key: n(4) }, body: always },
    ],
  });
});

test('operators are calls, and a call of an expression is its terms', () => {
  const result = parseQuery('x := -y.z; some k, v in [1]; not f(.5) with input as null');
  assert.ok(result.ok);
  const member = {
    type: 'call',
    value: [ref(v('internal'), s('member_3')), v('k'), v('v'), { type: 'array', value: [n(1)] }],
  };
  assert.deepEqual(bodyJson(result.value.body), [
    {
      index: 0,
      terms: [ref(v('assign')), v('x'), { type: 'call', value: [ref(v('minus')), n(0), ref(v('y'), s('z'))] }],
    },
    { index: 1, terms: { symbols: [member] } },
    {
      index: 2,
      negated: true,
      terms: [ref(v('f')), n(0.5)],
      with: [{ target: ref(v('input')), value: { type: 'null', value: {} } }],
    },
  ]);
});
