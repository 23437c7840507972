/** Explanations of decisions: the expression that failed first in each body, with what it read. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { compileRego } from '../compile.ts';
import { acceptedProgram, PACKAGE } from '../testing/arbitrary-programs.ts';
import type { RegoObject, RegoValue } from '../values/value.ts';
import type { ExplainedBody, ExplainOptions, FailedExpression, RegoExplanation } from './explanation.ts';
import { printExplanation } from './print-explanation.ts';

const DATA: RegoObject = { roles: { bob: ['guest', 'clerk'] }, blocked: ['eve'] };

const SHOP = `package shop

default allow := false

allow if {
  input.user.role == "admin"
  not blocked
}

allow if {
  some role in data.roles[input.user.name]
  some grant in grants[role]
  grant.action == input.action
  count(input.items) < 5
  every item in input.items { item.price < 10 }
}

grants := {"clerk": [{"action": "refund"}, {"action": "look"}], "guest": [{"action": "look"}]}

blocked if input.user.name in data.blocked
`;

function explain(
  text: string,
  reference: string,
  input: RegoValue,
  options?: ExplainOptions,
): RegoExplanation<RegoValue | undefined> {
  const policy = compileRego({ modules: [{ file: 'a.rego', text }], data: DATA });
  if (!policy.ok) assert.fail(policy.problem[0]?.message);
  const decision = policy.value.decision(reference);
  assert.ok(decision.ok);
  const explanation = decision.value.explain(input, options);
  assert.deepEqual(explanation.result, decision.value.evaluate(input, options), 'explained is what was decided');
  return explanation;
}

/** Line, why, and what was read, of each body of the first rule. */
function bodies({ rules }: RegoExplanation<unknown>, rule: number = 0): readonly string[] {
  return (rules[rule]?.bodies ?? []).map(brief);
}

function brief(body: ExplainedBody): string {
  if (body.kind === 'held') return `held: ${body.value}`;
  return body.kind === 'failed' ? briefly(body.failed) : body.kind;
}

function briefly({ at, because, values, inner, tried, error, rules }: FailedExpression): string {
  const read = values.map(({ expression, value }) => `${expression} = ${value}`).join(', ');
  const more = [error, ...rules.map((rule) => `see ${rule}`), inner === undefined ? undefined : briefly(inner)];
  const end = more.filter((each) => each !== undefined).map((each) => ` | ${each}`);
  return `${at.line}:${at.column} ${because}${tried > 1 ? ` ×${tried}` : ''} (${read})${end.join('')}`;
}

test('each body shows the first expression that fails, and what it read', () => {
  const explanation = explain(SHOP, 'data.shop.allow', { user: { name: 'bob', role: 'guest' }, action: 'buy' });
  assert.deepEqual(explanation.result, { ok: true, value: false });
  assert.equal(explanation.rules[0]?.isDefault, true);
  assert.deepEqual(bodies(explanation), [
    '6:3 different (input.user.role = "guest")',
    '13:3 different ×3 (grant.action = "look", input.action = "buy")',
  ]);
  const [, second] = explanation.rules[0]?.bodies ?? [];
  assert.equal(second?.kind === 'failed' ? second.failed.text : '', 'grant.action == input.action');
});

test('what is negated and holds is a rule to look at, and so is one that is undefined', () => {
  const eve = explain(SHOP, 'data.shop.allow', { user: { name: 'eve', role: 'admin' } });
  assert.deepEqual(bodies(eve), [
    '7:3 negated (blocked = true) | see data.shop.blocked',
    '11:3 undefined (input.user.name = "eve", data.roles[input.user.name] = undefined)',
  ]);
  assert.deepEqual(
    eve.rules.map(({ rule, value }) => [rule, value]),
    [
      ['data.shop.allow', 'false'],
      ['data.shop.blocked', 'true'],
    ],
  );
  const chain = 'package p\n\na if b\n\nb if {\n  c\n  d\n}\n\nc := 1\n\nd if input.x > 2';
  const failed = explain(chain, 'data.p.a', { x: 1 });
  assert.deepEqual(
    failed.rules.map(({ rule }) => rule),
    ['data.p.a', 'data.p.b', 'data.p.d'],
  );
  assert.deepEqual(bodies(failed, 2), ['12:6 false (input.x = 1)']);
});

