/** Both back ends, on what each kind of expression gives and on when it errs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { compileCedar, type CedarPolicySet } from '../compile.ts';
import { EntityStore } from '../store/entity-store.ts';
import { codeGenerationAllowed } from './javascript.ts';

const REQUEST = {
  principal: { type: 'User', id: 'alice' },
  action: { type: 'Action', id: 'view' },
  resource: { type: 'Photo', id: 'cat' },
  context: { amount: 7, big: 9223372036854775807n, name: 'a*b😀', flags: { on: true }, list: [1, 2, 2], none: [] },
};

function entities(): EntityStore {
  const store = new EntityStore();
  const put = store.put([
    {
      uid: { type: 'User', id: 'alice' },
      attrs: { age: 30, friends: [{ __entity: { type: 'User', id: 'bob' } }], constructor: 1, home: { city: 'Bern' } },
      tags: { role: 'clerk' },
      parents: [{ type: 'Group', id: 'clerks' }],
    },
    { uid: { type: 'Group', id: 'clerks' }, parents: [{ type: 'Group', id: 'staff' }] },
    { uid: { type: 'Photo', id: 'cat' }, attrs: { owner: { __entity: { type: 'User', id: 'bob' } } } },
  ]);
  assert.ok(put.ok);
  return store;
}

async function compiled(condition: string, backend: 'javascript' | 'closures'): Promise<CedarPolicySet> {
  const policies = `permit(principal, action, resource) when { ${condition} };`;
  const set = await compileCedar({ policies, backend, entities: entities() });
  if (!set.ok) assert.fail(`${condition}: ${set.problem[0]?.message}`);
  assert.equal(set.value.backend, backend);
  return set.value;
}

/** What the condition gives: true, false, or an error, by `decide` and by `explain`. */
async function outcome(condition: string, backend: 'javascript' | 'closures'): Promise<boolean | 'error'> {
  const set = await compiled(condition, backend);
  const explained = set.explain(REQUEST);
  assert.equal(set.decide(REQUEST), explained.decision, condition);
  if (explained.errors.length > 0) return 'error';
  return explained.decision === 'allow';
}

const TRUE = [
  'true',
  '!false',
  'true && true && 1 == 1',
  'false || false || true',
  'true || 1',
  '!(false && 1)',
  'if context.amount > 5 then true else 1',
  'principal == User::"alice"',
  'principal != resource',
  'principal in Group::"clerks"',
  'principal in Group::"staff"',
  'principal in principal',
  'principal in [User::"zoe", Group::"staff"]',
  '!(principal in [])',
  '!(User::"nobody" in Group::"staff")',
  'principal is User',
  'principal is User in Group::"staff"',
  '!(principal is Photo in 1)',
  'principal has age && principal.age == 30',
  'principal has home.city',
  '!(principal has home.street)',
  '!(principal has friend.name)',
  '!(User::"nobody" has age)',
  'principal["constructor"] == 1',
  '!(principal has "__proto__") && !(principal has toString)',
  'principal.home == {city: "Bern"}',
  'principal.friends.contains(resource.owner)',
  'principal.hasTag("role") && principal.getTag("role") == "clerk"',
  '!principal.hasTag("rol")',
  'context.amount + 1 == 8 && context.amount - 8 == -1 && context.amount * context.amount == 49',
  'context.big > 9223372036854775806 && context.big - 1 == 9223372036854775806',
  '-context.amount == -7',
  'context.name like "a\\*b*" && !(context.name like "a\\*b")',
  'context.list == [2, 1] && context.none.isEmpty()',
  '[1, 2, 3].containsAll(context.list) && context.list.containsAny([9, 2])',
  '[{a: 1}, {a: 2}].contains({a: 1}) && [[1], [2, 3]].contains([3, 2])',
  '{a: 1, b: {c: 2}}.b.c == 2',
  '1 != "1" && !(1 == true)',
  'ip("10.1.2.3").isInRange(ip("10.0.0.0/8"))',
  'decimal("1.50").lessThan(decimal("1.51"))',
  'datetime("2024-01-01").offset(duration("1d")) == datetime("2024-01-02T00:00:00Z")',
  'duration("1h") < duration("61m")',
];

