import assert from 'node:assert/strict';
import { test } from 'node:test';

import { DEFAULT_TIERS } from '../kernel/combine.ts';
import type { Verdict } from '../kernel/verdict.ts';
import { evaluate } from './evaluate.ts';
import type { Layer } from './layer.ts';
import { EMPTY_SNAPSHOT, type Snapshot } from './snapshot.ts';
import { NOW, allow, httpRequest, NO_DELETE, POLICIES, snapshotOf, STRICT } from './testing/shop.ts';

const request = httpRequest();

function layer(name: string, tier: string, decide: () => Verdict): Layer {
  return { name, tier, decide, explain: () => ({ verdict: decide(), remedies: [] }) };
}

const says =
  (kind: 'permit' | 'forbid' | 'fault', message: string): (() => Verdict) =>
  () => ({ kind, reasons: [{ message }] });
const silent = (): Verdict => ({ kind: 'abstain', speaks: false, reasons: [{ message: 'no word of it' }] });
const speaks = (): Verdict => ({ kind: 'abstain', speaks: true, reasons: [{ message: 'nothing allows it' }] });

function withLayers(...layers: Layer[]): Snapshot {
  const tiers = DEFAULT_TIERS.map((tier) => ({ tier, layers: layers.filter(({ tier: name }) => name === tier.name) }));
  return { ...EMPTY_SNAPSHOT, tiers };
}

test('a rule that allows it is the reason of the permit, with its place', () => {
  const evaluation = evaluate(snapshotOf(), request, NOW);
  assert.deepEqual([evaluation.effect, evaluation.cause], ['allow', { kind: 'granted' }]);
  const [reason, ...more] = evaluation.reasons;
  assert.deepEqual(more, []);
  assert.deepEqual(
    { ...reason, span: undefined },
    {
      layer: 'mesh',
      policy: 'AuthorizationPolicy shop/payments',
      rule: 'rules[0]',
      span: undefined,
      message: 'rules[0] of `AuthorizationPolicy shop/payments` allows it',
    },
  );
  assert.equal(reason?.span?.file, 'payments.yaml');
});

test('of the same policies each request gets its own answer', () => {
  const snapshot = snapshotOf([...POLICIES, allow('orders', 'storefront', 'POST', '/orders')]);
  for (const [asked, effect, cause, policy] of [
    [{}, 'allow', 'granted', 'AuthorizationPolicy shop/payments'],
    [{ from: 'storefront' }, 'deny', 'not-granted', 'AuthorizationPolicy shop/payments'],
    [{ path: '/refunds' }, 'deny', 'not-granted', 'AuthorizationPolicy shop/payments'],
    [{ method: 'DELETE' }, 'deny', 'forbidden', 'AuthorizationPolicy shop/no-delete'],
    [{ mtls: false }, 'deny', 'forbidden', 'PeerAuthentication shop/strict'],
    [{ to: 'orders', from: 'storefront', path: '/orders' }, 'allow', 'granted', 'AuthorizationPolicy shop/orders'],
    [{ to: 'nobody' }, 'deny', 'nothing-speaks', undefined],
    [{ path: '/a b' }, 'deny', 'fault', undefined],
  ] as const) {
    const evaluation = evaluate(snapshot, httpRequest(asked), NOW);
    const found = [evaluation.effect, evaluation.cause.kind, evaluation.reasons[0]?.policy];
    assert.deepEqual(found, [effect, cause, policy], JSON.stringify(asked));
  }
});

test('what no policy speaks for is denied, and the reason names it', () => {
  const cause = { kind: 'nothing-speaks' };
  const [type, id] = ['workload', request.resource.id];
  const message = `no policy speaks for ${type} \`${id}\`: denied by default`;
  const expected = { effect: 'deny', cause, reasons: [{ layer: 'decision', message }], obligations: [] };
  assert.deepEqual(evaluate(EMPTY_SNAPSHOT, request, NOW), expected);
  assert.deepEqual(evaluate(snapshotOf([STRICT]), request, NOW), expected);
  assert.deepEqual(
    evaluate(withLayers(layer('a', 'mesh', silent), layer('b', 'application', silent)), request, NOW),
    expected,
  );
});

test('a policy set that only forbids grants what it does not forbid, as Istio has it', () => {
  const snapshot = snapshotOf([NO_DELETE]);
  assert.equal(evaluate(snapshot, request, NOW).effect, 'allow');
  assert.equal(evaluate(snapshot, httpRequest({ method: 'DELETE' }), NOW).effect, 'deny');
});