test('every shows the element that does not satisfy it, and what in it fails', () => {
  const input = { user: { name: 'bob' }, action: 'look', items: [{ price: 1 }, { price: 20 }, { price: 2 }] };
  assert.deepEqual(bodies(explain(SHOP, 'data.shop.allow', input)), [
    '6:3 undefined (input.user = {"name": "bob"}, input.user.role = undefined)',
    '15:3 element ×2 (input.items = [{"price": 1}, {"price": 20}, {"price": 2}]) | 15:31 false (item.price = 20)',
  ]);
});

test('what holds says what it gave; what another one made needless was not tried', () => {
  const input = { user: { name: 'bob', role: 'admin' } };
  assert.deepEqual(bodies(explain(SHOP, 'data.shop.allow', input)), ['held: true', 'untried']);
  const text = 'package p\n\na := 1 if input.x else := 2 if input.y else := 3';
  assert.deepEqual(bodies(explain(text, 'data.p.a', { y: 1 })), [
    '3:11 undefined (input.x = undefined)',
    'held: 2',
    'untried',
  ]);
});

test('of a function, the call that failed is shown with its arguments', () => {
  const text = `package p

ok if {
  f("a", 1)
  f(input.x, 2)
}

f("a", n) if n < 2

f(x, n) if n > count(x)
`;
  const explanation = explain(text, 'data.p.ok', { x: 'abc' });
  assert.deepEqual(bodies(explanation), ['5:3 undefined (input.x = "abc", f(input.x, 2) = undefined) | see data.p.f']);
  assert.deepEqual(explanation.rules[1]?.arguments, ['"abc"', '2']);
  assert.deepEqual(bodies(explanation, 1), ['mismatch', '10:12 false (x = "abc", count(x) = 3, n = 2)']);
});

test('a partial rule is shown as it was asked: for one key, and where that fails, as far as it came', () => {
  const text = `package p

ok if grants[input.role]

grants["admin"] := 1

grants[role] := 2 if {
  some role in input.roles
  role != input.except
}

allowed contains name if {
  some name in input.names
  name in data.blocked
}

in_set if allowed[input.name]
`;
  const explanation = explain(text, 'data.p.ok', { role: 'guest', roles: ['clerk', 'guest'], except: 'guest' });
  assert.deepEqual(bodies(explanation), [
    '3:7 undefined (input.role = "guest", grants[input.role] = undefined) | see data.p.grants',
  ]);
  assert.deepEqual(explanation.rules[1]?.keys, ['"guest"']);
  assert.deepEqual(bodies(explanation, 1), ['mismatch', '9:3 false (input.except = "guest", role = "guest")']);
  const member = explain(text, 'data.p.in_set', { name: 'bob', names: ['bob', 'eve'] });
  assert.deepEqual(
    member.rules.map(({ rule }) => rule),
    ['data.p.in_set', 'data.p.allowed'],
  );
});

test('a built-in that refuses its arguments says why', () => {
  const text = 'package p\n\na if to_number(input.x) > 1';
  assert.deepEqual(bodies(explain(text, 'data.p.a', { x: 'one' })), [
    '3:6 error (input.x = "one", to_number(input.x) = undefined) | to_number: strconv.ParseFloat: parsing "one": invalid syntax',
  ]);
  const strict = explain(text, 'data.p.a', { x: 'one' }, { strictErrors: true });
  assert.equal(strict.result.ok ? '' : strict.result.problem.code, 'eval_builtin_error');
});

test('values are cut short, and what is called like a secret is not shown', () => {
  const text = 'package p\n\na if input.user == "x"\n\na if input.user.password == "x"';
  const input = { user: { password: 'hunter2', roles: ['a'.repeat(1000)] } };
  const explanation = explain(text, 'data.p.a', input);
  const printed = JSON.stringify(explanation) + printExplanation(explanation, [{ file: 'a.rego', text }]);
  assert.doesNotMatch(printed, /hunter2/u);
  assert.match(printed, /\*\*\*/u);
  assert.ok(printed.length < 3000);
  const named = explain(text, 'data.p.a', input, { isSecret: (name) => name === 'user' });
  assert.deepEqual(bodies(named), [
    '3:6 different (input.user = ***)',
    '5:6 different (input.user.password = "hunter2")',
  ]);
});

