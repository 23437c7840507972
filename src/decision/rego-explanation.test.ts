/** Why a Rego layer did not permit: expressions with their places and values, and what would have helped. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { AccessRequest } from '../kernel/access-request.ts';
import type { Explanation } from '../kernel/verdict.ts';
import { layerIn, regoSnapshot } from './testing/guards.ts';
import { refund } from './testing/refunds.ts';
import { NOW } from './testing/shop.ts';

async function explained(text: string, request: AccessRequest): Promise<Explanation> {
  const { tiers } = await regoSnapshot({ 'l/p.rego': `package shop.p\n\n${text}` }, [layerIn('l')]);
  const layer = tiers.flatMap(({ layers }) => layers).find(({ name }) => name === 'l');
  assert.ok(layer !== undefined);
  return layer.explain(request, NOW);
}

/** Line, policy, text and message of each condition. */
function unmet({ unmet: all = [] }: Explanation): readonly string[] {
  return all.map(({ span, policy, rule, message }) => `${span?.line} ${policy} ${rule}: ${message}`);
}

function remedies({ remedies: all }: Explanation): readonly string[] {
  return all.map(({ span, message }) => `${span?.line} ${message}`);
}

const DENY = `deny contains "too much" if {
  input.context.amount > 100
  not approved
}

deny contains "closed" if input.context.closed

approved if {
  approver := input.context.approvedBy
  approver != input.subject.id
}
`;

test('a denial shows which rule denied, and why what would have stood against it did not hold', async () => {
  const denied = await explained(DENY, refund({ context: { amount: 250, approvedBy: 'bob' } }));
  assert.deepEqual(unmet(denied), [
    '12 shop.p.approved `approver != input.subject.id`: does not hold; `input.subject.id` is `"bob"`, `approver` is `"bob"`',
  ]);
  assert.deepEqual(remedies(denied), [
    '3 against `shop.p`: let `approved` hold, see what was not met',
    '3 against `shop.p`: a request, or data, for which this `deny` does not hold',
  ]);
});

test('a denial without a safeguard shows the rule alone', async () => {
  const closed = await explained(DENY, refund({ context: { amount: 20, closed: true } }));
  assert.deepEqual(unmet(closed), []);
  assert.deepEqual(remedies(closed), ['8 against `shop.p`: a request, or data, for which this `deny` does not hold']);
});

test('what is not allowed shows the first expression that failed in each rule, and in those that it asked', async () => {
  const text = `default allow := false

allow if {
  input.action.name == "refund"
  small
}

allow if input.context.manager

small if input.context.amount <= 100
`;
  const denied = await explained(text, refund({ context: { amount: 250 } }));
  assert.deepEqual(unmet(denied), [
    '7 shop.p.allow `small`: is undefined; `small` is undefined',
    '10 shop.p.allow `input.context.manager`: is undefined; `input.context` is `{"amount": 250}`, `input.context.manager` is undefined',
    '12 shop.p.small `input.context.amount <= 100`: does not hold; `input.context.amount` is `250`',
  ]);
  assert.deepEqual(remedies(denied), [
    '7 for `shop.p`: let `small` hold',
    '10 for `shop.p`: let `input.context.manager` hold',
  ]);
});

test('an element that does not satisfy is shown, and a call that was refused says why', async () => {
  const text = `allow if {
  every item in input.context.items { item.price < 10 }
}

allow if to_number(input.context.level) > 1
`;
  const denied = await explained(text, refund({ context: { items: [{ price: 1 }, { price: 30 }], level: 'high' } }));
  const shown = unmet(denied).join('\n');
  assert.match(shown, /does not hold for an element/u);
  assert.match(shown, /`item\.price < 10`: does not hold; `item\.price` is `30`/u);
  assert.match(shown, /could not be evaluated: to_number/u);
});

test('a rule that has no body is a rule to write', async () => {
  const denied = await explained('default allow := false\n', refund());
  assert.deepEqual(unmet(denied), []);
  assert.deepEqual(remedies(denied), ['3 write a rule `allow` in `shop.p` that holds for this request']);
});

test('what permits, is silent or is a fault has nothing to mend in the request', async () => {
  for (const text of ['allow := true\n', 'deny := false\n', 'allow := 7\n']) {
    assert.deepEqual((await explained(text, refund())).remedies, []);
  }
});

test('a value that is called like a secret is not shown', async () => {
  const denied = await explained(
    'allow if input.context.password == "hunter2"\n',
    refund({ context: { password: 'x1y2z3' } }),
  );
  assert.ok(!JSON.stringify(denied.unmet).includes('x1y2z3'));
});
