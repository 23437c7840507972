import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { test } from 'node:test';

import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';

import { type AuthorityKey, makeAuthorityKey, makeSerial, signTbs } from '../../identity/authority-key.ts';
import type { X509Svid } from '../../identity/x509-svid.ts';
import { encodeLeaf } from '../../identity/x509-template.ts';
import type { SpiffeId } from '../../kernel/spiffe-id.ts';
import type { TrustDomain } from '../../kernel/trust-domain.ts';
import { type X509SVIDResponse, X509SVIDResponseSchema, X509SVIDSchema } from './generated/workload_pb.js';
import { x509SvidResponse } from './messages.ts';
import { readX509Context, splitCertificates } from './x509-context.ts';

const NOW = Date.UTC(2030, 0, 1);
const VALIDITY = { notBefore: NOW - 10_000, notAfter: NOW + 3_600_000 };
const DOMAIN = 'test.example' as TrustDomain;
const OTHER = 'other.example' as TrustDomain;

function authority(domain: TrustDomain): AuthorityKey {
  return makeAuthorityKey(domain, VALIDITY, randomBytes);
}

function svid(of: AuthorityKey, path: string): X509Svid {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const id = `spiffe://${DOMAIN}/${path}` as SpiffeId;
  const serial = makeSerial(randomBytes);
  const { subject, extensions } = of.certificate;
  const tbs = encodeLeaf({
    ...VALIDITY,
    id,
    serial,
    publicKeyInfo: publicKey.export({ type: 'spki', format: 'der' }),
    dnsNames: [],
    issuer: subject,
    issuerKeyId: extensions.subjectKeyId ?? new Uint8Array(20),
  });
  return {
    id,
    chain: [signTbs(tbs, of.privateKey)],
    privateKey,
    serial: Buffer.from(serial).toString('hex'),
    ...VALIDITY,
  };
}

const own = authority(DOMAIN);
const web = svid(own, 'web');
const bundles = [
  { trustDomain: DOMAIN, authorities: [own.bytes] },
  { trustDomain: OTHER, authorities: [authority(OTHER).bytes, authority(OTHER).bytes] },
];

function response(change: (message: X509SVIDResponse) => void = () => {}): X509SVIDResponse {
  const message = x509SvidResponse([web, svid(own, 'second')], bundles);
  assert.ok(message !== undefined);
  change(message);
  return fromBinary(X509SVIDResponseSchema, toBinary(X509SVIDResponseSchema, message));
}

function codeOf(message: X509SVIDResponse, now: number = NOW): string {
  const result = readX509Context(message, now);
  return result.ok ? 'ok' : result.problem.code;
}

test('what the server writes the client reads back', () => {
  const result = readX509Context(response(), NOW);
  assert.ok(result.ok);
  const [first] = result.value.svids;
  assert.deepEqual({ ...first, privateKey: undefined }, { ...web, privateKey: undefined });
  assert.ok(createPublicKey(first.privateKey).equals(createPublicKey(web.privateKey)));
  assert.deepEqual(new Set(result.value.bundles.map(({ trustDomain }) => trustDomain)), new Set([DOMAIN, OTHER]));
  assert.deepEqual(
    result.value.bundles.find(({ trustDomain }) => trustDomain === OTHER),
    bundles[1],
  );
});

test('a message of which any part is wrong is refused whole', () => {
  const stranger = svid(authority(DOMAIN), 'web');
  const key = (of: X509Svid): Buffer => of.privateKey.export({ type: 'pkcs8', format: 'der' });
  for (const [name, change, code] of [
    ['no svid', (m) => (m.svids = []), 'workload-api/bad-response'],
    ['an empty svid', (m) => m.svids.push(create(X509SVIDSchema)), 'spiffe-id/bad-scheme'],
    ['another name', (m) => (firstOf(m).spiffeId = `spiffe://${DOMAIN}/admin`), 'workload-api/bad-response'],
    ['another trust domain', (m) => (firstOf(m).spiffeId = `spiffe://${OTHER}/web`), 'svid/unknown-trust-domain'],
    ['no certificate', (m) => (firstOf(m).x509Svid = new Uint8Array()), 'workload-api/bad-response'],
    [
      'a certificate cut off',
      (m) => (firstOf(m).x509Svid = firstOf(m).x509Svid.subarray(0, 100)),
      'workload-api/bad-response',
    ],
    [
      'a certificate of another authority',
      (m) => (firstOf(m).x509Svid = stranger.chain[0] ?? new Uint8Array()),
      'svid/untrusted',
    ],
    ['the key of another', (m) => (firstOf(m).x509SvidKey = key(stranger)), 'workload-api/bad-response'],
    ['no key', (m) => (firstOf(m).x509SvidKey = new Uint8Array()), 'workload-api/bad-response'],
    ['no bundle', (m) => (firstOf(m).bundle = new Uint8Array()), 'svid/untrusted'],
    ['a bundle that is none', (m) => (firstOf(m).bundle = Uint8Array.of(1, 2)), 'workload-api/bad-response'],
    [
      'a bundle of a workload',
      (m) => (m.federatedBundles[`spiffe://${OTHER}/x`] = own.bytes),
      'workload-api/bad-response',
    ],
  ] as const satisfies readonly (readonly [string, (m: X509SVIDResponse) => unknown, string])[]) {
    assert.equal(codeOf(response(change)), code, name);
  }
  assert.equal(codeOf(response(), NOW + 4_000_000), 'svid/expired');
});

function firstOf(message: X509SVIDResponse): X509SVIDResponse['svids'][number] {
  const [svidMessage] = message.svids;
  assert.ok(svidMessage !== undefined);
  return svidMessage;
}

test('there is no message for an SVID whose own bundle is missing or empty', () => {
  assert.equal(x509SvidResponse([web], []), undefined);
  assert.equal(x509SvidResponse([web], [{ trustDomain: DOMAIN, authorities: [] }]), undefined);
});

test('any bytes are a row of certificates or not, and never throw; a row is read back whole', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const found = splitCertificates(bytes);
      if (found !== undefined) assert.deepEqual(Buffer.concat(found), Buffer.from(bytes));
      codeOf(
        create(X509SVIDResponseSchema, {
          svids: [{ spiffeId: web.id, x509Svid: bytes, bundle: bytes, x509SvidKey: bytes }],
        }),
      );
    }),
  );
  assert.equal(splitCertificates(Buffer.concat(Array.from({ length: 1001 }, () => Uint8Array.of(0x30, 0)))), undefined);
});