test('every grant tier that speaks must permit', () => {
  const [mesh, application] = [
    layer('net', 'mesh', says('permit', 'the net lets it in')),
    says('permit', 'the app too'),
  ];
  const both = evaluate(withLayers(mesh, layer('app', 'application', application)), request, NOW);
  assert.equal(both.effect, 'allow');
  assert.deepEqual(both.reasons, [
    { layer: 'net', message: 'the net lets it in' },
    { layer: 'app', message: 'the app too' },
  ]);
  const one = evaluate(withLayers(mesh, layer('app', 'application', speaks)), request, NOW);
  assert.deepEqual([one.effect, one.cause], ['deny', { kind: 'not-granted', tier: 'application' }]);
  assert.deepEqual(one.reasons, [{ layer: 'app', message: 'nothing allows it' }]);
  assert.equal(evaluate(withLayers(mesh, layer('app', 'application', silent)), request, NOW).effect, 'allow');
});

test('a guardrail that passes grants nothing, and one that forbids outweighs every permit', () => {
  const rail = layer('rail', 'guardrails', says('permit', 'fine by me'));
  assert.equal(evaluate(withLayers(rail), request, NOW).effect, 'deny');
  const wall = layer('wall', 'guardrails', says('forbid', 'not on my watch'));
  const net = layer('net', 'mesh', says('permit', 'come in'));
  const { effect, cause, reasons } = evaluate(withLayers(wall, net), request, NOW);
  assert.deepEqual([effect, cause], ['deny', { kind: 'forbidden', tier: 'guardrails', layer: 'wall' }]);
  assert.deepEqual(reasons, [{ layer: 'wall', message: 'not on my watch' }]);
});

test('every layer of the tier that forbids is among the reasons, and no other tier\u{2019}s', () => {
  const snapshot = withLayers(
    layer('a', 'mesh', says('forbid', 'no')),
    layer('b', 'mesh', says('permit', 'yes')),
    layer('c', 'mesh', says('forbid', 'never')),
    layer('d', 'application', says('forbid', 'neither')),
  );
  assert.deepEqual(evaluate(snapshot, request, NOW).reasons, [
    { layer: 'a', message: 'no' },
    { layer: 'c', message: 'never' },
  ]);
});

test('a layer that could not decide denies, whatever the others say', () => {
  const net = layer('net', 'mesh', says('permit', 'come in'));
  const lost = layer('lost', 'application', says('fault', 'the fact `risk` is missing'));
  const { effect, cause, reasons } = evaluate(withLayers(net, lost), request, NOW);
  assert.deepEqual([effect, cause], ['deny', { kind: 'fault', tier: 'application', layer: 'lost' }]);
  assert.deepEqual(reasons, [{ layer: 'lost', message: 'the fact `risk` is missing' }]);
});

test('a layer that throws is a fault, and is named', () => {
  const thrown: readonly [unknown, string][] = [
    [new TypeError('x is not a function'), 'x is not a function'],
    ['a text', 'a text'],
    [undefined, 'undefined'],
  ];
  for (const [error, detail] of thrown) {
    const broken = layer('buggy', 'mesh', () => {
      throw error;
    });
    const net = layer('net', 'mesh', says('permit', 'come in'));
    const { effect, cause, reasons } = evaluate(withLayers(net, broken), request, NOW);
    assert.deepEqual([effect, cause], ['deny', { kind: 'fault', tier: 'mesh', layer: 'buggy' }]);
    assert.deepEqual(reasons, [{ layer: 'buggy', message: `layer \`buggy\` failed: ${detail}` }]);
  }
});

test('the obligations of every permit hold for what is allowed, and none for what is denied', () => {
  const permits = (kind: string) => (): Verdict => ({ kind: 'permit', reasons: [], obligations: [{ kind }] });
  const net = layer('net', 'mesh', permits('log-body'));
  const app = layer('app', 'application', permits('mask-fields'));
  const allowed = evaluate(withLayers(net, app), request, NOW);
  assert.deepEqual(allowed.obligations, [{ kind: 'log-body' }, { kind: 'mask-fields' }]);
  const denied = evaluate(withLayers(net, layer('app', 'application', speaks)), request, NOW);
  assert.deepEqual(denied.obligations, []);
});