const ERRORS = [
  '1',
  '!1',
  '1 && true',
  'true && 1',
  'false || "x"',
  'if 1 then true else true',
  'principal.missing',
  'User::"nobody".age == 1',
  'context.missing == 1',
  '1 has a',
  '(1).a == 2',
  'principal has age.x',
  'principal.age in principal',
  'principal in 1',
  'principal in [principal, 1]',
  '1 is User',
  '"a" < "b"',
  '1 < true',
  'context.big + 1 > 0',
  'context.big * 2 > 0',
  '-(0 - context.big - 1) > 0',
  '1 + "a" == 2',
  'context.amount like "7"',
  'context.amount.contains(1)',
  '[1].containsAll(1)',
  'principal.getTag("none") == 1',
  'principal.hasTag(1)',
  'ip("10.0.0.256").isIpv4()',
  'decimal("1.23456") == decimal("1.0")',
  '"x".isInRange(ip("10.0.0.0/8"))',
  'ip("10.0.0.1", "10.0.0.2").isIpv4()',
  'decimal().lessThan(decimal("1.0"))',
  'ip("10.0.0.1").isIpv4(1)',
  'duration("1h") < datetime("2024-01-01")',
];

for (const backend of ['javascript', 'closures'] as const) {
  test(`${backend}: what holds, holds, and its negation does not`, async () => {
    for (const condition of TRUE) {
      assert.equal(await outcome(condition, backend), true, condition);
      assert.equal(await outcome(`!(${condition})`, backend), false, condition);
    }
  });

  test(`${backend}: what errs, errs wherever it is reached, and nowhere else`, async () => {
    for (const condition of ERRORS) {
      assert.equal(await outcome(condition, backend), 'error', condition);
      assert.equal(await outcome(`!(${condition})`, backend), 'error', condition);
      assert.equal(await outcome(`true && (${condition})`, backend), 'error', condition);
      assert.equal(await outcome(`false && (${condition})`, backend), false, condition);
      assert.equal(await outcome(`true || (${condition})`, backend), true, condition);
      assert.equal(await outcome(`if true then true else (${condition})`, backend), true, condition);
      assert.equal(await outcome(`[${condition}] == []`, backend), condition === '1' ? false : 'error', condition);
    }
  });

  test(`${backend}: ten thousand operands and five hundred levels are no matter of the stack`, async () => {
    const many = Array.from({ length: 10_000 }, (_, index) => `context.amount != ${index + 100}`);
    assert.equal(await outcome(many.join(' && '), backend), true);
    assert.equal(await outcome(`!(${many.join(' && ')}) || true`, backend), true);
    const levels = 160;
    const deep = `${'if context.amount == 1 then false else '.repeat(levels)}true`;
    assert.equal(await outcome(deep, backend), true);
    assert.equal(await outcome(`${'('.repeat(levels)}true${')'.repeat(levels)}`, backend), true);
  });
}

test('unless wants false, and an error in it skips the policy', async () => {
  const policies = `
    permit(principal, action, resource) unless { context.amount > 100 || principal.age < 18 };
    forbid(principal, action, resource) unless { context.missing };`;
  for (const backend of ['javascript', 'closures'] as const) {
    const skipping = await compileCedar({ policies, backend, entities: entities() });
    assert.ok(skipping.ok);
    assert.equal(skipping.value.decide(REQUEST), 'allow');
    assert.deepEqual(
      skipping.value.explain(REQUEST).errors.map(({ policy }) => policy.id),
      ['policy1'],
    );
    const closed = await compileCedar({ policies, backend, entities: entities(), forbidErrors: 'deny' });
    assert.ok(closed.ok);
    assert.equal(closed.value.decide(REQUEST), 'deny');
    assert.equal(closed.value.explain(REQUEST).deniedByError, true);
  }
});

test('code is generated where it may be', () => {
  assert.ok(codeGenerationAllowed());
});
