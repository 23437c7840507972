import assert from 'node:assert/strict';
import { test } from 'node:test';

import { CONNECT, HTTP_REQUEST, WORKLOAD } from '../kernel/access-request.ts';
import type { AccessRequest } from '../kernel/access-request.ts';
import type { JsonObject } from '../kernel/json.ts';
import type { Explanation, Verdict } from '../kernel/verdict.ts';
import type { Layer } from './layer.ts';
import type { PolicyText } from './snapshot.ts';
import {
  NOW,
  allow,
  connectRequest,
  httpRequest,
  idOf,
  NO_DELETE,
  snapshotOf,
  STRICT,
  workload,
} from './testing/shop.ts';

function layerOf(...policies: readonly PolicyText[]): Layer {
  const layers = snapshotOf(policies).tiers.flatMap(({ layers: some }) => some);
  assert.equal(layers.length, 1);
  const [layer] = layers;
  assert.ok(layer !== undefined);
  return layer;
}

const layer = layerOf(STRICT, NO_DELETE, allow('payments', 'orders'));

/** The verdict, which deciding and explaining must agree on. */
function verdictOn(request: AccessRequest, asked: Layer = layer): Verdict {
  const verdict = asked.decide(request, NOW);
  assert.equal(asked.explain(request, NOW).verdict.kind, verdict.kind);
  return verdict;
}

function faultOf(request: AccessRequest): string | undefined {
  const verdict = verdictOn(request);
  assert.equal(verdict.kind, 'fault', JSON.stringify(request));
  assert.deepEqual(layer.explain(request, NOW), { verdict, remedies: [] });
  return verdict.reasons[0]?.message;
}

test('requests and connections to a workload are decided by its policies', () => {
  assert.equal(verdictOn(httpRequest()).kind, 'permit');
  assert.equal(verdictOn(httpRequest({ path: '/x/../charges' })).kind, 'permit', 'paths are compared in one spelling');
  assert.equal(verdictOn(httpRequest({ path: '/refunds' })).kind, 'abstain');
  assert.equal(verdictOn(httpRequest({ method: 'DELETE' })).kind, 'forbid');
  assert.equal(verdictOn(connectRequest()).kind, 'permit');
  assert.equal(verdictOn(connectRequest({ from: 'storefront' })).kind, 'abstain');
  assert.equal(verdictOn(connectRequest({ protocol: 'tcp' })).kind, 'forbid', 'a DENY is wider where there is no HTTP');
});

test('to what is no workload of ours, and to other actions, the mesh is silent', () => {
  const request = httpRequest();
  for (const other of [
    { ...request, resource: { ...request.resource, type: 'bucket' } },
    { ...request, resource: { ...request.resource, id: idOf('nobody') } },
    { ...request, resource: { ...request.resource, id: 'payments' } },
    { ...request, action: { name: 'secret:read' } },
  ]) {
    assert.deepEqual(verdictOn(other), { kind: 'abstain', speaks: false, reasons: [] });
  }
  assert.deepEqual(verdictOn(httpRequest({ to: 'orders' }), layerOf(allow('payments', 'orders'))), {
    ...{ kind: 'abstain', speaks: false, reasons: [] },
  });
});

test('what a silent mesh would need is told for workloads alone', () => {
  const remedies = (request: AccessRequest, asked: Layer = layer): Explanation['remedies'] =>
    asked.explain(request, NOW).remedies;
  const id = idOf('nobody');
  const message = `declare \`${id}\` as a workload, and write an AuthorizationPolicy that selects it`;
  assert.deepEqual(remedies(httpRequest({ to: 'nobody' })), [{ message }]);
  const [unselected] = remedies(httpRequest({ to: 'orders' }), layerOf(allow('payments', 'orders')));
  assert.match(unselected?.message ?? '', /^write an AuthorizationPolicy that selects the workload/u);
  assert.deepEqual(remedies({ ...httpRequest(), resource: { type: 'bucket', id: 'b' } }), []);
});

const without = (object: JsonObject, field: string): JsonObject => {
  const { [field]: _, ...rest } = object;
  return rest;
};

test('a request that lacks something is a fault that names what', () => {
  for (const request of [httpRequest(), connectRequest()]) {
    const { context, resource } = request;
    for (const [field, message] of [
      ['source', 'the request lacks `context.source.ip`'],
      ['connection', 'the request lacks `context.connection.mtls`'],
    ] as const) {
      for (const wrong of [undefined, null, 'x', [], {}, 7] as const) {
        const changed = wrong === undefined ? without(context, field) : { ...context, [field]: wrong };
        assert.equal(faultOf({ ...request, context: changed }), message);
      }
    }
    const mtls = { ...context, connection: { mtls: 'true' } };
    assert.equal(faultOf({ ...request, context: mtls }), 'the request lacks `context.connection.mtls`');
    for (const properties of [{}, { port: '7000' }]) {
      const changed = { ...request, resource: { ...resource, properties } };
      assert.equal(faultOf(changed), 'the request lacks `resource.properties.port`');
    }
    assert.equal(
      faultOf({ ...request, resource: { type: WORKLOAD, id: resource.id } }),
      'the request lacks `resource.properties.port`',
    );
  }
});

