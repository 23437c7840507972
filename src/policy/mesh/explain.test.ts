import assert from 'node:assert/strict';
import { test } from 'node:test';

import { excerpt } from '../../kernel/source-span.ts';
import type { SpiffeId } from '../../kernel/spiffe-id.ts';
import type { TrustDomain } from '../../kernel/trust-domain.ts';
import { compileMesh, type MeshGuard } from './compile.ts';
import type { MeshRequest } from './mesh-request.ts';

const TEXT = `apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: payments, namespace: shop }
spec:
  rules:
    - from:
        - source: { principals: [td.example/ns/shop/sa/orders] }
      to:
        - operation:
            methods: [POST]
            paths: [/charges]
    - to:
        - operation: { methods: [GET], paths: [/health, /ready] }
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: guard, namespace: shop }
spec:
  action: DENY
  rules:
    - to:
        - operation: { methods: [TRACE] }
    - to:
        - operation:
            paths: ["/admin*"]
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: { name: strict, namespace: shop }
spec: { mtls: { mode: STRICT } }
`;

function guard(): MeshGuard {
  const set = compileMesh({ files: [{ file: 'p.yaml', text: TEXT }], trustDomain: 'td.example' as TrustDomain });
  assert.ok(set.ok);
  return set.value.forWorkload({ namespace: 'shop', labels: {} });
}

function request(method: string, path: string, account = 'orders'): MeshRequest {
  const principal = `spiffe://td.example/ns/shop/sa/${account}` as SpiffeId;
  const http = { method, path, host: 'payments' };
  return { principal, mtls: true, sourceIp: '10.0.0.7', destinationPort: 80, protocol: 'http', http };
}

test('a denial tells what the nearest rules want, the one that lacks least first, with the list that failed', () => {
  const { verdict, remedies } = guard().explain(request('DELETE', '/charges'));
  assert.equal(verdict.kind, 'abstain');
  assert.deepEqual(
    remedies.map(({ message }) => message),
    [
      'rules[0] of `AuthorizationPolicy shop/payments` allows `POST` on `/charges`, the request is `DELETE`',
      'rules[1] of `AuthorizationPolicy shop/payments` allows `GET` on `/health` or `/ready`, the request is `DELETE` on `/charges`',
    ],
  );
  assert.ok(remedies[0]?.span !== undefined);
  assert.equal(excerpt(TEXT, remedies[0].span), '10 |             methods: [POST]\n   |                      ^^^^^^');
});

test('a caller with another identity, or none, is told so', () => {
  const other = guard().explain(request('POST', '/charges', 'intruder')).remedies[0]?.message;
  assert.match(
    other ?? '',
    /from `td\.example\/ns\/shop\/sa\/orders`, the request is from `td\.example\/ns\/shop\/sa\/intruder`$/u,
  );
  const { principal: _, ...nobody } = request('POST', '/charges');
  assert.match(guard().explain(nobody).remedies[0]?.message ?? '', /from a caller without a verified identity$/u);
});

test('a denial by rule names every rule that denies, and points at the clause', () => {
  const { verdict, remedies } = guard().explain(request('TRACE', '/admin/x'));
  assert.equal(verdict.kind, 'forbid');
  assert.deepEqual(
    verdict.reasons.map(({ message, span }) => [message, span?.line]),
    [
      ['rules[0] of `AuthorizationPolicy shop/guard` denies `TRACE`', 22],
      ['rules[1] of `AuthorizationPolicy shop/guard` denies requests on `/admin*`', 25],
    ],
  );
  assert.match(remedies[0]?.message ?? '', /^narrow rules\[0\] of `AuthorizationPolicy shop\/guard`/u);
  assert.ok(
    remedies.some(({ message }) => message.includes('shop/payments')),
    'nothing would allow it either',
  );
});

test('a plain connection is told to use mutual TLS', () => {
  const { verdict, remedies } = guard().explain({ ...request('POST', '/charges'), mtls: false });
  assert.equal(verdict.kind, 'forbid');
  assert.equal(verdict.reasons[0]?.policy, 'PeerAuthentication shop/strict');
  assert.equal(verdict.reasons[0].span?.line, 30);
  assert.deepEqual(
    remedies.map(({ message }) => message),
    ['call over mutual TLS: `PeerAuthentication shop/strict` lets nothing else in'],
  );
});

test('a permit has no remedies and names every rule that allows it', () => {
  const { verdict, remedies } = guard().explain(request('GET', '/ready'));
  assert.equal(verdict.kind, 'permit');
  assert.deepEqual(remedies, []);
  assert.deepEqual(
    verdict.reasons.map(({ rule }) => rule),
    ['rules[1]'],
  );
});

test('what the caller sent is shown on one line and cut', () => {
  const { remedies } = guard().explain(request('GET', `/\n\u{202e}${'x'.repeat(5000)}`));
  const message = remedies[0]?.message ?? '';
  assert.ok(message.length < 400);
  assert.doesNotMatch(message, /[\n\u{202e}]/u);
});