test('rules and bodies without number are left out, those that came furthest stay', () => {
  const rule = (index: number): string => `a if { input.x; input.n == ${index} }\n\na if input.y`;
  const text = `package p\n\n${Array.from({ length: 30 }, (_, index) => rule(index)).join('\n\n')}\n`;
  const [first] = explain(text, 'data.p.a', { x: 1, n: 99 }).rules;
  assert.equal(first?.bodies.length, 16);
  assert.equal(first?.omittedBodies, 44);
  assert.ok(first?.bodies.every((body) => body.kind === 'failed' && body.failed.text.startsWith('input.n')));
  const chain = Array.from({ length: 50 }, (_, index) => `r${index} if r${index + 1}`).join('\n\n');
  const deep = explain(`package p\n\n${chain}\n\nr50 if input.z`, 'data.p.r0', {});
  assert.equal(deep.rules.length + deep.omittedRules, 51);
  assert.ok(deep.omittedRules > 0);
});

test('a query explains itself, and what its rules came to under its own modifiers', () => {
  const policy = compileRego({ modules: [{ file: 'a.rego', text: SHOP }], data: DATA });
  assert.ok(policy.ok);
  const query = policy.value.prepare(
    'data.shop.allow with input.user.name as "bob" with data.blocked as []; 1 > input.n',
  );
  assert.ok(query.ok);
  const explanation = query.value.explain({ user: { role: 'admin' }, n: 4 });
  assert.deepEqual(explanation.result, { ok: true, value: [] });
  assert.equal(explanation.query === undefined ? '' : briefly(explanation.query), '1:72 false (input.n = 4)');
  assert.deepEqual(bodies(explanation), ['held: true', 'untried']);
});

test('people get excerpts with the failing expression marked', () => {
  const input = { user: { name: 'eve', role: 'admin' } };
  assert.equal(
    printExplanation(explain(SHOP, 'data.shop.allow', input), [{ file: 'a.rego', text: SHOP }]),
    `\`data.shop.allow\` is false, by default
  a.rego:5:1: fails
    a.rego:7:3: what is negated here holds
    7 |   not blocked
      |   ^^^^^^^^^^^
      = \`blocked\` is true
      = see \`data.shop.blocked\`
  a.rego:10:1: fails
    a.rego:11:3: something here is undefined
    11 |   some role in data.roles[input.user.name]
       |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      = \`input.user.name\` is "eve"
      = \`data.roles[input.user.name]\` is undefined
\`data.shop.blocked\` is true
  a.rego:20:1: holds, and gives true
`,
  );
});

test('whatever the program, it is explained, and the result is that of the evaluation', () => {
  let failures = 0;
  fc.assert(
    fc.property(acceptedProgram, (program) => {
      const { text, data, input, rules } = program;
      const policy = compileRego({ modules: [{ file: 'a.rego', text }], data });
      if (!policy.ok) return;
      for (const { name, isAlone, isFunction } of rules) {
        const path = `data.${PACKAGE}.${name}`;
        const query = policy.value.prepare(`x := ${isFunction ? `${path}(input.user)` : path}`);
        if (!query.ok) continue;
        const wanted = query.value.evaluate(input);
        const explanation = query.value.explain(input);
        // What another back end does not evaluate cannot fail there.
        if (explanation.result.ok || isAlone) assert.deepEqual(explanation.result, wanted);
        const printed = printExplanation(explanation, [{ file: 'a.rego', text }]);
        assert.doesNotMatch(printed, /\[object|NaN/u);
        for (const each of explanation.rules.flatMap(({ bodies: all }) => all))
          failures += each.kind === 'failed' ? 1 : 0;
      }
    }),
    { numRuns: 60 },
  );
  assert.ok(failures > 30, `only ${failures} failing bodies were explained`);
});
