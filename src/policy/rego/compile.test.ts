import assert from 'node:assert/strict';
import { test } from 'node:test';

import { compileRego, type RegoPolicy, type RegoSource } from './compile.ts';
import type { EvaluateOptions } from './evaluate/begin.ts';
import { formatJson } from './values/json.ts';
import type { RegoObject, RegoValue } from './values/value.ts';

function compiled(text: string, more: Partial<RegoSource> = {}): RegoPolicy {
  const policy = compileRego({ modules: [{ file: 'policy.rego', text }], ...more });
  if (!policy.ok) assert.fail(policy.problem[0]?.message);
  return policy.value;
}

/** The solutions as JSON, or the code of the failure. */
function ask(
  policy: RegoPolicy,
  query: string,
  input?: RegoValue,
  options?: EvaluateOptions,
): readonly string[] | string {
  const prepared = policy.prepare(query);
  if (!prepared.ok) assert.fail(prepared.problem[0]?.message);
  const result = prepared.value.evaluate(input, options);
  return result.ok ? result.value.map((row) => formatJson(row)) : result.problem.code;
}

const SHOP = `package shop

default allow := false

allow if {
  some role in data.roles[input.user]
  some grant in grants[role]
  grant.action == input.action
}

grants contains x if x := "unused"
`;

test('a policy decides by its input and its data', () => {
  const policy = compiled(SHOP.replace('grants contains x if x := "unused"', 'grants := data.grants'), {
    data: { roles: { alice: ['clerk'] }, grants: { clerk: [{ action: 'refund' }] } },
  });
  assert.deepEqual(ask(policy, 'data.shop.allow = x', { user: 'alice', action: 'refund' }), ['{"x":true}']);
  assert.deepEqual(ask(policy, 'data.shop.allow = x', { user: 'alice', action: 'delete' }), ['{"x":false}']);
  assert.deepEqual(ask(policy, 'data.shop.allow = x', { user: 'bob', action: 'refund' }), ['{"x":false}']);
  assert.deepEqual(ask(policy, 'data.shop.allow = x'), ['{"x":false}']);
});

test('a query has a row for each solution, and may replace what the policy sees', () => {
  const policy = compiled('package p\n\nbig contains n if { some n in input.ns; n > data.limit }', {
    data: { limit: 2 },
  });
  const input = { ns: [1, 2, 3, 4] };
  assert.deepEqual(ask(policy, 'some x in data.p.big', input), ['{"x":3}', '{"x":4}']);
  assert.deepEqual(ask(policy, 'data.p.big = x with data.limit as 3', input), ['{"x":[4]}']);
  assert.deepEqual(ask(policy, 'count(data.p.big, x) with count as 7', input), ['{"x":7}']);
});

test('a mock may call what it stands for', () => {
  const policy = compiled('package p\n\ntwice(x) := 2 * count(x)\n\nq := x if x := count([1, 2]) with count as twice');
  assert.deepEqual(ask(policy, 'data.p.q = x'), ['{"x":4}']);
});

test('problems of all modules come at once, with their places', () => {
  const result = compileRego({
    modules: [
      { file: 'a.rego', text: 'package a\n\np if x > 1\n' },
      { file: 'b.rego', text: 'package b\n\nq := data.b.q\n' },
    ],
  });
  assert.ok(!result.ok);
  assert.deepEqual(
    result.problem.map(({ at }) => at?.file),
    ['a.rego', 'b.rego'],
  );
  assert.ok(!compileRego({ modules: [{ file: 'c.rego', text: 'package' }] }).ok);
  assert.ok(!compiled('package p').prepare('x >').ok);
});

test('an evaluation that runs away or conflicts ends with a failure', () => {
  const policy = compiled(
    'package p\n\nslow if { some a in input; some b in input; some c in input; a + b + c < 0 }\n\none := x if some x in input',
  );
  const input = Array.from({ length: 500 }, (_, index) => index);
  assert.equal(ask(policy, 'data.p.slow', input, { maxSteps: 100_000 }), 'eval_cancel_error');
  assert.equal(ask(policy, 'data.p.one', input), 'eval_conflict_error');
  assert.deepEqual(ask(policy, 'x := 1 / 0'), []);
  assert.equal(ask(policy, 'x := 1 / 0', undefined, { strictErrors: true }), 'eval_builtin_error');
});

test('a value that becomes too large or too deep ends the evaluation with a failure', () => {
  const nothing = compileRego({ modules: [] });
  assert.ok(nothing.ok);
  for (const query of [
    'x := replace(input, "a", input)',
    'a := product([y | some i in numbers.range(1, 999); y := i * 1000000]); b := a * a; c := b * b; d := c * c; x := d * d; e := x * x * x * x * x * x',
  ]) {
    const prepared = nothing.value.prepare(query);
    assert.ok(prepared.ok, query);
    const outcome = prepared.value.evaluate('a'.repeat(200_000));
    assert.ok(!outcome.ok, query);
    assert.equal(outcome.problem.code, 'eval_cancel_error');
  }
});

test('a decision is the value of one document, and undefined where it has none', () => {
  const policy = compiled('package p\n\nallow if input.ok\n\ndefault level := 1\n\nlevel := 2 if input.ok');
  const decide = (reference: string, input: RegoValue): RegoValue | undefined => {
    const decision = policy.decision(reference);
    assert.ok(decision.ok);
    const result = decision.value.evaluate(input);
    assert.ok(result.ok);
    return result.value;
  };
  assert.equal(decide('data.p.allow', { ok: true }), true);
  assert.equal(decide('data.p.allow', { ok: false }), undefined);
  assert.equal(decide('data.p.level', {}), 1);
  assert.deepEqual(decide('data.p', { ok: true }), { allow: true, level: 2 });
});

