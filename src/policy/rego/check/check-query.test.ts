/** Queries against modules: what they see, and what they answer. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { BUILTINS } from '../builtins/registry.ts';
import { parseModule, parseQuery } from '../parse/parse-module.ts';
import type { Query } from '../program.ts';
import { unboundInQuery } from '../testing/bound-before-use.ts';
import { checkModules, type CheckedModules } from './check-modules.ts';
import { checkQuery, type QueryOptions } from './check-query.ts';

function modules(): CheckedModules {
  const parsed = parseModule({ file: 'test.rego', text: 'package a.b\np contains 1\nf(x) := x' });
  assert.ok(parsed.ok);
  const checked = checkModules([parsed.value], { builtins: BUILTINS });
  assert.ok(checked.ok);
  return checked.value;
}

/** The query, or the codes of its problems. */
function check(text: string, options?: QueryOptions): Query | readonly string[] {
  const parsed = parseQuery(text);
  assert.ok(parsed.ok, text);
  const checked = checkQuery(parsed.value, modules(), options);
  if (!checked.ok) return checked.problem.map(({ code }) => code);
  assert.deepEqual(unboundInQuery(checked.value), []);
  return checked.value;
}

function answersOf(text: string, options?: QueryOptions): readonly string[] {
  const query = check(text, options);
  assert.ok('answers' in query, `${text} ${JSON.stringify(query)}`);
  return query.answers.map(({ name }) => name);
}

test('a query answers with its variables, and neither with ours nor with those of nested bodies', () => {
  assert.deepEqual(answersOf('x = data.a.b.p[y]; z := count([w | w = x]); input.xs[_]'), ['x', 'y', 'z']);
  assert.deepEqual(answersOf('data.a.b.f(1, x)'), ['x']);
  assert.deepEqual(answersOf('some k, v in input; v > 1'), ['k', 'v']);
  assert.deepEqual(answersOf('not data.a.b.p[2]'), []);
});

test('names of rules are known within a package alone', () => {
  assert.deepEqual(check('p[x]'), ['rego/unsafe-variable', 'rego/unsafe-variable']);
  assert.deepEqual(answersOf('p[x]; f(x)', { package: ['a', 'b'] }), ['x']);
  const imports = [{ start: 0, end: 0, path: ['data', 'a', 'b'] }];
  assert.deepEqual(answersOf('b.p[x]', { imports }), ['x']);
});

test('`==` is a value in a query, and a unification in a rule', () => {
  const query = check('input.x == 1');
  assert.ok('body' in query);
  assert.deepEqual(
    query.body.map((expression) =>
      expression.kind === 'unify' || expression.kind === 'test' ? expression.source.kind : '',
    ),
    ['reference', 'builtin'],
  );
});

test('a query says what its modifiers replace', () => {
  const query = check('count(x) == 1 with count as 2 with data.c as 3; x = [1]');
  assert.ok('body' in query);
  assert.deepEqual([...(query.replaced?.builtins ?? [])], ['count']);
  assert.deepEqual(query.replaced?.data, [['c']]);
});

test('a query that cannot be evaluated is refused', () => {
  assert.deepEqual(check('x > 1'), ['rego/unsafe-variable']);
  assert.deepEqual(check('nope(1)'), ['rego/undefined-function']);
  assert.deepEqual(check('data.a.b.f'), ['rego/function-as-value']);
  assert.deepEqual(check('some x'), ['rego/unused-variable']);
});
