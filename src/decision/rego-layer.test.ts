/** What a Rego layer says: denials, permissions, silence and faults, each with its reasons. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { RegoLayerSettings } from '../inventory/rego-layers.ts';
import type { AccessRequest } from '../kernel/access-request.ts';
import type { Verdict } from '../kernel/verdict.ts';
import { evaluate } from './evaluate.ts';
import type { Layer } from './layer.ts';
import { layerIn, regoSnapshot } from './testing/guards.ts';
import { refund } from './testing/refunds.ts';
import { httpRequest, idOf, NOW, POLICIES } from './testing/shop.ts';

async function layerOf(text: string, more: Partial<RegoLayerSettings> = {}, data = '{}'): Promise<Layer> {
  const texts = { 'guard/policy.rego': text, 'guard/data.json': data };
  const { tiers } = await regoSnapshot(texts, [layerIn('guard', more)]);
  const layer = tiers.flatMap(({ layers }) => layers).find(({ name }) => name === 'guard');
  assert.ok(layer !== undefined);
  return layer;
}

/** Both variants say the same. */
function verdict(layer: Layer, request: AccessRequest = refund()): Verdict {
  const decided = layer.decide(request, NOW);
  assert.deepEqual(layer.explain(request, NOW).verdict, decided);
  return decided;
}

const GUARD = `package shop.guard

deny contains msg if {
  input.context.amount > data.limit
  msg := sprintf("more than %d for %s", [data.limit, input.subject.id])
}

deny contains "closed" if data.closed
`;

test('deny forbids with its messages, and what only denies is a guardrail', async () => {
  const layer = await layerOf(GUARD, {}, '{ "limit": 100, "closed": true }');
  assert.equal(layer.tier, 'guardrails');
  const rule = { policy: 'shop.guard', rule: 'deny' };
  const file = 'guard/policy.rego';
  assert.deepEqual(verdict(layer, refund({ context: { amount: 250 } })), {
    kind: 'forbid',
    reasons: [
      { ...rule, span: { file, line: 8, column: 1, endLine: 8, endColumn: 38 }, message: 'closed' },
      { ...rule, span: { file, line: 3, column: 1, endLine: 6, endColumn: 2 }, message: 'more than 100 for bob' },
    ],
  });
  const open = await layerOf(GUARD, {}, '{ "limit": 100 }');
  assert.deepEqual(verdict(open), { kind: 'abstain', speaks: false, reasons: [] });
});

test('allow permits, and what has it speaks for all that it is asked', async () => {
  const layer = await layerOf('package p\n\nallow if input.context.amount <= 100\n');
  assert.equal(layer.tier, 'application');
  const permitted = verdict(layer);
  assert.deepEqual([permitted.kind, permitted.reasons[0]?.policy], ['permit', 'p']);
  const denied = verdict(layer, refund({ context: { amount: 101 } }));
  assert.ok(denied.kind === 'abstain' && denied.speaks);
  assert.match(denied.reasons[0]?.message ?? '', /`allow` of `p` has no value/u);
  const [remedy] = layer.explain(refund({ context: { amount: 101 } }), NOW).remedies;
  assert.equal(remedy?.message, 'for `p`: let `input.context.amount <= 100` hold');
});

test('deny goes before allow', async () => {
  const layer = await layerOf('package p\n\nallow := true\n\ndeny if input.context.amount > 100\n');
  assert.equal(verdict(layer).kind, 'permit');
  const denied = verdict(layer, refund({ context: { amount: 101 } }));
  assert.deepEqual([denied.kind, denied.reasons[0]?.message], ['forbid', 'it is denied']);
});

test('an object permits with its message and its obligations', async () => {
  const layer = await layerOf(
    'package p\n\nallow := {"allowed": true, "reason": "a trial", "mask": {"fields": ["iban"]}}',
  );
  const permitted = verdict(layer);
  assert.ok(permitted.kind === 'permit');
  assert.equal(permitted.reasons[0]?.message, '`p` allows it: a trial');
  assert.deepEqual(permitted.obligations, [{ kind: 'mask', data: { fields: ['iban'] } }]);
});

test('a conflict, a failed call in deny and a value that is no answer are faults that name the rule', async () => {
  const faults: readonly (readonly [text: string, message: RegExp])[] = [
    ['allow := x if some x in [true, false]', /`allow` of `p` could not be evaluated: complete rules/u],
    ['deny if to_number(input.subject.id) > 1', /`deny` of `p` could not be evaluated: to_number/u],
    ['allow := 7', /`allow` of `p` is a number/u],
    ['deny := 7', /`deny` of `p` is a number/u],
  ];
  for (const [text, message] of faults) {
    const said = verdict(await layerOf(`package p\n\n${text}\n`));
    assert.equal(said.kind, 'fault', text);
    assert.match(said.reasons[0]?.message ?? '', message);
    assert.deepEqual([said.reasons[0]?.policy, said.reasons[0]?.span?.line], ['p', 3]);
  }
});