test('functions of the host are called like built-in ones', () => {
  const name = 'host.doubled';
  const policy = compiled('package p\n\nx := host.doubled(input)', {
    functions: [
      {
        name,
        parameters: ['number'],
        result: 'number',
        call: (context, value) => Number(value) * (context.host as number),
      },
    ],
  });
  assert.deepEqual(ask(policy, 'data.p.x = x', 4, { host: 2 }), ['{"x":8}']);
});

for (const backend of ['javascript', 'closures'] as const) {
  test(`a partial rule that is asked for a key is evaluated for that key alone: ${backend}`, () => {
    const text = `package p

amount[name] := value if some [name, value] in [["a", 1], ["b", 2], ["b", 3]]
deep.x[name] := value if some [name, value] in [["a", 1], ["b", 2], ["b", 3]]
big[name] := entry.size if some name, entry in data.entries
named contains entry.name if some entry in data.entries`;
    const entries = Object.fromEntries(
      Array.from({ length: 1000 }, (_, index) => [`e${index}`, { size: index, name: `n${index}` }]),
    );
    const policy = compiled(text, { data: { entries }, backend });
    assert.deepEqual(ask(policy, 'data.p.amount.a = x'), ['{"x":1}']);
    assert.deepEqual(ask(policy, 'some k in ["a", "c"]; data.p.amount[k] = x'), ['{"k":"a","x":1}']);
    assert.deepEqual(ask(policy, 'data.p.deep.x.a = x'), ['{"x":1}']);
    assert.equal(ask(policy, 'data.p.amount.b = x'), 'eval_conflict_error');
    assert.equal(ask(policy, 'data.p.amount[k] = 1'), 'eval_conflict_error');
    // Looked up, not looked for: one step for each of a thousand entries would be too many.
    assert.deepEqual(ask(policy, 'data.p.big.e7 = x', {}, { maxSteps: 10 }), ['{"x":7}']);
    // So often asked that the whole is evaluated: a thousand steps, and not a thousand for each of five hundred.
    const many = 'x = count([n | some n in numbers.range(0, 499); data.p.named[sprintf("n%d", [n])]])';
    assert.deepEqual(ask(policy, many, {}, { maxSteps: 100_000 }), ['{"x":500}']);
  });
}

for (const backend of ['javascript', 'closures'] as const) {
  test(`what fails goes on with the loop that it depends on: ${backend}`, () => {
    const text = `package p

same := [x | some x in [1, 2, 3]; x = input.a]
pairs := [[x, y] | some x in [1, 2, 3]; some y in [1, 2, 3]; x = input.a; y = input.b]
joined := [[x, y] | some x in [1, 2, 3]; some y in [1, 2, 3]; x = y; x > 1]
outer := {x | some x in [1, 2, 3]; some y in input.list; y > x; x != 2}
nested := {x | some x in [1, 2, 3]; not any_of(x)}
any_of(x) if { some y in input.list; some z in input.list; y + z == x }`;
    const policy = compiled(text, { backend });
    const input = { a: 2, b: 3, list: [1, 3] };
    assert.deepEqual(ask(policy, 'data.p = x', input), [
      '{"x":{"joined":[[2,2],[3,3]],"nested":[1,3],"outer":[1],"pairs":[[2,3]],"same":[2]}}',
    ]);
  });

  test(`what a loop modifies is computed for each of its elements: ${backend}`, () => {
    const text = `package p

seen := [y | some x in [1, 2, 3]; y := input.v with input as {"v": x}]
ruled := [y | some x in [1, 2, 3]; y := doubled with input as {"v": x}]
called := [y | some x in ["a", "b"]; y := upper("c") with upper as x]
kept := [[x, y] | some x in [1, 2]; y := doubled with input as {"v": 4}]
doubled := input.v * 2`;
    const policy = compiled(text, { backend });
    assert.deepEqual(ask(policy, 'data.p.seen = x'), ['{"x":[1,2,3]}']);
    assert.deepEqual(ask(policy, 'data.p.ruled = x'), ['{"x":[2,4,6]}']);
    assert.deepEqual(ask(policy, 'data.p.called = x'), ['{"x":["a","b"]}']);
    assert.deepEqual(ask(policy, 'data.p.kept = x'), ['{"x":[[1,8],[2,8]]}']);
  });
}

for (const backend of ['javascript', 'closures'] as const) {
  test(`a number finds the key of the given data that is written like it: ${backend}`, () => {
    const text = `package p

constant := data.nested[2]
bound := data.nested[input.key]
mocked := x if x := data.nested[2] with data.nested as {"2": "mocked"}
within := document[2] if document := data.nested`;
    const policy = compiled(text, { data: { nested: { '2': 'two', '2.5': 'more' } }, backend });
    assert.deepEqual(ask(policy, 'data.p = x', { key: 2.5 }), ['{"x":{"bound":"more","constant":"two"}}']);
  });
}

test('a rule does not stand where there is data already', () => {
  const conflicts = (text: string, data: RegoObject): readonly string[] => {
    const policy = compileRego({ modules: [{ file: 'policy.rego', text: `package p\n${text}` }], data });
    return policy.ok ? [] : policy.problem.map(({ code, at }) => `${code} ${at?.line}`);
  };
  assert.deepEqual(conflicts('a := 1\nb.c := 2', { p: { a: null, b: { d: 1 } } }), ['rego/conflict 2']);
  assert.deepEqual(conflicts('a := 1\nb.c := 2', { p: { b: 5 } }), ['rego/conflict 3']);
  assert.deepEqual(conflicts('a := 1\nb.c := 2', { p: { b: {} }, q: 1 }), []);
});
