/** What the Cedar layer says: permits, forbids, silence and faults, each with its reasons and what would change it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { AccessRequest } from '../kernel/access-request.ts';
import type { Verdict } from '../kernel/verdict.ts';
import { evaluate } from './evaluate.ts';
import type { Layer } from './layer.ts';
import type { PolicyText, Snapshot } from './snapshot.ts';
import { CEDAR_POLICIES, cedarSnapshot, REFUNDS, refund, STAFF } from './testing/refunds.ts';
import { NOW, httpRequest, WORKLOADS, POLICIES } from './testing/shop.ts';
import { factsOf } from '../inventory/workload.ts';

function cedar(snapshot: Snapshot): Layer {
  const layer = snapshot.tiers.flatMap(({ layers }) => layers).find(({ name }) => name === 'cedar');
  assert.ok(layer !== undefined);
  assert.equal(layer.tier, 'application');
  return layer;
}

async function layerOf(...policies: readonly PolicyText[]): Promise<Layer> {
  return cedar(await cedarSnapshot(policies.length === 0 ? CEDAR_POLICIES : policies));
}

function policy(text: string): PolicyText {
  return { language: 'cedar', file: 'a.cedar', text };
}

/** Both variants say the same. */
function verdict(layer: Layer, request: AccessRequest): Verdict {
  const decided = layer.decide(request, NOW);
  assert.deepEqual(layer.explain(request, NOW).verdict, decided);
  return decided;
}

test('the permits that permit are named, with their places and what they are for', async () => {
  const layer = await layerOf();
  assert.deepEqual(verdict(layer, refund()), {
    kind: 'permit',
    reasons: [
      {
        policy: 'small-refunds',
        span: { file: 'refunds.cedar', line: 1, column: 1, endLine: 4, endColumn: 32 },
        message: '`small-refunds` permits it: clerks refund up to 100',
      },
    ],
  });
  const manager = verdict(layer, refund({ by: 'alice', context: { amount: 9999 } }));
  assert.deepEqual([manager.kind, manager.reasons.map(({ policy: id }) => id)], ['permit', ['any-refund']]);
});

test('a forbid forbids', async () => {
  const twice = { ...refund({ by: 'alice' }), resource: { type: 'order', id: 'o-17', properties: { refunded: true } } };
  const said = verdict(await layerOf(), twice);
  assert.equal(said.kind, 'forbid');
  assert.deepEqual(
    said.reasons.map(({ policy: id }) => id),
    ['not-twice'],
  );
});

test('what the store says of an entity wins over what the caller says', async () => {
  // The store has it that o-1 was refunded; the caller says it was not.
  assert.equal(verdict(await layerOf(), refund({ by: 'alice', order: 'o-1' })).kind, 'forbid');
  assert.equal(verdict(await layerOf(REFUNDS, STAFF), refund({ by: 'alice', order: 'o-1' })).kind, 'forbid');
});

test('where no permit permits, the layer speaks, and the nearest are named without the values that they read', async () => {
  const said = verdict(await layerOf(), refund({ context: { amount: 250 } }));
  assert.ok(said.kind === 'abstain' && said.speaks);
  assert.deepEqual(new Set(said.reasons.map(({ policy: id }) => id)), new Set(['any-refund', 'small-refunds']));
  assert.ok(said.reasons.every(({ span, message }) => span !== undefined && !message.includes('250')));
});

test('an explanation says which condition failed, where, on which values, and what would have allowed it', async () => {
  const { unmet = [], remedies } = (await layerOf()).explain(refund({ context: { amount: 250 } }), NOW);
  const amount = unmet.find(({ policy: id }) => id === 'small-refunds');
  assert.equal(amount?.rule, '`context.amount <= 100`');
  assert.deepEqual([amount.span?.file, amount.span?.line, amount.span?.column], ['refunds.cedar', 4, 8]);
  assert.match(amount.message, /does not hold; `context\.amount` is `250`/u);
  const messages = remedies.map(({ message }) => message).join('\n');
  assert.match(messages, /for `small-refunds`: .*`context\.amount`.*100/u);
  assert.match(messages, /for `any-refund`: .*`Group::"managers"`/u);
});

test('a subject of a type that no permit is for is told so', async () => {
  const staff = policy('permit (principal is Staff, action == Action::"refund", resource);');
  const said = verdict(await layerOf(staff), refund());
  assert.ok(said.kind === 'abstain' && said.speaks);
  assert.match(said.reasons[0]?.message ?? '', /subjects of other types/u);
});

test('a forbid that cannot be evaluated denies, and says so', async () => {
  const unguarded = policy(`permit (principal, action, resource);
@id("blocked") forbid (principal, action == Action::"refund", resource) when { principal.blocked };`);
  const snapshot = await cedarSnapshot([unguarded]);
  const said = verdict(cedar(snapshot), refund());
  assert.equal(said.kind, 'fault');
  assert.equal(said.reasons[0]?.policy, 'blocked');
  assert.match(said.reasons[0].message, /might forbid it, and could not be evaluated: .*blocked/u);
  assert.equal(evaluate(snapshot, refund(), NOW).effect, 'deny');
});

