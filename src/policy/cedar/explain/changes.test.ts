/** For each kind of condition: which single changes would make it hold, or not hold, in words. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { compileCedar } from '../compile.ts';
import { EntityStore } from '../store/entity-store.ts';

const REQUEST = {
  principal: { type: 'User', id: 'alice' },
  action: { type: 'Action', id: 'edit' },
  resource: { type: 'Doc', id: 'plan' },
  context: {
    amount: 250,
    yes: true,
    no: false,
    name: 'report.txt',
    list: ['a', 'b'],
    none: [],
    ip: { __extn: { fn: 'ip', arg: '192.168.1.1' } },
    price: { __extn: { fn: 'decimal', arg: '9.99' } },
    now: { __extn: { fn: 'datetime', arg: '2026-05-01' } },
    age: { __extn: { fn: 'duration', arg: '2h' } },
    nested: { deep: { n: 1 } },
  },
};

function store(): EntityStore {
  const entities = new EntityStore();
  const owner = { __entity: { type: 'User', id: 'bob' } };
  const put = entities.put([
    {
      uid: { type: 'User', id: 'alice' },
      attrs: { level: 3, manager: owner },
      tags: { role: 'clerk' },
      parents: [{ type: 'Group', id: 'clerks' }],
    },
    { uid: { type: 'User', id: 'bob' }, attrs: { level: 9 } },
    { uid: { type: 'Group', id: 'clerks' }, parents: [{ type: 'Group', id: 'staff' }] },
    { uid: { type: 'Doc', id: 'plan' }, attrs: { owner, created: { __extn: { fn: 'datetime', arg: '2026-01-01' } } } },
  ]);
  assert.ok(put.ok);
  return entities;
}

async function changes(effect: 'permit' | 'forbid', condition: string): Promise<readonly string[]> {
  const policies =
    effect === 'permit'
      ? `permit (principal, action, resource) when { ${condition} };`
      : `permit (principal, action, resource); forbid (principal, action, resource) when { ${condition} };`;
  const set = await compileCedar({ policies, entities: store(), forbidErrors: 'deny' });
  if (!set.ok) assert.fail(`${condition}: ${set.problem[0]?.message}`);
  const explanation = set.value.explain(REQUEST);
  assert.equal(explanation.decision, 'deny', condition);
  assert.equal(explanation.misses.length, 1, condition);
  assert.ok(explanation.misses[0]?.changes.every(({ allows }) => allows === true));
  return explanation.misses[0]?.changes.map(({ message }) => message) ?? [];
}

/** False as it is; what would make it true. */
const TO_HOLD: Readonly<Record<string, readonly string[]>> = {
  'context.amount < 100': ['`context.amount` below `100` (it is `250`)'],
  'context.amount <= 100': ['`context.amount` at most `100` (it is `250`)'],
  '300 <= context.amount': ['`context.amount` at least `300` (it is `250`)'],
  'context.amount > 300': ['`context.amount` above `300` (it is `250`)'],
  'context.amount == 7': ['`context.amount` being `7` (it is `250`)'],
  'context.amount != 250': ['`context.amount` other than `250` (it is `250`)'],
  '!(context.amount >= 250)': ['`context.amount` below `250` (it is `250`)'],
  'context.amount + 10 <= 100': ['`context.amount` at most `90` (it is `250`)'],
  '10 - context.amount >= 0': ['`context.amount` at most `10` (it is `250`)'],
  '-context.amount > -5': ['`context.amount` below `5` (it is `250`)'],
  'context.amount * 3 <= 100': ['`context.amount` at most `33` (it is `250`)'],
  'context.amount * principal.level < 100': [
    '`context.amount` below `34` (it is `250`)',
    '`principal.level` below `1` (it is `3`)',
  ],
  'context.amount * 2 == 7': [],
  'context.amount <= principal.level': [
    '`context.amount` at most `3` (it is `250`)',
    '`principal.level` at least `250` (it is `3`)',
  ],
  'context.now < datetime("2026-01-31")': [
    '`context.now` before `datetime("2026-01-31")` (it is `datetime("2026-05-01")`)',
  ],
  'context.now.durationSince(resource.created) <= duration("30d")': [
    '`context.now` not after `datetime("2026-01-31")` (it is `datetime("2026-05-01")`)',
    '`resource.created` not before `datetime("2026-04-01")` (it is `datetime("2026-01-01")`)',
  ],
  'context.now <= resource.created.offset(context.age)': [
    '`context.now` not after `datetime("2026-01-01T02:00:00Z")` (it is `datetime("2026-05-01")`)',
    '`resource.created` not before `datetime("2026-04-30T22:00:00Z")` (it is `datetime("2026-01-01")`)',
    '`context.age` at least `duration("120d")` (it is `duration("2h")`)',
  ],
  'context.price.lessThan(decimal("5.0"))': ['`context.price` below `decimal("5.0")` (it is `decimal("9.99")`)'],
  'context.price.greaterThanOrEqual(decimal("10.0"))': [
    '`context.price` at least `decimal("10.0")` (it is `decimal("9.99")`)',
  ],
  'context.ip.isInRange(ip("10.0.0.0/8"))': ['`context.ip` in `ip("10.0.0.0/8")` (it is `ip("192.168.1.1")`)'],
  'context.ip.isLoopback()': ['`context.ip` being a loopback address (it is `ip("192.168.1.1")`)'],
  'context.ip.isIpv6()': ['`context.ip` being an address of version 6 (it is `ip("192.168.1.1")`)'],
  'context.ip.isMulticast()': ['`context.ip` being a multicast address (it is `ip("192.168.1.1")`)'],
  '!context.ip.isIpv4()': ['`context.ip` not being an address of version 4 (it is `ip("192.168.1.1")`)'],
  '!context.ip.isInRange(ip("192.168.0.0/16"))': [
    '`context.ip` not in `ip("192.168.0.0/16")` (it is `ip("192.168.1.1")`)',
  ],
  'context.no': ['`context.no` being `true` (it is `false`)'],
  '!context.yes': ['`context.yes` being `false` (it is `true`)'],
  'context.no == context.yes': [
    '`context.no` being `true` (it is `false`)',
    '`context.yes` being `false` (it is `true`)',
  ],
  'context.no || context.amount < 5': [
    '`context.no` being `true` (it is `false`)',
    '`context.amount` below `5` (it is `250`)',
  ],
  'if context.yes then context.no else true': [
    '`context.no` being `true` (it is `false`)',
    '`context.yes` being `false` (it is `true`)',
  ],
  '(if context.yes then context.amount else 0) < 5': ['`context.amount` below `5` (it is `250`)'],
  'context.name like "*.pdf"': ['`context.name` like `"*.pdf"` (it is `"report.txt"`)'],
  '!(context.name like "*.txt")': ['`context.name` not like `"*.txt"` (it is `"report.txt"`)'],
  'context has token': ['`context.token` present (it is missing)'],
  '!(context has name)': ['`context.name` missing'],
  'context has nested.deep.m': ['`context.nested.deep.m` present (it is missing)'],
  'context has other.deep': ['`context.other.deep` present (it is missing)'],
  'context["a b"]': ['`context["a b"]` being `true` (it is missing)'],
  'context has token && context.token == "x"': ['`context.token` being `"x"` (it is missing)'],
  'context has token && context.token': ['`context.token` being `true` (it is missing)'],
  'context.nested.deep.n == 2': ['`context.nested.deep.n` being `2` (it is `1`)'],
  'context.list.contains("c")': ['`context.list` containing `"c"` (it is `["a", "b"]`)'],
  '!context.list.contains("a")': ['`context.list` without `"a"` (it is `["a", "b"]`)'],
  '["x", "y"].contains(context.name)': ['`context.name` being one of `["x", "y"]` (it is `"report.txt"`)'],
  '!["report.txt", "-"].contains(context.name)': [
    '`context.name` being none of `["report.txt", "-"]` (it is `"report.txt"`)',
  ],
  'context.list.containsAll(["a", "c", "d"])': ['`context.list` containing `["c", "d"]` (it is `["a", "b"]`)'],
  'context.list.containsAny(["c", "d"])': [
    '`context.list` containing `"c"` (it is `["a", "b"]`)',
    '`context.list` containing `"d"` (it is `["a", "b"]`)',
  ],
  '!context.list.containsAny(["a", "b", "c"])': ['`context.list` without `["a", "b"]` (it is `["a", "b"]`)'],
  '!context.list.containsAll(["a", "b"])': [
    '`context.list` without `"a"` (it is `["a", "b"]`)',
    '`context.list` without `"b"` (it is `["a", "b"]`)',
  ],
  'context.list.isEmpty()': ['`context.list` being `[]` (it is `["a", "b"]`)'],
  '!context.none.isEmpty()': ['`context.none` not empty (it is `[]`)'],
  'principal in Group::"managers"': ['`User::"alice"` in `Group::"managers"`'],
  'principal in [Group::"a", Group::"b"]': ['`User::"alice"` in `Group::"a"`', '`User::"alice"` in `Group::"b"`'],
  '!(principal in Group::"clerks")': ['`User::"alice"` not in `Group::"clerks"`'],
  '!(principal in Group::"staff")': ['`User::"alice"` not in `Group::"clerks"`, and through it in `Group::"staff"`'],
  'principal is User in Group::"managers"': ['`User::"alice"` in `Group::"managers"`'],
  'principal.manager in Group::"managers"': [
    '`User::"bob"` in `Group::"managers"`',
    '`principal.manager` being `Group::"managers"` (it is `User::"bob"`)',
  ],
  'principal is Robot': [],
  'Group::"clerks" in principal': [],
  'resource.owner == principal': [
    '`resource.owner` being `User::"alice"` (it is `User::"bob"`)',
    '`principal` being `User::"bob"` (it is `User::"alice"`)',
  ],
  'resource.owner.level < 5': ['`resource.owner.level` below `5` (it is `9`)'],
  'principal.getTag("role") == "boss"': ['`principal.getTag("role")` being `"boss"` (it is `"clerk"`)'],
  'principal.hasTag("desk")': ['`principal.getTag("desk")` present (it is missing)'],
  '!principal.hasTag("role")': ['`principal.getTag("role")` missing'],
  'User::"bob".level < 5': ['`User::"bob".level` below `5` (it is `9`)'],
  '[1, context.amount].contains(2)': [],
  false: [],
};

test('a condition of a permit that does not hold', async () => {
  for (const [condition, wanted] of Object.entries(TO_HOLD)) {
    assert.deepEqual(await changes('permit', condition), wanted, condition);
  }
});

test('the same condition negated, of a forbid that applies', async () => {
  for (const [condition, wanted] of Object.entries(TO_HOLD)) {
    assert.deepEqual(await changes('forbid', `!(${condition})`), wanted, condition);
  }
});

test('the same condition under unless, of a forbid that applies', async () => {
  for (const [condition, wanted] of Object.entries(TO_HOLD)) {
    assert.deepEqual(await changes('forbid', `true } unless { ${condition}`), wanted, condition);
  }
});
