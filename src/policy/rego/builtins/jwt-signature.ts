/** Signatures of JSON Web Tokens (RFC 7518, RFC 8037), made and verified. Uses node:crypto. */
import { err, ok, type Result } from '../../../kernel/result.ts';
import { parseJson } from '../values/json.ts';
import { isArray, isPlainObject, type PlainObject, type RegoValue } from '../values/value.ts';
import {
  constants,
  createHmac,
  createPrivateKey,
  sign,
  timingSafeEqual,
  verify,
  type KeyObject,
} from './node-crypto.ts';
import { JWS_ALGORITHMS, parseJwks, type VerificationKey } from './verification-key.ts';

export type HashName = 'sha256' | 'sha384' | 'sha512';

export type SignatureScheme = { readonly kind: 'hmac'; readonly hash: HashName } | KeyPairScheme;

type KeyPairScheme =
  | { readonly kind: 'rsa' | 'ecdsa'; readonly hash: HashName }
  /** `anySalt`: not only one as long as the hash (RFC 7518 §3.5), as OPA's `verify_ps256` and its siblings take it. */
  | { readonly kind: 'pss'; readonly hash: HashName; readonly anySalt: boolean }
  | { readonly kind: 'eddsa' };

/** Shorter RSA keys verify nothing, as in Go. */
const MIN_RSA_BITS = 1024;

const KINDS = { HS: 'hmac', RS: 'rsa', PS: 'pss', ES: 'ecdsa' } as const;

/** Undefined: not an algorithm of RFC 7518 or 8037 that OPA knows; `none` above all. */
export function schemeOf(algorithm: string): SignatureScheme | undefined {
  if (!JWS_ALGORITHMS.has(algorithm)) return undefined;
  if (algorithm === 'EdDSA') return { kind: 'eddsa' };
  const kind = KINDS[algorithm.slice(0, 2) as keyof typeof KINDS];
  const hash = `sha${algorithm.slice(2)}` as HashName;
  return kind === 'pss' ? { kind, hash, anySalt: false } : { kind, hash };
}

export function verifyHmac(hash: HashName, secret: Uint8Array | string, text: string, signature: Uint8Array): boolean {
  const expected = createHmac(hash, secret).update(text).digest();
  return expected.length === signature.length && timingSafeEqual(expected, signature);
}

/** Whether the key is of the scheme's kind, and the signature is its over the text. */
export function verifySignature(
  scheme: SignatureScheme,
  { key }: VerificationKey,
  text: string,
  signature: Uint8Array,
): boolean {
  if (key.kind === 'secret') return scheme.kind === 'hmac' && verifyHmac(scheme.hash, key.bytes, text, signature);
  const { object } = key;
  const data = Buffer.from(text);
  switch (scheme.kind) {
    case 'hmac':
      return false;
    case 'rsa':
      return isRsa(object) && verify(scheme.hash, data, object, signature);
    case 'pss': {
      const saltLength = scheme.anySalt ? constants.RSA_PSS_SALTLEN_AUTO : constants.RSA_PSS_SALTLEN_DIGEST;
      const padding = constants.RSA_PKCS1_PSS_PADDING;
      return isRsa(object) && verify(scheme.hash, data, { key: object, padding, saltLength }, signature);
    }
    case 'ecdsa':
      return (
        object.asymmetricKeyType === 'ec' &&
        verify(scheme.hash, data, { key: object, dsaEncoding: 'ieee-p1363' }, signature)
      );
    case 'eddsa':
      return object.asymmetricKeyType === 'ed25519' && verify(null, data, object, signature);
  }
}

function isRsa(key: KeyObject): boolean {
  return key.asymmetricKeyType === 'rsa' && (key.asymmetricKeyDetails?.modulusLength ?? 0) >= MIN_RSA_BITS;
}

/** The first key of a JSON Web Key or set, as one that signs. */
export type SigningKey =
  | { readonly kind: 'secret'; readonly bytes: Uint8Array }
  | { readonly kind: 'public' }
  | { readonly kind: 'private'; readonly object: KeyObject };

export function parseSigningKey(text: string): Result<SigningKey, string> {
  const keys = parseJwks(text);
  if (!keys.ok) return err(`jwk.Parse: ${keys.problem}`);
  const [first] = keys.value;
  if (first === undefined) return err('no keys found in JWK set');
  if (first.key.kind !== 'private') return ok(first.key);
  try {
    return ok({ kind: 'private', object: createPrivateKey({ key: firstJwk(text), format: 'jwk' }) });
  } catch (error) {
    return err(`jwk.Parse: ${(error as Error).message}`);
  }
}

/** Of a text that `parseJwks` has taken. */
function firstJwk(text: string): PlainObject {
  const json = parseJson(text);
  const value: RegoValue = json.ok ? json.value : null;
  const jwk = isPlainObject(value) ? value : {};
  const { keys } = jwk as { readonly keys?: RegoValue };
  const [first] = Object.hasOwn(jwk, 'keys') && isArray(keys ?? null) ? (keys as readonly RegoValue[]) : [jwk];
  return first as PlainObject;
}

export function signText(scheme: SignatureScheme, key: SigningKey, text: string): Result<Uint8Array, string> {
  if (scheme.kind === 'hmac') {
    if (key.kind !== 'secret') return wrongKey('[]byte');
    return ok(createHmac(scheme.hash, key.bytes).update(text).digest());
  }
  const wanted = { rsa: 'rsa', pss: 'rsa', ecdsa: 'ec', eddsa: 'ed25519' }[scheme.kind];
  if (key.kind !== 'private' || key.object.asymmetricKeyType !== wanted) {
    return wrongKey({ rsa: '*rsa.PrivateKey', ec: '*ecdsa.PrivateKey', ed25519: 'ed25519.PrivateKey' }[wanted] ?? '');
  }
  return ok(signWith(scheme, key.object, Buffer.from(text)));
}

function signWith(scheme: KeyPairScheme, key: KeyObject, data: Buffer): Uint8Array {
  switch (scheme.kind) {
    case 'rsa':
      return sign(scheme.hash, data, key);
    case 'pss': {
      const padding = constants.RSA_PKCS1_PSS_PADDING;
      return sign(scheme.hash, data, { key, padding, saltLength: constants.RSA_PSS_SALTLEN_DIGEST });
    }
    case 'ecdsa':
      return sign(scheme.hash, data, { key, dsaEncoding: 'ieee-p1363' });
    case 'eddsa':
      return sign(null, data, key);
  }
}

function wrongKey(wanted: string): Result<Uint8Array, string> {
  return err(`jwsbb.Sign: invalid key type. ${wanted} is required`);
}
