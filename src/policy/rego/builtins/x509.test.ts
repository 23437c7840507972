/** Certificates, requests and keys that are made here, and what `opa` says of them where it is in the path. */
import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { test } from 'node:test';

import fc from 'fast-check';

import { askOpa, skipWithoutOpa } from '../testing/ask-opa.ts';
import { callBuiltin, textOfCall } from '../testing/call-builtin.ts';
import {
  der,
  type ExtensionParts,
  integer,
  makeCertificate,
  makeRequest,
  type NameParts,
  oid,
  pem,
  sequence,
  text,
} from '../testing/make-certificate.ts';
import { get } from '../values/access.ts';
import { toText } from '../values/text.ts';
import type { RegoValue } from '../values/value.ts';
import { BuiltinError } from './builtin.ts';
import { X509_BUILTINS } from './x509.ts';

/** The time of the calls lies in the years of the certificates. */
const NOW = BigInt(Date.parse('2026-01-01T00:00:00Z')) * 1_000_000n;

type Named = { readonly name: NameParts; readonly keys: ReturnType<typeof keyPair> };

function keyPair(): { readonly publicKey: KeyObject; readonly privateKey: KeyObject } {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

const TRUE = der(0x01, Uint8Array.of(0xff));

function authority(...pathLength: readonly number[]): readonly ExtensionParts[] {
  return [
    { id: '2.5.29.19', critical: true, value: sequence(TRUE, ...pathLength.map(integer)) },
    { id: '2.5.29.15', critical: true, value: der(0x03, Uint8Array.of(2, 0x04)) },
    { id: '2.5.29.14', value: der(0x04, Uint8Array.of(1, 2, 3)) },
  ];
}

function alternativeNames(...names: readonly Uint8Array[]): ExtensionParts {
  return { id: '2.5.29.17', value: sequence(...names) };
}

const NAMES = alternativeNames(
  text(0x82, 'shop.example'),
  text(0x82, '*.in.shop.example'),
  text(0x81, 'root@shop.example'),
  der(0x87, Uint8Array.of(10, 1, 2, 3)),
  text(0x86, 'spiffe://shop.example/ns/a%20b/sa?q#f'),
);

const LEAF: readonly ExtensionParts[] = [
  NAMES,
  { id: '2.5.29.37', value: sequence(oid('1.3.6.1.5.5.7.3.1'), oid('1.2.3.4')) },
  { id: '2.5.29.32', value: sequence(sequence(oid('1.2.3.4.5'))) },
  { id: '2.5.29.35', value: sequence(der(0x80, Uint8Array.of(1, 2, 3))) },
  {
    id: '1.3.6.1.5.5.7.1.1',
    value: sequence(
      sequence(oid('1.3.6.1.5.5.7.48.1'), text(0x86, 'http://ocsp.example')),
      sequence(oid('1.3.6.1.5.5.7.48.2'), text(0x86, 'http://ca.example')),
    ),
  },
  { id: '2.5.29.31', value: sequence(sequence(der(0xa0, der(0xa0, text(0x86, 'http://crl.example/a'))))) },
];

/** DNS names below this domain alone (RFC 5280 §4.2.1.10). */
function within(domain: string): ExtensionParts {
  return { id: '2.5.29.30', critical: true, value: sequence(der(0xa0, sequence(text(0x82, domain)))) };
}

function certificate(
  subject: NameParts,
  publicKey: KeyObject,
  issuer: Named,
  extensions: readonly ExtensionParts[],
  notAfter: string = '490601000000Z',
): string {
  const parts = { subject, issuer: issuer.name, publicKey, extensions, notBefore: '230101000000Z', notAfter };
  return pem('CERTIFICATE', makeCertificate({ ...parts, signingKey: issuer.keys.privateKey }));
}

const COMMON_NAME = 3;

type Made = Readonly<
  Record<
    | 'root'
    | 'middle'
    | 'narrow'
    | 'leaf'
    | 'narrowLeaf'
    | 'strangeLeaf'
    | 'expired'
    | 'rsaLeaf'
    | 'request'
    | 'leafKey'
    | 'otherKey'
    | 'rsaKey'
    | 'ecKey'
    | 'edKey',
    string
  >
>;

/** A root, two that it lets issue, and what they issued. */
function makeAll(): Made {
  const [rootKeys, middleKeys, leafKeys] = [keyPair(), keyPair(), keyPair()];
  const rsaKeys = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const named = (name: string, keys: Named['keys']): Named => ({ name: [[COMMON_NAME, name]], keys });
  const [root, middle, narrow] = [named('Root', rootKeys), named('Middle', middleKeys), named('Narrow', middleKeys)];
  const name: NameParts = [
    [6, 'DE'],
    [7, 'Köln'],
    [11, 'a'],
    [11, 'b'],
    [COMMON_NAME, 'leaf'],
  ];
  const { publicKey } = leafKeys;
  const pkcs8 = (key: KeyObject): string => String(key.export({ format: 'pem', type: 'pkcs8' }));
  const request = makeRequest({ subject: name, publicKey, signingKey: leafKeys.privateKey, extensions: [NAMES] });
  return {
    root: certificate(root.name, rootKeys.publicKey, root, authority()),
    middle: certificate(middle.name, middleKeys.publicKey, root, authority(0)),
    narrow: certificate(narrow.name, middleKeys.publicKey, root, [...authority(), within('shop.example')]),
    leaf: certificate(name, publicKey, middle, LEAF),
    narrowLeaf: certificate(name, publicKey, narrow, [alternativeNames(text(0x82, 'a.shop.example'))]),
    strangeLeaf: certificate(name, publicKey, narrow, [alternativeNames(text(0x82, 'shop.example.org'))]),
    expired: certificate(name, publicKey, middle, LEAF, '240101000000Z'),
    rsaLeaf: certificate(name, rsaKeys.publicKey, middle, []),
    request: pem('CERTIFICATE REQUEST', request),
    leafKey: pkcs8(leafKeys.privateKey),
    otherKey: pkcs8(middleKeys.privateKey),
    rsaKey: String(rsaKeys.privateKey.export({ format: 'pem', type: 'pkcs1' })),
    ecKey: String(keyPair().privateKey.export({ format: 'pem', type: 'sec1' })),
    edKey: pkcs8(generateKeyPairSync('ed25519').privateKey),
  };
}

const made = makeAll();

const CONTEXT = { nowNanoseconds: (): bigint => NOW };

function call(name: string, ...args: readonly RegoValue[]): RegoValue {
  const outcome = callBuiltin(X509_BUILTINS, `crypto.${name}`, args, CONTEXT);
  assert.ok(outcome !== undefined && !(outcome instanceof BuiltinError), name);
  return outcome;
}

function bytesOf(block: string): Buffer {
  return Buffer.from(block.replaceAll(/-----.*-----|\n/gu, ''), 'base64');
}

function isVerified(options: RegoValue, ...chain: readonly string[]): RegoValue | undefined {
  return get(call('x509.parse_and_verify_certificates_with_options', chain.join(''), options), 0);
}

function field(value: RegoValue, ...path: readonly (string | number)[]): RegoValue | undefined {
  return path.reduce<RegoValue | undefined>((at, key) => (at === undefined ? undefined : get(at, key)), value);
}

test('a certificate is shown with its names, its dates and what it may be used for', () => {
  const leaf = field(call('x509.parse_certificates', made.leaf), 0) as RegoValue;
  assert.equal(field(leaf, 'Subject', 'CommonName'), 'leaf');
  assert.deepEqual(field(leaf, 'Subject', 'OrganizationalUnit'), ['a', 'b']);
  assert.deepEqual(field(leaf, 'DNSNames'), ['shop.example', '*.in.shop.example']);
  assert.deepEqual(field(leaf, 'IPAddresses'), ['10.1.2.3']);
  assert.deepEqual(field(leaf, 'URIStrings'), ['spiffe://shop.example/ns/a%20b/sa?q#f']);
  assert.equal(field(leaf, 'URIs', 0, 'Path'), '/ns/a b/sa');
  assert.equal(field(leaf, 'NotBefore'), '2023-01-01T00:00:00Z');
  assert.deepEqual(field(leaf, 'ExtKeyUsage'), [1]);
  assert.deepEqual(field(leaf, 'UnknownExtKeyUsage'), [[1, 2, 3, 4]]);
  assert.deepEqual(field(leaf, 'OCSPServer'), ['http://ocsp.example']);
  assert.equal(toText(field(leaf, 'SerialNumber') as RegoValue), String(0x0102030405060708n));
});

test('PEM, PEM in base 64 and DER in base 64 are one certificate, and several are a list', () => {
  const whole = call('x509.parse_certificates', made.leaf);
  assert.deepEqual(call('x509.parse_certificates', Buffer.from(made.leaf).toString('base64')), whole);
  assert.deepEqual(call('x509.parse_certificates', bytesOf(made.leaf).toString('base64')), whole);
  assert.equal((call('x509.parse_certificates', made.leaf + made.root) as readonly RegoValue[]).length, 2);
});

test('a chain is verified from its first certificate to its last, at a time and for a name', () => {
  const { root, middle, leaf, expired } = made;
  assert.equal(isVerified({}, root, middle, leaf), true);
  assert.equal(get(call('x509.parse_and_verify_certificates', root + middle + leaf), 0), true);
  assert.equal(isVerified({}, root, leaf), false);
  assert.equal(isVerified({}, root, middle, expired), false);
  assert.equal(isVerified({ CurrentTime: Date.parse('2023-06-01T00:00:00Z') * 1e6 }, root, middle, expired), true);
  for (const [name, isGood] of [
    ['shop.example', true],
    ['a.in.shop.example', true],
    ['a.b.in.shop.example', false],
    ['in.shop.example', false],
    ['SHOP.example', true],
    ['10.1.2.3', true],
    ['10.1.2.4', false],
    ['leaf', false],
  ] as const) {
    assert.equal(isVerified({ DNSName: name }, root, middle, leaf), isGood, name);
  }
  assert.equal(isVerified({ KeyUsages: ['KeyUsageClientAuth'] }, root, middle, leaf), false);
  assert.equal(isVerified({ KeyUsages: ['KeyUsageClientAuth', 'KeyUsageServerAuth'] }, root, middle, leaf), true);
});

test('what an issuer may not issue is refused: below its path length, outside its names, with an altered signature', () => {
  const { root, middle, narrow, narrowLeaf, strangeLeaf, leaf } = made;
  assert.equal(isVerified({}, root, narrow, narrowLeaf), true);
  assert.equal(isVerified({}, root, narrow, strangeLeaf), false);
  assert.equal(isVerified({}, middle, leaf), true);
  assert.equal(isVerified({}, leaf, leaf), true);
  const bytes = bytesOf(leaf);
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  assert.equal(isVerified({}, root, middle, pem('CERTIFICATE', bytes)), false);
});

test('options that are none are refused by name', () => {
  const withOptions = (options: RegoValue): string =>
    textOfCall(
      X509_BUILTINS,
      'crypto.x509.parse_and_verify_certificates_with_options',
      [made.root + made.leaf, options],
      CONTEXT,
    );
  assert.equal(withOptions({ DNS: 'a' }), 'eval_builtin_error: invalid key option');
  assert.equal(withOptions({ DNSName: 1 }), "eval_builtin_error: 'DNSName' should be a string");
  assert.equal(
    withOptions({ KeyUsages: ['KeyUsageAny', 'x'] }),
    "eval_builtin_error: invalid entries for 'KeyUsages' found: [x]",
  );
});

test('a request shows the names that it asks for', () => {
  const request = call('x509.parse_certificate_request', made.request);
  assert.equal(field(request, 'Subject', 'CommonName'), 'leaf');
  assert.deepEqual(field(request, 'DNSNames'), ['shop.example', '*.in.shop.example']);
});

test('a key belongs to its certificate, and another does not', () => {
  const pair = call('x509.parse_keypair', made.leaf, made.leafKey);
  assert.equal(field(pair, 'Leaf', 'Subject', 'CommonName'), 'leaf');
  assert.equal(
    textOfCall(X509_BUILTINS, 'crypto.x509.parse_keypair', [made.leaf, made.otherKey]),
    'eval_builtin_error: tls: private key does not match public key',
  );
});

test('private keys are JSON Web Keys, or the numbers that they are made of', () => {
  const key = call('x509.parse_rsa_private_key', made.rsaKey);
  assert.equal(field(key, 'kty'), 'RSA');
  assert.equal(field(key, 'e'), 'AQAB');
  const keys = call('parse_private_keys', made.rsaKey + made.leafKey) as readonly RegoValue[];
  assert.equal(field(keys[0] as RegoValue, 'E'), 65_537);
  assert.equal(keys.length, 2);
  assert.equal(textOfCall(X509_BUILTINS, 'crypto.parse_private_keys', ['']), 'null');
});

test('no bytes throw, and an altered certificate is never verified', () => {
  const original = bytesOf(made.leaf);
  const edits = fc.array(fc.tuple(fc.nat(original.length - 1), fc.integer({ min: 1, max: 255 })), {
    minLength: 1,
    maxLength: 3,
  });
  fc.assert(
    fc.property(edits, (list) => {
      const bytes = Buffer.from(original);
      for (const [at, value] of list) bytes[at] = (bytes[at] ?? 0) ^ value;
      if (bytes.equals(original)) return;
      const encoded = bytes.toString('base64');
      callBuiltin(X509_BUILTINS, 'crypto.x509.parse_certificates', [encoded], CONTEXT);
      callBuiltin(X509_BUILTINS, 'crypto.x509.parse_certificate_request', [encoded], CONTEXT);
      callBuiltin(X509_BUILTINS, 'crypto.x509.parse_keypair', [encoded, encoded], CONTEXT);
      assert.equal(isVerified({}, made.root, made.middle, pem('CERTIFICATE', bytes)), false);
    }),
    { numRuns: 200 },
  );
});

test('OPA shows the same', { skip: skipWithoutOpa() }, () => {
  const { root, middle, narrow, narrowLeaf, strangeLeaf, leaf, expired, rsaLeaf, request } = made;
  const verify = 'x509.parse_and_verify_certificates_with_options';
  const at = { CurrentTime: Number(NOW) };
  const calls: readonly (readonly [string, ...RegoValue[]])[] = [
    ...[root, middle, narrow, leaf, rsaLeaf, root + leaf, 'x', '', 'AAAA'].map(
      (given) => ['x509.parse_certificates', given] as const,
    ),
    [verify, root + middle + leaf, at],
    [verify, root + middle + expired, at],
    [verify, root + leaf, at],
    [verify, middle + leaf, at],
    [verify, leaf + leaf, at],
    [verify, root + narrow + narrowLeaf, at],
    [verify, root + narrow + strangeLeaf, at],
    [verify, root + middle + rsaLeaf, at],
    ...['shop.example', 'a.in.shop.example', '10.1.2.3', '[10.1.2.3]', 'leaf', 'shop.example.'].map(
      (name) => [verify, root + middle + leaf, { ...at, DNSName: name }] as const,
    ),
    [verify, root + middle + leaf, { ...at, KeyUsages: ['KeyUsageEmailProtection'] }],
    ['x509.parse_certificate_request', request],
    ['x509.parse_certificate_request', leaf],
    ['x509.parse_keypair', leaf, made.leafKey],
    ['x509.parse_keypair', leaf, made.otherKey],
    ['x509.parse_rsa_private_key', made.rsaKey],
    ['x509.parse_rsa_private_key', made.leafKey],
    ['x509.parse_rsa_private_key', root],
    ['parse_private_keys', made.rsaKey + made.leafKey + made.ecKey + made.edKey],
    ['parse_private_keys', root],
  ];
  const rules = calls.map(([name, ...args], index) => {
    const given = args.map((_, position) => `input[${index}][${position + 1}]`).join(', ');
    return `r["${index}"] := crypto.${name}(${given})`;
  });
  const answers = askOpa(['package calls', ...rules].join('\n'), calls);
  for (const [index, [name, ...args]] of calls.entries()) {
    const outcome = callBuiltin(X509_BUILTINS, `crypto.${name}`, args, CONTEXT);
    const given = outcome instanceof BuiltinError ? undefined : outcome;
    const expected = field(answers, 'r', String(index));
    const shown = [given, expected].map((value) => (value === undefined ? 'nothing' : toText(value)));
    assert.equal(shown[0], shown[1], `${index}: ${name}`);
  }
});
