import assert from 'node:assert/strict';
import { type KeyObject, randomBytes, sign, X509Certificate } from 'node:crypto';
import { describe, test } from 'node:test';

import fc from 'fast-check';

import { parseTrustDomain, type TrustDomain } from '../kernel/trust-domain.ts';
import { bitString, CONSTRUCTED, CONTEXT, der, namedBits, oid, sequence, TAG, unsignedInteger } from './der.ts';
import { DerReader } from './der-reader.ts';
import {
  altNames,
  constraints,
  dns,
  ECDSA_SHA256,
  ecKey,
  extension,
  type Forgery,
  forgeAuthority,
  type ForgedAuthority,
  forgeLeaf,
  keyUsage,
  name,
  purposes,
  rsaKey,
  spkiOf,
  uri,
} from './testing/forge.ts';
import type { BundleSource } from './trust-bundle.ts';
import { MAX_CHAIN_CERTIFICATES, verifyX509Svid } from './verify-x509-svid.ts';
import { MAX_CERTIFICATE_BYTES } from './x509-certificate.ts';
import { KEY_USAGE, OID } from './x509-names.ts';

const NOW = Date.UTC(2030, 5, 1, 12, 0, 0);
const ID = 'spiffe://example.org/ns/shop/sa/payments';
const CA_ID = altNames(false, uri('spiffe://example.org'));
const ca = forgeAuthority(NOW, 'root', { extensions: { subjectAltName: CA_ID } });

function bundlesOf(authorities: readonly Uint8Array[], domain: string = 'example.org'): BundleSource {
  const trustDomain = domainOf(domain);
  const bundle = { trustDomain, authorities };
  return { of: (asked) => (asked === trustDomain ? bundle : undefined), all: () => [bundle], onChange: () => () => {} };
}

function domainOf(text: string): TrustDomain {
  const domain = parseTrustDomain(text);
  assert.ok(domain.ok);
  return domain.value;
}

const bundles = bundlesOf([ca.bytes]);

function leaf(changes: Partial<Forgery> = {}, extensions: Forgery['extensions'] = {}): Uint8Array {
  return forgeLeaf(ca, NOW, ID, changes, extensions);
}

function named(...names: readonly Uint8Array[]): Uint8Array {
  return leaf({}, { subjectAltName: altNames(true, ...names) });
}

function codeOf(chain: readonly Uint8Array[], source: BundleSource = bundles, now: number = NOW): string {
  const result = verifyX509Svid(chain, source, now);
  return result.ok ? `accepted ${result.value}` : result.problem.code;
}

function accepts(chain: readonly Uint8Array[], source: BundleSource = bundles, now: number = NOW): void {
  assert.deepEqual(verifyX509Svid(chain, source, now), { ok: true, value: ID });
}

function refuses(chain: readonly Uint8Array[], code: string, message: RegExp, source: BundleSource = bundles): void {
  const result = verifyX509Svid(chain, source, NOW);
  assert.ok(!result.ok, 'it was accepted');
  assert.equal(result.problem.code, code, result.problem.message);
  assert.match(result.problem.message, message);
}