test('a permit that cannot be evaluated does not permit, and says why', async () => {
  const said = verdict(
    await layerOf(policy('@id("p") permit (principal, action, resource) when { context.x > 1 };')),
    refund(),
  );
  assert.ok(said.kind === 'abstain' && said.speaks);
  assert.match(said.reasons[0]?.message ?? '', /`p` could not be evaluated, and so does not permit it: .*`x`/u);
});

test('a value for which Cedar has no type is a fault, with or without a schema', async () => {
  for (const layer of [await layerOf(), await layerOf(REFUNDS, STAFF)]) {
    for (const amount of [null, 19.5, '20', 2 ** 60]) {
      const said = verdict(layer, refund({ context: { amount } }));
      if (amount === '20' && said.kind === 'abstain') continue;
      assert.equal(said.kind, 'fault', String(amount));
      assert.match(said.reasons[0]?.message ?? '', /the request cannot be asked in Cedar: .*`amount`/u);
    }
  }
});

test('a type that has no name in Cedar is a fault', async () => {
  const said = verdict(await layerOf(), { ...refund(), resource: { type: '7', id: 'x' } });
  assert.equal(said.kind, 'fault');
});

test('of what no policy is for, the layer is silent', async () => {
  const silent = { kind: 'abstain', speaks: false, reasons: [] };
  for (const layer of [await layerOf(), await layerOf(REFUNDS, STAFF)]) {
    assert.deepEqual(verdict(layer, httpRequest()), silent);
    assert.deepEqual(verdict(layer, { ...refund(), action: { name: 'ship' } }), silent);
  }
  assert.deepEqual(
    verdict(await layerOf(REFUNDS, STAFF), { ...refund(), resource: { type: 'page', id: 'x' } }),
    silent,
  );
  assert.deepEqual(verdict(await layerOf(STAFF), refund()), silent);
});

test('what the schema rules out is a fault, and says what the schema allows', async () => {
  const said = verdict(await layerOf(), { ...refund(), subject: { type: 'group', id: 'clerks' } });
  assert.equal(said.kind, 'fault');
  assert.match(said.reasons[0]?.message ?? '', /the principal of .*refund.* cannot be of type `Group`/u);
});

test('a forbid for everything is asked of everything, and grants nothing', async () => {
  const layer = await layerOf(
    policy('@id("no-b") forbid (principal, action, resource) when { principal == User::"bob" };'),
  );
  assert.equal(verdict(layer, refund()).kind, 'forbid');
  assert.deepEqual(verdict(layer, refund({ by: 'alice' })).kind, 'abstain');
  const alice = verdict(layer, refund({ by: 'alice' }));
  assert.ok(alice.kind === 'abstain' && !alice.speaks);
});

test('traffic between workloads goes on beside Cedar policies of an application, and is theirs once they name it', async () => {
  const workloads = WORKLOADS.map(factsOf);
  const beside = await cedarSnapshot([...POLICIES, ...CEDAR_POLICIES], { workloads });
  assert.equal(evaluate(beside, httpRequest(), NOW).effect, 'allow');
  assert.equal(evaluate(beside, refund(), NOW).effect, 'allow');
  const both = policy(
    'permit (principal, action == Action::"http:request", resource) when { context.connection.mtls };',
  );
  const agreeing = await cedarSnapshot([...POLICIES, both], { workloads });
  assert.equal(evaluate(agreeing, httpRequest(), NOW).effect, 'allow');
  assert.deepEqual(evaluate(agreeing, httpRequest({ mtls: false }), NOW).cause.kind, 'forbidden');
  const stricter = policy('permit (principal, action == Action::"http:request", resource) when { false };');
  const refusing = await cedarSnapshot([...POLICIES, stricter], { workloads });
  assert.deepEqual(evaluate(refusing, httpRequest(), NOW).cause, { kind: 'not-granted', tier: 'application' });
  // What the mesh refuses, a permit of an application cannot allow.
  assert.equal(evaluate(agreeing, httpRequest({ from: 'storefront' }), NOW).cause.kind, 'not-granted');
});

test('names of the `cedar` block are what policies see', async () => {
  const named = policy(
    'permit (principal == Shop::User::"bob", action == Shop::Action::"refund", resource is Shop::Order);',
  );
  const names = { namespace: 'Shop', types: new Map(), actions: new Map() };
  assert.equal(cedar(await cedarSnapshot([named], { cedar: names })).decide(refund(), NOW).kind, 'permit');
  assert.equal(cedar(await cedarSnapshot([named])).decide(refund(), NOW).kind, 'abstain');
});
