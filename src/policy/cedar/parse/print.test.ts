/** Printing: what is printed parses to the same tree, and needs every parenthesis that it has. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import type { PolicySyntax } from '../syntax.ts';
import { policies, withoutPlaces } from '../testing/arbitrary-policies.ts';
import { parsePolicies } from './parse-policies.ts';
import { printPolicy } from './print.ts';

function parseOne(text: string): PolicySyntax {
  const parsed = parsePolicies({ policies: text });
  assert.ok(parsed.ok, parsed.ok ? '' : `${parsed.problem[0]?.message}: ${text}`);
  const [policy] = [...parsed.value.policies, ...parsed.value.templates];
  assert.ok(policy !== undefined);
  return policy;
}

test('a tree that is printed and parsed is the same tree', () => {
  fc.assert(
    fc.property(policies({ slots: true }), (policy) => {
      assert.deepEqual(withoutPlaces(parseOne(printPolicy(policy))), withoutPlaces(policy));
    }),
    { numRuns: 1000 },
  );
});

test('conditions that have no parenthesis too many are printed as they stand', () => {
  for (const condition of [
    'principal.a.b["c d"].contains(1) && (context has x.y || !(resource in Group::"g"))',
    'context.a + 1 - (2 - 3) * -4 < 5 - 6 * 7',
    'if principal is User in Group::"g" then [1, 2] else {a: 1, "if": {}}',
    '(if true then principal else resource).owner == (1 == 2)',
    '!!!!(!(-context.a))',
    '--5 == -(5) && --context.a == 1',
    '(-5).a == (1 + 2).a',
    'ip("10.0.0.1").isInRange(ip("10.0.0.0/8")) && context.name like "*\\*.jpg"',
    '(principal has a) == (1 < 2)',
    '[].isEmpty() || context["if"]["__cedar"].hasTag("t")',
    '"😀\\n\\"\\\\" == context.name',
  ]) {
    const text = `permit (principal, action, resource)\nwhen { ${condition} };`;
    assert.equal(printPolicy(parseOne(text)), text);
  }
});

test('parentheses that say nothing are not printed', () => {
  for (const [condition, printed] of [
    ['(((1))) == (2)', '1 == 2'],
    ['true && (false && (true))', 'true && false && true'],
    ['(1 * 2) + (3 - 4) + 5', '1 * 2 + (3 - 4) + 5'],
    ['(principal).name like "a"', 'principal.name like "a"'],
    ['-(-(context.a)) == 1', '--context.a == 1'],
    ['(true || false) && (if true then true else false)', '(true || false) && (if true then true else false)'],
  ]) {
    const policy = parseOne(`permit(principal, action, resource) when { ${condition} };`);
    assert.equal(printPolicy(policy), `permit (principal, action, resource)\nwhen { ${printed} };`);
  }
});

test('a policy is printed with its annotations, its scope and its conditions', () => {
  const text = `@id("one")
@if("a\\nb")
forbid (principal is Shop::User in ?principal, action in [Action::"a", Shop::Action::"b"], resource == Order::"7")
when { context.a }
unless { true };`;
  assert.equal(printPolicy(parseOne(text)), text);
});

test('characters that a terminal would obey are printed as escapes', () => {
  const printed = printPolicy(parseOne('permit(principal == User::"\u001b[2J\u202e", action, resource);'));
  assert.equal(printed, 'permit (principal == User::"\\u{1b}[2J\\u{202e}", action, resource);');
});