describe('a leaf', () => {
  test('that keeps every rule proves its SPIFFE ID', () => accepts([leaf()]));

  test('may have other names beside its one URI', () => accepts([named(dns('a.example'), uri(ID), dns('b.example'))]));

  test('may leave basic constraints and extended key usage out', () => {
    accepts([leaf({}, { basicConstraints: undefined, extKeyUsage: undefined })]);
  });

  test('may have a subject, and then names that are not critical', () => {
    accepts([leaf({ subject: name('payments') }, { subjectAltName: altNames(false, uri(ID)) })]);
  });

  test('may have an extension that is unknown and not critical', () => {
    accepts([leaf({}, { other: extension('1.3.6.1.4.1.99999.1', false, Uint8Array.of(1, 2, 3)) })]);
  });

  for (const [what, changed, code, message] of [
    ['no names', () => leaf({}, { subjectAltName: undefined }), 'not-an-svid', /no URI/u],
    ['no URI', () => named(dns('a.example')), 'not-an-svid', /no URI/u],
    ['two URIs', () => named(uri(ID), uri('spiffe://example.org/other')), 'not-an-svid', /2 URIs/u],
    ['the same URI twice', () => named(uri(ID), uri(ID)), 'not-an-svid', /2 URIs/u],
    ['a URI that is no SPIFFE ID', () => named(uri('https://example.org/x')), 'not-an-svid', /begins with/u],
    ['a SPIFFE ID beside another URI', () => named(uri('https://example.org/'), uri(ID)), 'not-an-svid', /2 URIs/u],
    ['a SPIFFE ID without a path', () => named(uri('spiffe://example.org')), 'not-an-svid', /no path/u],
    ['a SPIFFE ID with a slash alone', () => named(uri('spiffe://example.org/')), 'not-an-svid', /empty segment/u],
    ['a SPIFFE ID in upper case', () => named(uri('spiffe://Example.org/a')), 'not-an-svid', /cannot be/u],
    ['a NUL in its SPIFFE ID', () => named(uri(`${ID}\0.evil`)), 'not-an-svid', /cannot be/u],
    ['a URI that is not ASCII', () => named(uri(`${ID}\u00e9`)), 'not-an-svid', /cannot be/u],
    ['a URI in a constructed form', () => named(der(CONTEXT | CONSTRUCTED | 6, uri(ID))), 'malformed', /primitive/u],
    ['a name of no known kind', () => named(uri(ID), der(CONTEXT | 9)), 'malformed', /no name/u],
    ['names without a name', () => named(), 'malformed', /empty/u],
    ['cA true', () => leaf({}, { basicConstraints: constraints(true) }), 'not-an-svid', /cA is true/u],
    ['a path length', () => leaf({}, { basicConstraints: constraints(false, 0) }), 'not-an-svid', /path length/u],
    ['no key usage', () => leaf({}, { keyUsage: undefined }), 'not-an-svid', /no key usage/u],
    [
      'a key usage that is not critical',
      () => leaf({}, { keyUsage: extension(OID.keyUsage, false, namedBits(0)) }),
      'not-an-svid',
      /not critical/u,
    ],
    ['no digitalSignature', () => leaf({}, { keyUsage: keyUsage(4) }), 'not-an-svid', /lacks digitalSignature/u],
    ['an empty key usage', () => leaf({}, { keyUsage: keyUsage() }), 'not-an-svid', /lacks digitalSignature/u],
    ['keyCertSign', () => leaf({}, { keyUsage: keyUsage(0, 5) }), 'not-an-svid', /keyCertSign/u],
    ['cRLSign', () => leaf({}, { keyUsage: keyUsage(0, 6) }), 'not-an-svid', /cRLSign/u],
    ['no clientAuth', () => leaf({}, { extKeyUsage: purposes(OID.serverAuth) }), 'not-an-svid', /clientAuth/u],
    ['no serverAuth', () => leaf({}, { extKeyUsage: purposes(OID.clientAuth) }), 'not-an-svid', /serverAuth/u],
    ['any purpose', () => leaf({}, { extKeyUsage: purposes(OID.anyExtendedKeyUsage) }), 'not-an-svid', /lacks/u],
    [
      'an empty subject and names that are not critical',
      () => leaf({}, { subjectAltName: altNames(false, uri(ID)) }),
      'not-an-svid',
      /not critical/u,
    ],
    [
      'an unknown critical extension',
      () => leaf({}, { other: extension('1.3.6.1.4.1.99999.1', true, Uint8Array.of(5, 0)) }),
      'not-an-svid',
      /1\.3\.6\.1\.4\.1\.99999\.1/u,
    ],
    [
      'name constraints',
      () => leaf({}, { other: extension(OID.nameConstraints, false, sequence()) }),
      'not-an-svid',
      /name constraints/u,
    ],
    ['an extension twice', () => leaf({}, { again: keyUsage(0) }), 'malformed', /twice/u],
    ['version 1', () => leaf({ version: 1 }), 'malformed', /expected tag a0/u],
    ['version 2', () => leaf({ version: 2 }), 'malformed', /version 3/u],
    ['version 4', () => leaf({ version: 4 }), 'malformed', /version 3/u],
    ['a negative serial number', () => leaf({ serial: Uint8Array.of(0x80) }), 'malformed', /positive/u],
    ['a serial number of zero', () => leaf({ serial: Uint8Array.of(0) }), 'malformed', /positive/u],
    ['a serial number of 21 bytes', () => leaf({ serial: new Uint8Array(21).fill(1) }), 'malformed', /positive/u],
    ['a padded serial number', () => leaf({ serial: Uint8Array.of(0, 1) }), 'malformed', /shortest/u],
    ['two algorithms', () => leaf({ outerAlgorithm: sequence(oid('1.2.840.10045.4.3.3')) }), 'malformed', /two/u],
    ['a key on secp256k1', () => leaf({ publicKeyInfo: spkiOf(ecKey('secp256k1')) }), 'weak-key', /1\.3\.132\.0\.10/u],
    ['an RSA key of 1024 bits', () => leaf({ publicKeyInfo: spkiOf(rsaKey(1024)) }), 'weak-key', /1024 bits/u],
    [
      'an RSA key of 8193 bits',
      () => leaf({ publicKeyInfo: rsaInfo(Uint8Array.of(1, ...randomBytes(1023), 1)) }),
      'weak-key',
      /8193 bits/u,
    ],
    [
      'an RSA key of three numbers',
      () => leaf({ publicKeyInfo: rsaInfo(new Uint8Array(256).fill(0x81), unsignedInteger(Uint8Array.of(3))) }),
      'malformed',
      /left at the end/u,
    ],
    [
      'a key of another algorithm',
      () => leaf({ publicKeyInfo: sequence(sequence(oid('1.3.101.112')), der(TAG.bitString, new Uint8Array(33))) }),
      'weak-key',
      /1\.3\.101\.112/u,
    ],
    ['an empty issuer', () => leaf({ issuer: sequence() }), 'untrusted', /none of the 1/u],
    ['another issuer', () => leaf({ issuer: name('else') }), 'untrusted', /none of the 1/u],
    ['a signature by another key', () => leaf({ signer: ecKey().privateKey }), 'untrusted', /none of the 1/u],
    [
      'a signature with SHA-1',
      () => leaf({ algorithm: sequence(oid('1.2.840.10045.4.1')), hash: 'sha1' }),
      'untrusted',
      /none of the 1/u,
    ],
    [
      'an algorithm with parameters',
      () => leaf({ algorithm: sequence(oid(OID.ecdsaWithSha256), der(TAG.null)) }),
      'untrusted',
      /none of the 1/u,
    ],
  ] as readonly (readonly [string, () => Uint8Array, string, RegExp])[]) {
    test(`with ${what} is refused as ${code}`, () => refuses([changed()], `svid/${code}`, message));
  }
});

