import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { SpiffeId } from '../../kernel/spiffe-id.ts';
import type { TrustDomain } from '../../kernel/trust-domain.ts';
import { compileMesh, type MeshGuard, type MeshPolicySet } from './compile.ts';
import type { MeshRequest } from './mesh-request.ts';

const trustDomain = 'shop.example' as TrustDomain;
const PAYMENTS = { namespace: 'shop', labels: { app: 'payments', tier: 'back' } };

function setOf(text: string): MeshPolicySet {
  const result = compileMesh({ files: [{ file: 'p.yaml', text }], trustDomain });
  assert.ok(result.ok, result.ok ? '' : JSON.stringify(result.problem));
  return result.value;
}

function guardOf(...objects: string[]): MeshGuard {
  return setOf(objects.join('---\n')).forWorkload(PAYMENTS);
}

function object(kind: string, name: string, spec: string, metadata = ''): string {
  const [namespace, own] = name.includes('/') ? name.split('/') : ['shop', name];
  return `apiVersion: security.istio.io/v1\nkind: ${kind}\nmetadata: { name: ${own}, namespace: ${namespace}${metadata} }\nspec: ${spec}\n`;
}

const authz = (name: string, spec: string, metadata?: string): string =>
  object('AuthorizationPolicy', name, spec, metadata);
const peer = (name: string, spec: string, metadata?: string): string =>
  object('PeerAuthentication', name, spec, metadata);

const tcp: MeshRequest = {
  principal: 'spiffe://shop.example/ns/shop/sa/orders' as SpiffeId,
  mtls: true,
  sourceIp: '10.0.0.7',
  destinationPort: 7003,
  protocol: 'tcp',
};
const connection: MeshRequest = { ...tcp, protocol: 'http' };
const plain: MeshRequest = { mtls: false, sourceIp: '10.0.0.7', destinationPort: 7003, protocol: 'tcp' };

function http(method: string, path = '/', host = 'payments'): MeshRequest {
  return { ...connection, http: { method, path, host } };
}

/** `permit`, `forbid`, or `silent` and `speaks` for the two ways to abstain. */
function outcome(guard: MeshGuard, request: MeshRequest): string {
  const verdict = guard.decide(request);
  if (verdict.kind !== 'abstain') return verdict.kind;
  return verdict.speaks ? 'speaks' : 'silent';
}

test('without an AuthorizationPolicy for the workload the mesh is silent, which denies by default', () => {
  assert.equal(outcome(guardOf(), tcp), 'silent');
  assert.equal(outcome(guardOf(authz('other/p', '{ rules: [{}] }')), tcp), 'silent');
  assert.equal(
    outcome(guardOf(authz('p', '{ selector: { matchLabels: { app: orders } }, rules: [{}] }')), tcp),
    'silent',
  );
  assert.equal(
    outcome(guardOf(peer('p', '{ mtls: { mode: PERMISSIVE } }')), plain),
    'silent',
    'PERMISSIVE grants nothing',
  );
});

test('the empty policy allows nothing, and the empty rule allows all', () => {
  for (const request of [tcp, connection, http('GET')]) {
    assert.equal(outcome(guardOf(authz('p', '{}')), request), 'speaks');
    assert.equal(outcome(guardOf(authz('p', '{ rules: [{}] }')), request), 'permit');
  }
});

test('a selector wants all its labels, and a policy of the root namespace holds everywhere', () => {
  const spec = (labels: string): string => `{ selector: { matchLabels: { ${labels} } }, rules: [{}] }`;
  assert.equal(outcome(guardOf(authz('p', spec('app: payments, tier: back'))), tcp), 'permit');
  assert.equal(outcome(guardOf(authz('p', spec('app: payments, tier: front'))), tcp), 'silent');
  assert.equal(outcome(guardOf(authz('p', spec('constructor: x'))), tcp), 'silent');
  assert.equal(outcome(guardOf(authz('istio-system/p', spec('app: payments'))), tcp), 'permit');
  const set = compileMesh({
    files: [{ file: 'p', text: authz('root/p', '{ rules: [{}] }') }],
    rootNamespace: 'root',
    trustDomain,
  });
  assert.ok(set.ok);
  assert.equal(outcome(set.value.forWorkload(PAYMENTS), tcp), 'permit');
});