test('an HTTP request without its method, path or host is a fault', () => {
  const request = httpRequest();
  const properties = request.action.properties ?? {};
  const message = 'the request lacks `method`, `path` or `host` in `action.properties`';
  for (const field of ['method', 'path', 'host']) {
    for (const changed of [without(properties, field), { ...properties, [field]: 7 }]) {
      assert.equal(faultOf({ ...request, action: { name: HTTP_REQUEST, properties: changed } }), message);
    }
  }
  assert.equal(faultOf({ ...request, action: { name: HTTP_REQUEST } }), message);
});

test('a path that has no one spelling is a fault', () => {
  assert.match(faultOf(httpRequest({ path: 'charges' })) ?? '', /does not begin with `\/`/u);
  assert.match(faultOf(httpRequest({ path: '/%zz' })) ?? '', /incomplete escape/u);
});

test('a connection without its protocol is a fault', () => {
  const request = connectRequest();
  const message = 'the request lacks `action.properties.protocol`';
  for (const properties of [{}, { protocol: 'udp' }, { protocol: 7 }]) {
    assert.equal(faultOf({ ...request, action: { name: CONNECT, properties } }), message);
  }
  assert.equal(faultOf({ ...request, action: { name: CONNECT } }), message);
});

test('an address that is none is a fault, for it would lie in no block that is denied', () => {
  const { context, ...request } = httpRequest();
  for (const ip of ['', 'localhost', '10.0.0.7:80', '10.0.0', '10.0.0.7/32', '::g', 'unknown']) {
    const changed = { ...request, context: { ...context, source: { ip } } };
    assert.equal(faultOf(changed), '`context.source.ip` is not an IP address');
  }
  for (const ip of ['10.0.0.7', '::1', '::ffff:10.0.0.7']) {
    assert.equal(verdictOn({ ...request, context: { ...context, source: { ip } } }).kind, 'permit');
  }
});

test('only a subject that was proven by mutual TLS is a principal', () => {
  const trusting = layerOf(allow('payments', 'orders'));
  const proven = httpRequest();
  const claimed = { ...proven, context: { ...proven.context, connection: { mtls: false } } };
  assert.equal(verdictOn(proven, trusting).kind, 'permit');
  assert.equal(verdictOn(claimed, trusting).kind, 'abstain');
  const [remedy] = trusting.explain(claimed, NOW).remedies;
  assert.match(remedy?.message ?? '', /a caller without a verified identity/u);
});

test('a subject of another type is no principal, though it has the name of one', () => {
  const trusting = layerOf(allow('payments', 'orders'));
  const request = httpRequest();
  for (const type of ['user', 'anonymous', 'Workload']) {
    const named = { ...request, subject: { type, id: request.subject.id } };
    assert.equal(verdictOn(named, trusting).kind, 'abstain');
  }
});

test('a proven subject whose name is no SPIFFE ID is a fault, for no rule about principals would see it', () => {
  const request = httpRequest();
  for (const id of ['', 'orders', 'spiffe://Shop.Example/ns/shop/sa/orders', `${idOf('orders')}/`]) {
    const message = faultOf({ ...request, subject: { type: WORKLOAD, id } });
    assert.match(message ?? '', /^`subject\.id` is no identity: /u);
  }
});

test('the server name of the handshake reaches the policies', () => {
  const bySni: PolicyText = {
    language: 'mesh',
    file: 'sni.yaml',
    text: `apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: sni, namespace: shop }
spec:
  rules: [{ when: [{ key: connection.sni, values: [pay.example] }] }]
`,
  };
  const { context, ...request } = httpRequest();
  const ask = (sni: string): Verdict =>
    verdictOn({ ...request, context: { ...context, connection: { mtls: true, sni } } }, layerOf(bySni));
  assert.deepEqual([ask('pay.example').kind, ask('x.example').kind], ['permit', 'abstain']);
});

test('what a policy is attached to, and what it probably does not mean, is told with the snapshot', () => {
  const { attachments, warnings } = snapshotOf([STRICT, allow('payments', 'orders'), allow('ghost', 'orders')]);
  assert.deepEqual(
    attachments.map(({ policy, file, line, workloads }) => [policy, `${file}:${line}`, workloads]),
    [
      ['AuthorizationPolicy shop/ghost', 'ghost.yaml:3', []],
      ['AuthorizationPolicy shop/payments', 'payments.yaml:3', ['payments']],
      ['PeerAuthentication shop/strict', 'strict.yaml:3', ['storefront', 'orders', 'payments']],
    ],
  );
  assert.deepEqual(warnings, []);
  const tcp = workload('queue', { serves: { port: 7009, listen: 17_009, protocol: 'tcp' } });
  const codes = (workloads: Parameters<typeof snapshotOf>[2]): string[] =>
    snapshotOf([NO_DELETE], 1, workloads).warnings.map(({ code }) => code);
  assert.deepEqual(codes([workload('payments')]), [], 'where everything speaks HTTP, TCP is of no concern');
  assert.deepEqual(codes([tcp]), ['mesh/deny-widens-on-tcp']);
});