describe('the time', () => {
  const valid = { notBefore: NOW - 5000, notAfter: NOW + 5000 };
  const chain = [leaf(valid)];

  test('is inside at both ends', () => {
    accepts(chain, bundles, NOW - 5000);
    accepts(chain, bundles, NOW + 5000);
  });

  test('is outside one millisecond before and after', () => {
    assert.equal(codeOf(chain, bundles, NOW - 5001), 'svid/not-yet-valid');
    assert.equal(codeOf(chain, bundles, NOW + 5001), 'svid/expired');
  });

  test('of the authority counts too', () => {
    const old = forgeAuthority(NOW, 'old', { changes: { notAfter: NOW - 1000 } });
    refuses([forgeLeaf(old, NOW, ID)], 'svid/expired', /the authority of/u, bundlesOf([old.bytes]));
  });

  test('of an intermediate counts too', () => {
    const young = forgeAuthority(NOW, 'young', { parent: ca, changes: { notBefore: NOW + 1000 } });
    refuses([forgeLeaf(young, NOW, ID), young.bytes], 'svid/not-yet-valid', /intermediate 1/u);
  });

  test('of one certificate does not matter when the authority has a newer one for the same key', () => {
    const keys = ecKey();
    const old = forgeAuthority(NOW, 'renewed', { keys, changes: { notAfter: NOW - 1000 } });
    const renewed = forgeAuthority(NOW, 'renewed', { keys });
    accepts([forgeLeaf(renewed, NOW, ID)], bundlesOf([old.bytes, renewed.bytes]));
  });

  test('is written in either form', () => {
    accepts([leaf({ notAfter: Date.UTC(2049, 11, 31, 23, 59, 59) })]);
    accepts([leaf({ notAfter: Date.UTC(2050, 0, 1) })]);
    accepts([leaf({ notAfter: Date.UTC(9999, 11, 31, 23, 59, 59) })]);
  });
});

