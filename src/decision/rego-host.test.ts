/** What Rego policies may ask of other layers: answered, or a fault; in circles never. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { evaluate, type Evaluation } from './evaluate.ts';
import type { Layer } from './layer.ts';
import type { Snapshot } from './snapshot.ts';
import { layerIn, regoSnapshot } from './testing/guards.ts';
import { CEDAR_POLICIES, refund } from './testing/refunds.ts';
import { connectRequest, NOW, POLICIES } from './testing/shop.ts';

const FOUR_EYES = `package shop.guard

deny contains "a second person must approve" if {
  input.action.name == "refund"
  input.context.amount > 1000
  not approved
}

approved if {
  approver := input.context.approvedBy
  approver != input.subject.id
  countersign.allowed({"type": "user", "id": approver}, input.action, input.resource)
}
`;

function largeRefund(context: Readonly<Record<string, string>> = {}): Parameters<typeof evaluate>[1] {
  return refund({ by: 'alice', context: { amount: 5000, ...context } });
}

function reasons({ reasons: all }: Evaluation): string {
  return all.map(({ layer, message }) => `${layer}: ${message}`).join('\n');
}

/** Layers of one module each, by the names of their folders. */
function layered(modules: Readonly<Record<string, string>>): Promise<Snapshot> {
  const texts = Object.entries(modules).map(
    ([name, text]) => [`${name}/p.rego`, `package ${name}\n\n${text}\n`] as const,
  );
  return regoSnapshot(
    Object.fromEntries(texts),
    Object.keys(modules).map((name) => layerIn(name)),
  );
}

const ASK = 'countersign.allowed(input.subject, input.action, input.resource)';

test('another person is asked about in the other layers, under the same context', async () => {
  const carol = { uid: { type: 'User', id: 'carol' }, attrs: {}, parents: [{ type: 'Group', id: 'managers' }] };
  const cedar = CEDAR_POLICIES.map((each) =>
    each.language === 'cedar-entities' ? { ...each, text: JSON.stringify([...JSON.parse(each.text), carol]) } : each,
  );
  const snapshot = await regoSnapshot({ 'guard.rego': FOUR_EYES }, undefined, cedar);
  const effect = (context?: Readonly<Record<string, string>>): string => {
    return evaluate(snapshot, largeRefund(context), NOW).effect;
  };
  assert.equal(effect(), 'deny');
  assert.equal(effect({ approvedBy: 'alice' }), 'deny', 'herself');
  assert.equal(effect({ approvedBy: 'bob' }), 'deny', 'a clerk, and 5000 are too much for one');
  assert.equal(effect({ approvedBy: 'carol' }), 'allow');
});

test('the mesh answers too', async () => {
  const text = `package p\n\nallow if ${ASK}\n`;
  const snapshot = await regoSnapshot({ 'p.rego': text }, undefined, POLICIES);
  assert.equal(evaluate(snapshot, connectRequest(), NOW).effect, 'allow');
  assert.equal(evaluate(snapshot, connectRequest({ mtls: false }), NOW).effect, 'deny');
});

test('a layer does not ask itself: where no other one speaks, nothing is allowed', async () => {
  const snapshot = await layered({ a: `allow if ${ASK}` });
  assert.equal(evaluate(snapshot, refund(), NOW).cause.kind, 'not-granted');
  const open = await layered({ a: `allow if ${ASK}`, b: 'allow := true' });
  assert.equal(evaluate(open, refund(), NOW).effect, 'allow');
});

test('layers that wait for each other are a fault that names the circle', async () => {
  const snapshot = await layered({ a: `allow if ${ASK}`, b: `allow if ${ASK}` });
  const circle = evaluate(snapshot, refund(), NOW);
  assert.deepEqual([circle.effect, circle.cause], ['deny', { kind: 'fault', tier: 'application', layer: 'a' }]);
  assert.match(reasons(circle), /`a` waits for its own answer: `a` asks `b` asks `a`/u);
  const three = await layered({ a: `allow if ${ASK}`, b: `allow if ${ASK}`, c: `deny if not ${ASK}` });
  assert.equal(evaluate(three, refund(), NOW).cause.kind, 'fault');
});

test('a circle is a fault also where a permit would follow from no answer', async () => {
  const snapshot = await layered({ a: `allow if not ${ASK}`, b: `allow if not ${ASK}` });
  assert.equal(evaluate(snapshot, refund(), NOW).cause.kind, 'fault');
});

test('a fault of the layer that is asked is one of the layer that asks', async () => {
  const snapshot = await layered({ a: `allow if not ${ASK}`, b: 'deny := 7' });
  const { tiers } = snapshot;
  const [asking] = tiers.flatMap(({ layers }) => layers).filter(({ name }) => name === 'a') as [Layer];
  const verdict = asking.decide(refund(), NOW);
  assert.equal(verdict.kind, 'fault');
  assert.match(
    verdict.reasons[0]?.message ?? '',
    /countersign\.allowed: `b` could not decide: `deny` of `b` is a number/u,
  );
});

test('what is asked counts against the budget of whoever asks', async () => {
  // Each question costs some steps by itself, and b many more: a hundred thousand of them are too many together.
  const loop = 'some n in numbers.range(1, 100000)';
  const slow = 'count([x | some x in numbers.range(1, 1000); x % 2 == 0]) == 0';
  const question = `countersign.allowed({"type": "user", "id": format_int(n, 10)}, input.action, input.resource)`;
  const snapshot = await layered({ a: `allow if { ${loop}; ${question} }`, b: `allow if ${slow}` });
  const started = performance.now();
  const evaluation = evaluate(snapshot, refund(), NOW);
  assert.equal(evaluation.cause.kind, 'fault');
  assert.match(reasons(evaluation), /took (?:longer|more steps) than it may/u);
  assert.ok(performance.now() - started < 60_000);
});

test('relations are said to be missing, which is a fault and not a no', async () => {
  for (const text of ['allow if not RELATED', 'deny if RELATED']) {
    const related = text.replace('RELATED', 'countersign.related(input.subject, "owner", input.resource)');
    const evaluation = evaluate(await layered({ a: related }), refund(), NOW);
    assert.equal(evaluation.cause.kind, 'fault');
    assert.match(reasons(evaluation), /countersign\.related: no relations are configured/u);
  }
});

test('what cannot be asked is a fault, and not undefined', async () => {
  const wrong = [
    'countersign.allowed({"id": "bob"}, "refund", input.resource)',
    'countersign.allowed(input.subject, {}, input.resource)',
    'countersign.allowed(input.subject, "refund", {"type": "order", "id": 17})',
    'countersign.allowed(input.subject, "refund", object.union(input.resource, {"properties": 1}))',
    'countersign.related(input.subject, input.context.amount, input.resource)',
  ];
  for (const call of wrong) {
    const evaluation = evaluate(await layered({ a: `allow if not ${call}` }), refund(), NOW);
    assert.equal(evaluation.cause.kind, 'fault', call);
  }
});

test('a test may put an answer in the place of the others', async () => {
  const snapshot = await layered({ a: `asked if ${ASK}\n\nallow if asked with countersign.allowed as true` });
  assert.equal(evaluate(snapshot, refund(), NOW).effect, 'allow');
});
