/** Private keys in PEM, as OPA shows them: the fields of Go's keys, and JSON Web Keys. Uses node:crypto. */
import { err, ok, type Result } from '../../../kernel/result.ts';
import { integerOf } from '../values/number.ts';
import type { RegoValue } from '../values/value.ts';
import { decodeBase64, decodeBase64Url, encodeBase64 } from './base64.ts';
import { unsignedOf } from './der.ts';
import { createPrivateKey, type JsonWebKey, type KeyObject } from './node-crypto.ts';
import { decodePem } from './pem.ts';

export type PrivateKey = { readonly object: KeyObject; readonly jwk: JsonWebKey };

type KeyForm = 'pkcs1' | 'pkcs8' | 'sec1';

const FORMS: ReadonlyMap<string, KeyForm> = new Map([
  ['RSA PRIVATE KEY', 'pkcs1'],
  ['PRIVATE KEY', 'pkcs8'],
  ['EC PRIVATE KEY', 'sec1'],
]);

const DECODER = new TextDecoder();

/** All keys of the blocks of a text, which may be encoded as base 64; blocks of other kinds are passed over. */
export function parsePrivateKeys(text: string): Result<readonly PrivateKey[], string> {
  const decoded = decodeBase64(text, 'standard');
  let rest = typeof decoded === 'string' ? text : DECODER.decode(decoded);
  const keys: PrivateKey[] = [];
  for (let block = decodePem(rest); block !== undefined; block = decodePem(rest)) {
    ({ rest } = block);
    const form = FORMS.get(block.label);
    if (form === undefined) continue;
    const key = parsePrivateKey(block.bytes, [form]);
    if (key === undefined) return err(`x509: failed to parse private key (${block.label})`);
    keys.push(key);
  }
  return ok(keys);
}

/** In the first of the forms that it has; undefined when it has none of them. */
export function parsePrivateKey(bytes: Uint8Array, forms: readonly KeyForm[]): PrivateKey | undefined {
  for (const type of forms) {
    try {
      const object = createPrivateKey({ key: Buffer.from(bytes), format: 'der', type });
      return { object, jwk: object.export({ format: 'jwk' }) };
    } catch {
      // Only OpenSSL knows what it takes, and it throws.
    }
  }
  return undefined;
}

function bytesOf(text: unknown): Uint8Array {
  const bytes = decodeBase64Url(String(text));
  return typeof bytes === 'string' ? new Uint8Array() : bytes;
}

function integerAt(jwk: JsonWebKey, member: keyof JsonWebKey): RegoValue {
  return integerOf(unsignedOf(bytesOf(jwk[member])));
}

/** As Go's `encoding/json` writes `rsa.PrivateKey`, `ecdsa.PrivateKey` and `ed25519.PrivateKey`. */
export function goKeyJson({ jwk }: PrivateKey): RegoValue {
  if (jwk.kty === 'OKP') {
    // The seed, and the public key after it.
    return encodeBase64(Uint8Array.from([...bytesOf(jwk.d), ...bytesOf(jwk.x)]), 'standard');
  }
  if (jwk.kty === 'EC') {
    return { Curve: {}, D: integerAt(jwk, 'd'), X: integerAt(jwk, 'x'), Y: integerAt(jwk, 'y') };
  }
  return {
    D: integerAt(jwk, 'd'),
    E: integerAt(jwk, 'e'),
    N: integerAt(jwk, 'n'),
    Precomputed: {
      CRTValues: [],
      Dp: integerAt(jwk, 'dp'),
      Dq: integerAt(jwk, 'dq'),
      Qinv: integerAt(jwk, 'qi'),
    },
    Primes: [integerAt(jwk, 'p'), integerAt(jwk, 'q')],
  };
}