describe('a trust domain', () => {
  test('that is unknown is named with what to do', () => {
    const result = verifyX509Svid([forgeLeaf(ca, NOW, 'spiffe://other.example/a')], bundles, NOW);
    assert.ok(!result.ok);
    assert.equal(result.problem.code, 'svid/unknown-trust-domain');
    assert.match(result.problem.hint ?? '', /federate with `other\.example`/u);
  });

  test('is verified with its own bundle alone', () => {
    const foreign = forgeAuthority(NOW, 'foreign');
    const [own, other] = [bundlesOf([ca.bytes]), bundlesOf([foreign.bytes], 'other.example')];
    const both: BundleSource = { ...own, of: (domain) => own.of(domain) ?? other.of(domain) };
    assert.equal(
      codeOf([forgeLeaf(foreign, NOW, 'spiffe://other.example/a')], both),
      'accepted spiffe://other.example/a',
    );
    assert.equal(codeOf([forgeLeaf(foreign, NOW, ID)], both), 'svid/untrusted');
    assert.equal(codeOf([forgeLeaf(ca, NOW, 'spiffe://other.example/a')], both), 'svid/untrusted');
  });

  test('with an empty bundle trusts nothing', () =>
    refuses([leaf()], 'svid/untrusted', /none of the 0/u, bundlesOf([])));

  test('does not trust the leaf that is itself in its bundle', () => {
    refuses([leaf()], 'svid/untrusted', /1 more cannot be used: .* not an authority/u, bundlesOf([leaf()]));
  });

  test('goes by its usable authorities when its bundle also has rubbish', () => {
    accepts([leaf()], bundlesOf([new Uint8Array(), Uint8Array.of(0x30, 0), leaf(), ca.bytes]));
  });

  test('may be told by authority key identifiers which of two keys of one name signed', () => {
    const keyIds = [Uint8Array.of(1), Uint8Array.of(2)];
    const [one, two] = keyIds.map((keyId) =>
      forgeAuthority(NOW, 'twin', { extensions: { ski: keyIdExtension(keyId) } }),
    );
    assert.ok(one !== undefined && two !== undefined);
    const twins = bundlesOf([one.bytes, two.bytes]);
    accepts([forgeLeaf(two, NOW, ID, {}, { aki: issuerIdExtension(Uint8Array.of(2)) })], twins);
    refuses([forgeLeaf(two, NOW, ID, {}, { aki: issuerIdExtension(Uint8Array.of(1)) })], 'svid/untrusted', /2/u, twins);
  });
});

describe('a key of an authority', () => {
  for (const [what, keys, algorithm, hash] of [
    ['P-384', ecKey('P-384'), sequence(oid('1.2.840.10045.4.3.3')), 'sha384'],
    ['P-521', ecKey('P-521'), sequence(oid('1.2.840.10045.4.3.4')), 'sha512'],
    ['RSA 2048', rsaKey(2048), sequence(oid('1.2.840.113549.1.1.11'), der(TAG.null)), 'sha256'],
  ] as const) {
    test(`may be ${what}`, () => {
      const authority = forgeAuthority(NOW, what, { keys, changes: { algorithm, hash } });
      const chain = [forgeLeaf(authority, NOW, ID, { algorithm, hash, publicKeyInfo: spkiOf(keys) })];
      accepts(chain, bundlesOf([authority.bytes]));
    });
  }

  test('must fit the algorithm of the signature', () => {
    const authority = forgeAuthority(NOW, 'rsa', { keys: rsaKey(2048), changes: { algorithm: ECDSA_SHA256 } });
    const chain = [forgeLeaf(authority, NOW, ID, { algorithm: ECDSA_SHA256 })];
    refuses(chain, 'svid/untrusted', /none of/u, bundlesOf([authority.bytes]));
  });

  test('must be a point of its curve', () => {
    const info = sequence(
      sequence(oid(OID.ecPublicKey), oid('1.2.840.10045.3.1.7')),
      der(TAG.bitString, Uint8Array.of(0, 4), new Uint8Array(64).fill(1)),
    );
    const authority = forgeAuthority(NOW, 'off', { changes: { publicKeyInfo: info } });
    refuses([forgeLeaf(authority, NOW, ID)], 'svid/untrusted', /cannot be used/u, bundlesOf([authority.bytes]));
  });
});