test('a DENY outweighs every ALLOW', () => {
  const guard = guardOf(
    authz('a', '{ rules: [{}] }'),
    authz('z', '{ action: DENY, rules: [{ to: [{ operation: { methods: [DELETE] } }] }] }'),
  );
  assert.equal(outcome(guard, http('DELETE')), 'forbid');
  assert.equal(outcome(guard, http('GET')), 'permit');
  assert.equal(outcome(guard, http('delete')), 'permit', 'methods have a case');
});

test('with DENY policies alone, what none denies is permitted, and the reason says why', () => {
  const guard = guardOf(authz('z', '{ action: DENY, rules: [{ to: [{ operation: { paths: [/admin*] } }] }] }'));
  assert.equal(outcome(guard, http('GET', '/admin/x')), 'forbid');
  assert.equal(outcome(guard, http('GET', '/')), 'permit');
  assert.match(guard.decide(http('GET', '/')).reasons[0]?.message ?? '', /no ALLOW policy selects the workload/u);
});

test('fields are ANDed, values and items ORed, and what is negated must not match', () => {
  const guard = guardOf(
    authz(
      'p',
      '{ rules: [{ from: [{ source: { namespaces: [web] } }, { source: { ipBlocks: [10.0.0.0/8], notIpBlocks: [10.9.0.0/16] } }], to: [{ operation: { methods: [GET, HEAD], notPaths: [/x*] } }], when: [{ key: destination.port, values: ["7003"] }] }] }',
    ),
  );
  assert.equal(outcome(guard, http('GET')), 'permit');
  assert.equal(outcome(guard, http('HEAD')), 'permit');
  assert.equal(outcome(guard, http('POST')), 'speaks');
  assert.equal(outcome(guard, http('GET', '/x/y')), 'speaks');
  assert.equal(outcome(guard, { ...http('GET'), sourceIp: '10.9.1.1' }), 'speaks');
  assert.equal(outcome(guard, { ...http('GET'), sourceIp: '::ffff:10.1.1.1' }), 'permit');
  assert.equal(outcome(guard, { ...http('GET'), destinationPort: 1 }), 'speaks');
  assert.equal(
    outcome(guard, { ...http('GET'), sourceIp: '11.0.0.1', principal: 'spiffe://x/ns/web/sa/a' as SpiffeId }),
    'permit',
  );
});

test('each field of a source and each condition is looked at', () => {
  const allows = (rule: string, request: MeshRequest): boolean =>
    outcome(guardOf(authz('p', `{ rules: [${rule}] }`)), request) === 'permit';
  const from = (fields: string): string => `{ from: [{ source: { ${fields} } }] }`;
  const when = (key: string, fields: string): string => `{ when: [{ key: ${key}, ${fields} }] }`;
  for (const request of [tcp, http('GET')]) {
    assert.ok(allows(from('principals: [shop.example/ns/shop/sa/orders]'), request));
    assert.ok(allows(from('principals: [cluster.local/ns/shop/sa/orders]'), request));
    assert.ok(!allows(from('principals: [other.example/ns/shop/sa/orders]'), request));
    assert.ok(allows(from('serviceAccounts: [orders]'), request));
    assert.ok(!allows(from('notServiceAccounts: [shop/orders]'), request));
    assert.ok(allows(from('trustDomains: ["shop.*"]'), request));
    assert.ok(!allows(from('notTrustDomains: [shop.example]'), request));
    assert.ok(allows(when('source.principal', 'values: ["*/sa/orders"]'), request));
    assert.ok(allows(when('source.namespace', 'values: [shop]'), request));
    assert.ok(allows(when('source.serviceAccount', 'values: [shop/orders]'), request));
    assert.ok(allows(when('source.trustDomain', 'notValues: [x]'), request));
    assert.ok(!allows(when('source.ip', 'notValues: [10.0.0.7]'), request));
    assert.ok(allows(when('connection.sni', 'values: ["*.shop"]'), { ...request, sni: 'a.shop' }));
    assert.ok(!allows(when('connection.sni', 'values: ["*"]'), request));
  }
});