test('a call that failed is shown where it stands', async () => {
  const layer = await layerOf('package p\n\ndeny if {\n  input.subject\n  to_number(input.subject.id) > 1\n}\n');
  const { span } = verdict(layer).reasons[0] ?? {};
  assert.deepEqual([span?.file, span?.line, span?.column], ['guard/policy.rego', 5, 3]);
});

test('a policy that runs away is stopped, which is a fault', async () => {
  const numbers = 'numbers.range(1, 9000)';
  const layer = await layerOf(`package p\n\ndeny if { some a in ${numbers}; some b in ${numbers}; a * b < a }\n`);
  const said = layer.decide(refund(), NOW);
  assert.equal(said.kind, 'fault');
  assert.match(said.reasons[0]?.message ?? '', /took (?:longer|more steps) than it may/u);
});

test('a failed call in allow is undefined, as it is everywhere in Rego, and in deny if that is wanted', async () => {
  const allow = await layerOf(
    'package p\n\nallow if to_number(input.subject.id) > 1\n\nallow if input.subject.id == "bob"\n',
  );
  assert.equal(verdict(allow).kind, 'permit');
  const deny = await layerOf('package p\n\ndeny if to_number(input.subject.id) > 1\n', { errors: 'undefined' });
  assert.equal(verdict(deny).kind, 'abstain');
});

test('a layer is asked about the actions and the types of resources that it is for', async () => {
  const text = 'package p\n\ndefault allow := false\n';
  const other = { ...refund(), action: { name: 'view' } };
  const actions = await layerOf(text, { actions: ['refund'] });
  assert.deepEqual(
    [verdict(actions), verdict(actions, other)].map((said) => said.kind === 'abstain' && said.speaks),
    [true, false],
  );
  const resources = await layerOf(text, { resources: ['invoice'] });
  assert.deepEqual(verdict(resources), { kind: 'abstain', speaks: false, reasons: [] });
});

test('the input is the question, and facts of workloads come from the store', async () => {
  const text = `package p

allow if {
  input.action.properties.method == "POST"
  caller := data.countersign.workloads[input.subject.id]
  caller.name == "orders"
  caller.labels.app == "orders"
  startswith(input.subject.id, sprintf("spiffe://%s/", [data.countersign.trustDomain]))
}
`;
  const snapshot = await regoSnapshot({ 'p.rego': text }, undefined, POLICIES);
  const granted = evaluate(snapshot, httpRequest(), NOW);
  assert.deepEqual([granted.effect, granted.reasons.map(({ layer }) => layer)], ['allow', ['mesh', 'rego']]);
  const imitated = { ...httpRequest(), subject: { type: 'workload', id: `${idOf('orders')}x` } };
  assert.equal(evaluate(snapshot, imitated, NOW).effect, 'deny');
});

test('the clock of a policy is the time of the decision', async () => {
  const layer = await layerOf('package p\n\nallow if time.clock(time.now_ns())[0] == 12\n');
  assert.equal(verdict(layer).kind, 'permit');
  assert.equal(layer.decide(refund(), { now: NOW.now + 3_600_000 }).kind, 'abstain');
});

test('a decision has no network: what denies by an answer from elsewhere is a fault', async () => {
  const send = 'http.send({"method": "get", "url": "http://127.0.0.1:1/"}).status_code == 200';
  const denying = verdict(await layerOf(`package p\n\ndeny if ${send}\n`));
  assert.equal(denying.kind, 'fault');
  assert.match(denying.reasons[0]?.message ?? '', /http\.send/u);
  const allowing = verdict(await layerOf(`package p\n\nallow if ${send}\n`));
  assert.ok(allowing.kind === 'abstain' && allowing.speaks);
});

test('hostile names in a request are names like any other', async () => {
  const layer = await layerOf(
    'package p\n\ndeny if input.context.admin\n\nallow if input.context["__proto__"].admin == 1\n',
  );
  const context = JSON.parse('{"__proto__": {"admin": 1}}') as AccessRequest['context'];
  assert.equal(verdict(layer, refund({ context })).kind, 'permit');
});

test('a part of the request may be the input, and without it there is no decision', async () => {
  const layer = await layerOf('package p\n\nallow if input.kind == "review"\n', { input: 'context.review' });
  assert.equal(verdict(layer, refund({ context: { review: { kind: 'review' } } })).kind, 'permit');
  for (const context of [{}, { review: 'none' }, JSON.parse('{"__proto__": {"review": {"kind": "review"}}}')]) {
    assert.notEqual(verdict(layer, refund({ context })).kind, 'permit');
  }
  const without = verdict(layer);
  assert.equal(without.kind, 'fault');
  assert.match(without.reasons[0]?.message ?? '', /no `context\.review`, which is the input of `p`/u);
});

test('modules of v0 are read where the layer says so', async () => {
  const v0 = 'package p\n\ndeny[msg] { input.context.amount > 10; msg := "too much" }\n';
  assert.equal(verdict(await layerOf(v0, { version: 'v0' })).kind, 'forbid');
  await assert.rejects(layerOf(v0));
});