describe('a signing certificate', () => {
  const middle = forgeAuthority(NOW, 'middle', { parent: ca, extensions: { subjectAltName: CA_ID } });

  test('in the middle carries trust from the root to the leaf', () =>
    accepts([forgeLeaf(middle, NOW, ID), middle.bytes]));

  test('may be the anchor itself', () => accepts([forgeLeaf(middle, NOW, ID)], bundlesOf([middle.bytes])));

  test('of the root may follow, and what follows is not looked at', () => {
    accepts([forgeLeaf(middle, NOW, ID), middle.bytes, ca.bytes, new Uint8Array(3)]);
  });

  test('must be presented when it is needed', () => refuses([forgeLeaf(middle, NOW, ID)], 'svid/untrusted', /none/u));

  test('must stand after what it signed', () => {
    const other = forgeAuthority(NOW, 'other', { parent: ca });
    refuses(
      [forgeLeaf(middle, NOW, ID), other.bytes, middle.bytes],
      'svid/bad-chain',
      /certificate 2 .* did not sign/u,
    );
  });

  test('cannot be a workload, whose key would then make identities', () => {
    const keys = ecKey();
    const workload = leaf({ publicKeyInfo: spkiOf(keys), subject: name('workload') });
    const child = forgeLeaf({ ...keys, subject: name('workload'), bytes: workload }, NOW, ID);
    refuses([child, workload], 'svid/bad-chain', /not an authority/u);
  });

  for (const [what, changes, message] of [
    ['without basic constraints', { basicConstraints: undefined }, /cA is not true/u],
    ['with cA false', { basicConstraints: constraints(false) }, /cA is not true/u],
    ['without key usage', { keyUsage: undefined }, /lacks keyCertSign/u],
    ['without keyCertSign', { keyUsage: keyUsage(KEY_USAGE.crlSign) }, /lacks keyCertSign/u],
    ['for code signing only', { extKeyUsage: purposes('1.3.6.1.5.5.7.3.3') }, /neither servers nor clients/u],
    ['of another trust domain', { subjectAltName: altNames(false, uri('spiffe://other.example')) }, /other\.example/u],
    ['with a path', { subjectAltName: altNames(false, uri(ID)) }, /has a path/u],
    [
      'with two SPIFFE IDs',
      { subjectAltName: altNames(false, ...twice(uri('spiffe://example.org'))) },
      /more than one/u,
    ],
    ['with a malformed SPIFFE ID', { subjectAltName: altNames(false, uri('SPIFFE://example.org')) }, /malformed/u],
    ['with name constraints', { more: extension(OID.nameConstraints, true, sequence()) }, /name constraints/u],
    ['with an unknown critical extension', { more: extension('1.2.3', true, sequence()) }, /1\.2\.3/u],
  ] as readonly (readonly [string, Forgery['extensions'], RegExp])[]) {
    test(`${what} cannot sign, in the middle or as the anchor`, () => {
      const bad = forgeAuthority(NOW, 'bad', { parent: ca, extensions: changes });
      refuses([forgeLeaf(bad, NOW, ID), bad.bytes], 'svid/bad-chain', message);
      refuses([forgeLeaf(bad, NOW, ID)], 'svid/untrusted', message, bundlesOf([bad.bytes]));
    });
  }

  test('with a weak key cannot sign', () => {
    const weak = forgeAuthority(NOW, 'weak', { parent: ca, keys: ecKey('secp256k1') });
    refuses([forgeLeaf(weak, NOW, ID), weak.bytes], 'svid/bad-chain', /too weak/u);
  });

  test('without a subject cannot sign', () => {
    const nameless = forgeAuthority(NOW, '', { parent: ca, changes: { subject: sequence() } });
    refuses([forgeLeaf(nameless, NOW, ID), nameless.bytes], 'svid/bad-chain', /no subject/u);
  });

  test('may have any purpose, or a URI that is no SPIFFE ID', () => {
    const free = forgeAuthority(NOW, 'free', {
      parent: ca,
      extensions: {
        extKeyUsage: purposes(OID.anyExtendedKeyUsage),
        subjectAltName: altNames(false, uri('https://example.org/policy')),
      },
    });
    accepts([forgeLeaf(free, NOW, ID), free.bytes]);
  });
});