test('who has no identity matches no principal, and every negation of one', () => {
  const allow = guardOf(authz('p', '{ rules: [{ from: [{ source: { principals: ["*"] } }] }] }'));
  assert.equal(outcome(allow, plain), 'speaks');
  assert.equal(outcome(allow, tcp), 'permit');
  const deny = guardOf(authz('p', '{ action: DENY, rules: [{ from: [{ source: { notPrincipals: ["*"] } }] }] }'));
  assert.equal(outcome(deny, plain), 'forbid');
  assert.equal(outcome(deny, tcp), 'permit');
});

test('on TCP an ALLOW with HTTP fields is void, and a DENY holds without them', () => {
  const rule = '{ rules: [{ to: [{ operation: { methods: [GET] } }, { operation: { ports: ["7003"] } }] }] }';
  assert.equal(outcome(guardOf(authz('p', rule)), tcp), 'speaks', 'as a whole, as Istio has it');
  const deny = (fields: string): string =>
    outcome(guardOf(authz('p', `{ action: DENY, rules: [{ to: [{ operation: { ${fields} } }] }] }`)), tcp);
  assert.equal(deny('methods: [GET]'), 'forbid');
  assert.equal(deny('notMethods: [GET]'), 'forbid');
  assert.equal(deny('methods: [GET], ports: ["80"]'), 'permit');
});

test('before the first request an ALLOW holds if a request could match, and a DENY if every one would', () => {
  const guard = (action: string, fields: string): string =>
    outcome(guardOf(authz('p', `{ action: ${action}, rules: [{ to: [{ operation: { ${fields} } }] }] }`)), connection);
  assert.equal(guard('ALLOW', 'methods: [GET]'), 'permit');
  assert.equal(guard('ALLOW', 'notMethods: [GET]'), 'permit');
  assert.equal(guard('ALLOW', 'methods: [GET], ports: ["80"]'), 'speaks');
  assert.equal(guard('DENY', 'methods: [GET]'), 'permit');
  assert.equal(guard('DENY', 'notMethods: [GET]'), 'permit');
  assert.equal(guard('DENY', 'ports: ["7003"]'), 'forbid');
});

test('mutual TLS is demanded by port before workload before namespace before mesh, and UNSET inherits', () => {
  const app = 'selector: { matchLabels: { app: payments } }';
  const strict = (...objects: string[]): boolean => outcome(guardOf(...objects), plain) === 'forbid';
  const mesh = peer('istio-system/m', '{ mtls: { mode: STRICT } }');
  assert.ok(strict(mesh));
  assert.ok(!strict(mesh, peer('n', '{ mtls: { mode: PERMISSIVE } }')));
  assert.ok(strict(mesh, peer('n', '{ mtls: { mode: UNSET } }')));
  assert.ok(strict(mesh, peer('n', '{}')));
  assert.ok(!strict(mesh, peer('w', `{ ${app}, mtls: { mode: DISABLE } }`)));
  assert.ok(!strict(mesh, peer('w', `{ ${app}, portLevelMtls: { 7003: { mode: PERMISSIVE } } }`)));
  assert.ok(strict(mesh, peer('w', `{ ${app}, portLevelMtls: { 1: { mode: PERMISSIVE } } }`)));
  assert.ok(strict(mesh, peer('w', `{ ${app}, portLevelMtls: { "7003": { mode: UNSET } } }`)));
  assert.ok(strict(peer('w', `{ ${app}, portLevelMtls: { 7003: { mode: STRICT } } }`)));
  assert.ok(
    !strict(peer('istio-system/m', `{ ${app}, mtls: { mode: STRICT } }`)),
    'a selector in the root namespace is void',
  );
  assert.equal(
    outcome(guardOf(mesh, authz('p', '{ rules: [{}] }')), tcp),
    'permit',
    'mutual TLS passes on to the rules',
  );
});

