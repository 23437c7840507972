/** A public key as a certificate holds it (SubjectPublicKeyInfo, RFC 5280 §4.1.2.7), and back. */
import { createPublicKey, type KeyObject } from 'node:crypto';

import { bitString, oid, sequence } from './der.ts';
import { OID } from './x509-names.ts';

const P256_ALGORITHM = sequence(oid(OID.ecPublicKey), oid(OID.p256));
/** RFC 5480 §2.2: the first byte of a point that is not compressed. */
const UNCOMPRESSED = Uint8Array.of(4);

/**
 * For P-256, the key that every workload of ours has, the coordinates are put together here: OpenSSL's own encoder
 * costs more than the signature of the certificate.
 * @throws TypeError for a private key, which must not come near a certificate: a bug of the caller.
 */
export function encodePublicKeyInfo(key: KeyObject): Uint8Array {
  if (key.type !== 'public') throw new TypeError(`a certificate holds a public key, not a ${key.type} one`);
  if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') return key.export({ type: 'spki', format: 'der' });
  const { x = '', y = '' } = key.export({ format: 'jwk' });
  const point = Buffer.concat([UNCOMPRESSED, Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
  return sequence(P256_ALGORITHM, bitString(point));
}

/** Undefined when the key cannot be used, as with a point that is not on its curve. */
export function publicKeyOf(publicKeyInfo: Uint8Array): KeyObject | undefined {
  try {
    return createPublicKey({ key: Buffer.from(publicKeyInfo), format: 'der', type: 'spki' });
  } catch {
    return undefined;
  }
}