describe('the depth of a chain', () => {
  const nested = (count: number, top: ForgedAuthority): ForgedAuthority[] => {
    const authorities = [top];
    for (let index = 1; index <= count; index += 1) {
      authorities.unshift(forgeAuthority(NOW, `level ${index}`, { parent: authorities[0] ?? top }));
    }
    return authorities;
  };
  const chainOf = ([lowest, ...above]: readonly ForgedAuthority[]): Uint8Array[] => {
    assert.ok(lowest !== undefined);
    return [forgeLeaf(lowest, NOW, ID), lowest.bytes, ...above.map(({ bytes }) => bytes)];
  };

  test('is bounded', () => {
    accepts(chainOf(nested(MAX_CHAIN_CERTIFICATES - 1, ca)).slice(0, MAX_CHAIN_CERTIFICATES));
    const long = chainOf(nested(MAX_CHAIN_CERTIFICATES, ca)).slice(0, MAX_CHAIN_CERTIFICATES + 1);
    refuses(long, 'svid/bad-chain', /6 certificates, and 5 are the most/u);
  });

  test('of nothing is refused', () => refuses([], 'svid/bad-chain', /no certificate/u));

  test('keeps to the path length of the anchor', () => {
    const top = forgeAuthority(NOW, 'top', { extensions: { basicConstraints: constraints(true, 1) } });
    accepts(chainOf(nested(1, top)), bundlesOf([top.bytes]));
    refuses(chainOf(nested(2, top)), 'svid/bad-chain', /allows 1 .* there are 2/u, bundlesOf([top.bytes]));
  });

  test('keeps to the path length of an intermediate', () => {
    const options = { parent: ca, extensions: { basicConstraints: constraints(true, 0) } };
    const top = forgeAuthority(NOW, 'middle', options);
    accepts(chainOf([top]));
    refuses(chainOf(nested(1, top)), 'svid/bad-chain', /allows 0 .* there are 1/u);
  });

  test('does not count an intermediate that is self-issued, as RFC 5280 says', () => {
    const top = forgeAuthority(NOW, 'same', { extensions: { basicConstraints: constraints(true, 0) } });
    const rolled = forgeAuthority(NOW, 'same', { parent: top });
    accepts(chainOf([rolled]), bundlesOf([top.bytes]));
  });
});

describe('bytes that are not a certificate', () => {
  test('are refused when they are too many, before they are read', () => {
    refuses([new Uint8Array(MAX_CERTIFICATE_BYTES + 1)], 'svid/malformed', /at most 16384 bytes/u);
  });

  test('are refused with something after the certificate', () => {
    refuses([Uint8Array.of(...leaf(), 0)], 'svid/malformed', /left at the end/u);
  });

  test('never throw, whatever they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        assert.equal(codeOf([bytes]), 'svid/malformed');
      }),
    );
  });

  const good = leaf();

  test('are refused when any one byte of a good certificate is changed', () => {
    for (let index = 0; index < good.length; index += 1) {
      for (const flip of [0x01, 0x80, 0xff]) {
        const changed = Uint8Array.from(good);
        changed[index] = (changed[index] ?? 0) ^ flip;
        const result = verifyX509Svid([changed], bundles, NOW);
        assert.ok(!result.ok, `byte ${index} changed by ${flip} was accepted`);
        assert.match(result.problem.code, /^svid\//u);
      }
    }
  });

  test('are refused with something more at the end of any element, even when it is signed', () => {
    const { privateKey } = ca;
    const keys = [spkiOf(ecKey()), spkiOf(rsaKey(2048))];
    for (const publicKeyInfo of keys) {
      const ids = { ski: keyIdExtension(Uint8Array.of(1)), aki: issuerIdExtension(Uint8Array.of(2)) };
      const tree = treeOf(leaf({ publicKeyInfo, subject: name('payments') }, ids));
      const places = placesIn(tree);
      assert.ok(places.length > 30, `only ${places.length} places`);
      for (const place of places) {
        const bytes = resigned(withNull(tree, place), privateKey);
        const code = codeOf([bytes]);
        // The content of a name is compared byte for byte and never read; the issuer then is another one.
        const expected = place[0] === 0 && place[1] === 3 ? 'svid/untrusted' : 'svid/malformed';
        if (place[0] === 0 && place[1] === 5) assert.equal(code, `accepted ${ID}`);
        else if (place[0] === 0 && place[1] === 2) assert.match(code, /^svid\//u);
        else assert.equal(code, expected, `at ${place.join('.')}`);
      }
    }
    assert.equal(codeOf([resigned(treeOf(good), privateKey)]), `accepted ${ID}`);
  });

  test('are refused when pieces of a good certificate are cut, doubled or replaced', () => {
    const edit = fc.record({
      at: fc.nat(good.length - 1),
      remove: fc.nat(40),
      insert: fc.uint8Array({ maxLength: 40 }),
    });
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
        let bytes = [...good];
        for (const { at, insert, remove } of edits) bytes.splice(at, remove, ...insert);
        bytes = bytes.slice(0, MAX_CERTIFICATE_BYTES);
        fc.pre(!Buffer.from(bytes).equals(good));
        assert.match(codeOf([Uint8Array.from(bytes)]), /^svid\//u);
      }),
      { numRuns: 500 },
    );
  });

  test('never name another workload than OpenSSL reads in them', () => {
    const path = fc.stringMatching(/^[a-zA-Z0-9_-]{1,20}(?:\/[a-zA-Z0-9_-]{1,20}){0,5}$/u);
    const more = fc.array(fc.domain().map(dns), { maxLength: 3 });
    fc.assert(
      fc.property(path, more, more, (name_, before, after) => {
        const id = `spiffe://example.org/${name_}`;
        const bytes = leaf({}, { subjectAltName: altNames(true, ...before, uri(id), ...after) });
        assert.equal(codeOf([bytes]), `accepted ${id}`);
        const read = new X509Certificate(bytes).subjectAltName?.split(', ').filter((part) => part.startsWith('URI:'));
        assert.deepEqual(read, [`URI:${id}`]);
      }),
      { numRuns: 50 },
    );
  });
});

