/** An authority's private key with its certificate: made, written as one PEM text, and read back with every check. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

import type { Problem } from '../kernel/problem.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { idOfTrustDomain } from '../kernel/spiffe-id.ts';
import type { TrustDomain } from '../kernel/trust-domain.ts';
import { bitString, sequence } from './der.ts';
import { parsePem, toPem } from './pem.ts';
import { encodePublicKeyInfo } from './public-key-info.ts';
import { whyNotSigner } from './svid-rules.ts';
import { type Certificate, parseCertificate, sameBytes } from './x509-certificate.ts';
import { isSignedBy } from './x509-signature.ts';
import { ECDSA_WITH_SHA256, encodeAuthority, type Validity } from './x509-template.ts';

export type AuthorityKey = {
  /** The self-signed certificate, DER. */
  readonly bytes: Uint8Array;
  readonly certificate: Certificate;
  readonly privateKey: KeyObject;
};

export type Random = (bytes: number) => Uint8Array;

/** 128 bits of which the two highest are 01: positive, never shorter, and 126 bits of chance (RFC 5280 §4.1.2.2). */
export function makeSerial(random: Random): Uint8Array {
  const serial = Uint8Array.from(random(16));
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
  return serial;
}

/** A new P-256 key with a self-signed certificate of the trust domain. */
export function makeAuthorityKey(trustDomain: TrustDomain, validity: Validity, random: Random): AuthorityKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const publicKeyInfo = encodePublicKeyInfo(publicKey);
  const tbs = encodeAuthority({ ...validity, trustDomain, serial: makeSerial(random), publicKeyInfo });
  const bytes = signTbs(tbs, privateKey);
  const certificate = parseCertificate(bytes);
  if (!certificate.ok) throw new Error(`the authority's own certificate is malformed: ${certificate.problem.message}`);
  return { bytes, certificate: certificate.value, privateKey };
}

/** The whole certificate: what is signed, the algorithm, and the signature by this P-256 key. */
export function signTbs(tbs: Uint8Array, key: KeyObject): Uint8Array {
  return sequence(tbs, ECDSA_WITH_SHA256, bitString(sign('sha256', tbs, key)));
}

/** The key as PKCS#8, then the certificate: in one file, so that no crash can leave one without the other. */
export function authorityToPem({ bytes, privateKey }: AuthorityKey): string {
  return toPem('PRIVATE KEY', privateKey.export({ type: 'pkcs8', format: 'der' })) + toPem('CERTIFICATE', bytes);
}

/** Reads `authorityToPem` back. Codes: `authority/damaged`, `authority/key-mismatch`, `authority/other-trust-domain`. */
export function parseAuthority(pem: string, path: string, trustDomain: TrustDomain): Result<AuthorityKey> {
  const [keyBlock, certificateBlock, ...more] = parsePem(pem) ?? [];
  if (keyBlock?.label !== 'PRIVATE KEY' || certificateBlock?.label !== 'CERTIFICATE' || more.length > 0) {
    return err(damaged(path, 'it is not one private key followed by one certificate'));
  }
  const privateKey = privateKeyOf(keyBlock.bytes);
  if (privateKey === undefined) return err(damaged(path, 'its private key is not an ECDSA key on P-256'));
  const certificate = parseCertificate(certificateBlock.bytes);
  if (!certificate.ok) return err(damaged(path, certificate.problem.message));
  const problem = problemOfCertificate(certificate.value, privateKey, path, trustDomain);
  return problem === undefined
    ? ok({ bytes: certificateBlock.bytes, certificate: certificate.value, privateKey })
    : err(problem);
}

function problemOfCertificate(
  certificate: Certificate,
  privateKey: KeyObject,
  path: string,
  trustDomain: TrustDomain,
): Problem | undefined {
  const [uri] = certificate.extensions.uris;
  const wanted = idOfTrustDomain(trustDomain);
  if (uri !== wanted) {
    return {
      code: 'authority/other-trust-domain',
      message: `\`${path}\` is the authority of \`${uri ?? 'no trust domain'}\`, not of \`${wanted}\``,
      hint: 'start with the trust domain that the directory was made for, or with another directory',
    };
  }
  const publicKey = createPublicKey(privateKey);
  if (!sameBytes(encodePublicKeyInfo(publicKey), certificate.publicKeyInfo)) {
    return {
      code: 'authority/key-mismatch',
      message: `the private key and the certificate in \`${path}\` do not belong together`,
      hint: 'the file was edited; restore it from a backup',
    };
  }
  if (!isSignedBy(certificate, publicKey)) return damaged(path, 'its certificate is not signed by its key');
  const why = whyNotSigner(certificate, trustDomain);
  return why === undefined ? undefined : damaged(path, `its certificate cannot sign: ${why}`);
}

/** Undefined unless it is PKCS#8 of a P-256 key: no other is ever written. The error of the parser is not passed on. */
function privateKeyOf(bytes: Uint8Array): KeyObject | undefined {
  try {
    const key = createPrivateKey({ key: Buffer.from(bytes), format: 'der', type: 'pkcs8' });
    return key.asymmetricKeyDetails?.namedCurve === 'prime256v1' ? key : undefined;
  } catch {
    return undefined;
  }
}

function damaged(path: string, why: string): Problem {
  return {
    code: 'authority/damaged',
    message: `the authority in \`${path}\` cannot be used: ${why}`,
    hint: 'restore it from a backup, or move it away to begin a new authority, which every verifier must then learn',
  };
}