test('of two PeerAuthentications of one scope the older counts, then the first by name', () => {
  const at = (time: string): string => `, creationTimestamp: "${time}"`;
  const strict = peer('b', '{ mtls: { mode: STRICT } }', at('2024-01-01T00:00:00Z'));
  assert.equal(
    outcome(guardOf(peer('a', '{ mtls: { mode: PERMISSIVE } }', at('2025-01-01T00:00:00Z')), strict), plain),
    'forbid',
  );
  assert.equal(
    outcome(guardOf(peer('a', '{ mtls: { mode: PERMISSIVE } }', at('2023-12-31T23:59:59Z')), strict), plain),
    'silent',
  );
  assert.equal(
    outcome(guardOf(peer('a', '{ mtls: { mode: STRICT } }'), peer('b', '{ mtls: { mode: PERMISSIVE } }')), plain),
    'forbid',
  );
});

test('a verdict is made beforehand: the same frozen object each time, naming policy, rule and place', () => {
  const guard = guardOf(authz('p', '{ rules: [{ to: [{ operation: { methods: [GET] } }] }] }'));
  const verdict = guard.decide(http('GET'));
  assert.equal(guard.decide(http('GET')), verdict);
  assert.ok(Object.isFrozen(verdict) && Object.isFrozen(verdict.reasons) && Object.isFrozen(verdict.reasons[0]));
  const [reason] = verdict.reasons;
  assert.equal(reason?.policy, 'AuthorizationPolicy shop/p');
  assert.equal(reason.rule, 'rules[0]');
  assert.deepEqual([reason.span?.file, reason.span?.line, reason.span?.column], ['p.yaml', 4, 17]);
});

test('a policy in dry run decides nothing, and explain tells what it would have done', () => {
  const guard = guardOf(
    authz('p', '{ rules: [{}] }'),
    authz(
      'd',
      '{ action: DENY, rules: [{ to: [{ operation: { methods: [GET] } }] }] }',
      ', annotations: { istio.io/dry-run: "true" }',
    ),
  );
  assert.equal(outcome(guard, http('GET')), 'permit');
  const last = (request: MeshRequest): string => guard.explain(request).verdict.reasons.at(-1)?.message ?? '';
  assert.equal(last(http('GET')), 'in dry run, without effect: `AuthorizationPolicy shop/d` would deny it by rules[0]');
  assert.equal(last(http('PUT')), 'in dry run, without effect: `AuthorizationPolicy shop/d` would not deny it');
});

test('attachments tell which workloads each policy has a part in', () => {
  const set = setOf(
    [
      authz('all', '{}'),
      authz('nobody', '{ selector: { matchLabels: { app: paymnets } } }'),
      peer('a', '{ mtls: { mode: STRICT } }'),
      peer('overruled', '{ mtls: { mode: PERMISSIVE } }'),
      peer('istio-system/void', '{ selector: { matchLabels: { app: payments } } }'),
    ].join('---\n'),
  );
  const orders = { namespace: 'shop', labels: { app: 'orders' } };
  const found = set.attachments([PAYMENTS, orders, { namespace: 'x', labels: {} }]);
  const counted = Object.fromEntries(found.map(({ policy, workloads }) => [policy.name, workloads.length]));
  assert.deepEqual(counted, { all: 2, nobody: 0, a: 2, overruled: 0, void: 0 });
  assert.deepEqual(
    set.policies.map(({ name }) => name),
    ['all', 'nobody', 'void', 'a', 'overruled'],
  );
  assert.deepEqual(set.policies[1]?.selector, { app: 'paymnets' });
});