/** A certificate as a tree, into octet strings that hold DER too, so that a test can change any part of it. */
type Tree = { readonly tag: number; readonly content: Uint8Array | readonly Tree[] };

function treeOf(bytes: Uint8Array): Tree {
  const [tag = 0] = bytes;
  const content = new DerReader(bytes).content(tag);
  if ((tag & CONSTRUCTED) === 0 && !(tag === TAG.octetString && isExtensionValue(content))) return { tag, content };
  const children: Tree[] = [];
  const inside = new DerReader(content);
  for (let next = inside.peek(); next !== undefined; next = inside.peek()) children.push(treeOf(inside.element(next)));
  return { tag, content: children };
}

/** Every extension value of ours is one element; the bytes of a key identifier are none. */
function isExtensionValue(content: Uint8Array): boolean {
  const whole = new DerReader(content);
  const tag = content[0] ?? 0;
  if (tag !== TAG.sequence && tag !== TAG.bitString && tag !== TAG.octetString) return false;
  try {
    whole.element(tag);
    return whole.atEnd;
  } catch {
    return false;
  }
}

function bytesOf({ content, tag }: Tree): Uint8Array {
  return content instanceof Uint8Array ? der(tag, content) : der(tag, ...content.map(bytesOf));
}

/** The path of every element that holds others, the whole first. */
function placesIn({ content }: Tree, path: readonly number[] = []): number[][] {
  if (content instanceof Uint8Array) return [];
  return [[...path], ...content.flatMap((child, index) => placesIn(child, [...path, index]))];
}

function withNull({ content, tag }: Tree, [at, ...rest]: readonly number[]): Tree {
  assert.ok(!(content instanceof Uint8Array));
  if (at === undefined) return { tag, content: [...content, { tag: TAG.null, content: new Uint8Array() }] };
  return { tag, content: content.map((child, index) => (index === at ? withNull(child, rest) : child)) };
}

/** The same certificate with a signature that fits what it now says; whatever stands behind the signature stays. */
function resigned({ content, tag }: Tree, key: KeyObject): Uint8Array {
  assert.ok(!(content instanceof Uint8Array));
  const [tbs, algorithm, , ...rest] = content;
  assert.ok(tbs !== undefined && algorithm !== undefined);
  const signature = bitString(sign('sha256', bytesOf(tbs), key));
  return der(tag, bytesOf(tbs), bytesOf(algorithm), signature, ...rest.map(bytesOf));
}

function twice<T>(value: T): [T, T] {
  return [value, value];
}

function keyIdExtension(keyId: Uint8Array): Uint8Array {
  return extension(OID.subjectKeyIdentifier, false, der(TAG.octetString, keyId));
}

function issuerIdExtension(keyId: Uint8Array): Uint8Array {
  return extension(OID.authorityKeyIdentifier, false, sequence(der(CONTEXT, keyId)));
}

function rsaInfo(modulus: Uint8Array, ...more: readonly Uint8Array[]): Uint8Array {
  const key = sequence(unsignedInteger(modulus), unsignedInteger(Uint8Array.of(1, 0, 1)), ...more);
  return sequence(sequence(oid(OID.rsaEncryption), der(TAG.null)), der(TAG.bitString, Uint8Array.of(0), key));
}
