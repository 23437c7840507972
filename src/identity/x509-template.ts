/** What a certificate of ours says before it is signed: the templates of a leaf and of an authority. */
import { hash } from 'node:crypto';

import { idOfTrustDomain, type SpiffeId } from '../kernel/spiffe-id.ts';
import type { TrustDomain } from '../kernel/trust-domain.ts';
import { CONSTRUCTED, CONTEXT, der, namedBits, oid, sequence, TAG, text, time, TRUE, unsignedInteger } from './der.ts';
import { GENERAL_NAME, KEY_USAGE, OID } from './x509-names.ts';

export type Validity = { readonly notBefore: number; readonly notAfter: number };

export type LeafTemplate = Validity & {
  readonly id: SpiffeId;
  readonly serial: Uint8Array;
  /** SubjectPublicKeyInfo. */
  readonly publicKeyInfo: Uint8Array;
  readonly dnsNames: readonly string[];
  /** Of the authority: its subject, whole, and its subject key identifier. */
  readonly issuer: Uint8Array;
  readonly issuerKeyId: Uint8Array;
};

export type AuthorityTemplate = Validity & {
  readonly trustDomain: TrustDomain;
  readonly serial: Uint8Array;
  readonly publicKeyInfo: Uint8Array;
};

const VERSION_3 = der(CONTEXT | CONSTRUCTED, der(TAG.integer, Uint8Array.of(2)));

/** The AlgorithmIdentifier of every signature of ours (RFC 5758 §3.2: no parameters). */
export const ECDSA_WITH_SHA256: Uint8Array = sequence(oid(OID.ecdsaWithSha256));

/** Encoded once: these three stand in every certificate with a value of its own. */
const SUBJECT_KEY_ID = oid(OID.subjectKeyIdentifier);
const AUTHORITY_KEY_ID = oid(OID.authorityKeyIdentifier);
const ALT_NAME = oid(OID.subjectAltName);

const NO_NAME = sequence();
const LEAF_CONSTRAINTS = extension(oid(OID.basicConstraints), true, sequence());
const LEAF_USAGE = extension(oid(OID.keyUsage), true, namedBits(KEY_USAGE.digitalSignature));
const LEAF_PURPOSES = extension(oid(OID.extKeyUsage), false, sequence(oid(OID.serverAuth), oid(OID.clientAuth)));
/** The path length of 0 says that an authority of ours signs leaves only. */
const AUTHORITY_CONSTRAINTS = extension(
  oid(OID.basicConstraints),
  true,
  sequence(TRUE, unsignedInteger(Uint8Array.of(0))),
);
const AUTHORITY_USAGE = extension(oid(OID.keyUsage), true, namedBits(KEY_USAGE.keyCertSign, KEY_USAGE.crlSign));

/**
 * The part of an X.509-SVID that is signed (X509-SVID §4). The subject is empty and the names critical, so that the
 * identity is written in one place only; the key usage is digitalSignature alone, which is all that TLS 1.3 needs.
 */
export function encodeLeaf(template: LeafTemplate): Uint8Array {
  const { dnsNames, id, issuer, issuerKeyId, publicKeyInfo, serial } = template;
  const uri = text(CONTEXT | GENERAL_NAME.uri, id);
  const names = sequence(uri, ...dnsNames.map((name) => text(CONTEXT | GENERAL_NAME.dns, name)));
  return encodeTbs(serial, issuer, template, NO_NAME, publicKeyInfo, [
    LEAF_USAGE,
    LEAF_PURPOSES,
    LEAF_CONSTRAINTS,
    subjectKeyId(keyIdOf(publicKeyInfo)),
    authorityKeyId(issuerKeyId),
    extension(ALT_NAME, true, names),
  ]);
}

/** The part of a self-signed signing certificate that is signed (X509-SVID §3.2). */
export function encodeAuthority(template: AuthorityTemplate): Uint8Array {
  const { publicKeyInfo, serial, trustDomain } = template;
  // The serial number makes each authority's name its own: verifiers then try one key and not each key of the bundle.
  const subject = sequence(
    attribute(OID.organization, TAG.utf8String, 'Countersign'),
    attribute(OID.serialNumber, TAG.printableString, Buffer.from(serial).toString('hex')),
  );
  const keyId = keyIdOf(publicKeyInfo);
  return encodeTbs(serial, subject, template, subject, publicKeyInfo, [
    AUTHORITY_USAGE,
    AUTHORITY_CONSTRAINTS,
    subjectKeyId(keyId),
    authorityKeyId(keyId),
    extension(ALT_NAME, false, sequence(text(CONTEXT | GENERAL_NAME.uri, idOfTrustDomain(trustDomain)))),
  ]);
}

/** RFC 7093 §2, method 4, cut to the 160 bits that verifiers are used to; they compare it and never compute it. */
function keyIdOf(publicKeyInfo: Uint8Array): Uint8Array {
  return hash('sha256', publicKeyInfo, 'buffer').subarray(0, 20);
}

function encodeTbs(
  serial: Uint8Array,
  issuer: Uint8Array,
  validity: Validity,
  subject: Uint8Array,
  publicKeyInfo: Uint8Array,
  extensions: readonly Uint8Array[],
): Uint8Array {
  return sequence(
    VERSION_3,
    unsignedInteger(serial),
    ECDSA_WITH_SHA256,
    issuer,
    sequence(time(validity.notBefore), time(validity.notAfter)),
    subject,
    publicKeyInfo,
    der(CONTEXT | CONSTRUCTED | 3, sequence(...extensions)),
  );
}

function extension(id: Uint8Array, critical: boolean, value: Uint8Array): Uint8Array {
  const octets = der(TAG.octetString, value);
  return critical ? sequence(id, TRUE, octets) : sequence(id, octets);
}

function attribute(id: string, tag: number, value: string): Uint8Array {
  return der(TAG.set, sequence(oid(id), text(tag, value)));
}

function subjectKeyId(keyId: Uint8Array): Uint8Array {
  return extension(SUBJECT_KEY_ID, false, der(TAG.octetString, keyId));
}

function authorityKeyId(keyId: Uint8Array): Uint8Array {
  return extension(AUTHORITY_KEY_ID, false, sequence(der(CONTEXT, keyId)));
}
