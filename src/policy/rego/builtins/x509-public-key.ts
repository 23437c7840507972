/** The algorithms of X.509: those of signatures and of public keys, by Go's numbers, and public keys themselves. */
import { DerReader, TAG, unsignedOf, type Fault } from './der.ts';

export type SignatureAlgorithm = {
  /** Of Go's `x509.SignatureAlgorithm`; 0 where it is not known. */
  readonly number: number;
  readonly kind: 'rsa' | 'pss' | 'ecdsa' | 'ed25519' | 'weak' | 'unknown';
  readonly hash: 'sha256' | 'sha384' | 'sha512' | undefined;
};

function algorithm(
  number: number,
  kind: SignatureAlgorithm['kind'],
  hash?: SignatureAlgorithm['hash'],
): SignatureAlgorithm {
  return { number, kind, hash };
}

const UNKNOWN = algorithm(0, 'unknown');

const SIGNATURE_ALGORITHMS: ReadonlyMap<string, SignatureAlgorithm> = new Map([
  ['1.2.840.113549.1.1.2', algorithm(1, 'weak')],
  ['1.2.840.113549.1.1.4', algorithm(2, 'weak')],
  ['1.2.840.113549.1.1.5', algorithm(3, 'weak')],
  ['1.3.14.3.2.29', algorithm(3, 'weak')],
  ['1.2.840.113549.1.1.11', algorithm(4, 'rsa', 'sha256')],
  ['1.2.840.113549.1.1.12', algorithm(5, 'rsa', 'sha384')],
  ['1.2.840.113549.1.1.13', algorithm(6, 'rsa', 'sha512')],
  ['1.2.840.10040.4.3', algorithm(7, 'weak')],
  ['2.16.840.1.101.3.4.3.2', algorithm(8, 'weak')],
  ['1.2.840.10045.4.1', algorithm(9, 'weak')],
  ['1.2.840.10045.4.3.2', algorithm(10, 'ecdsa', 'sha256')],
  ['1.2.840.10045.4.3.3', algorithm(11, 'ecdsa', 'sha384')],
  ['1.2.840.10045.4.3.4', algorithm(12, 'ecdsa', 'sha512')],
  ['1.3.101.112', algorithm(16, 'ed25519')],
]);

/** RSASSA-PSS, whose parameters say which hash it uses (RFC 4055 §3.1). */
const PSS = '1.2.840.113549.1.1.10';

/** The parameters of PSS with one hash throughout and a salt as long as it; other parameters are not known. */
const PSS_PARAMETERS: ReadonlyMap<string, SignatureAlgorithm> = new Map([
  ['1:32', algorithm(13, 'pss', 'sha256')],
  ['2:48', algorithm(14, 'pss', 'sha384')],
  ['3:64', algorithm(15, 'pss', 'sha512')],
]);

/** The content of an `AlgorithmIdentifier`. */
export function parseSignatureAlgorithm(content: Uint8Array, fault: Fault): SignatureAlgorithm {
  const reader = new DerReader(content, fault, 'x509: malformed algorithm identifier');
  const id = reader.oid().join('.');
  if (id !== PSS) return SIGNATURE_ALGORITHMS.get(id) ?? UNKNOWN;
  const hex = unsignedOf(content).toString(16);
  // `id-sha256`, `id-sha384` and `id-sha512` differ in their last number alone.
  const hashes = [...hex.matchAll(/060960864801650304020([123])/gu)].map(([, last]) => last);
  const salt = /a203020120|a203020130|a203020140/u.exec(hex)?.[0].slice(-2);
  if (hashes.length !== 2 || hashes[0] !== hashes[1] || salt === undefined) return UNKNOWN;
  return PSS_PARAMETERS.get(`${hashes[0] ?? ''}:${Number.parseInt(salt, 16)}`) ?? UNKNOWN;
}

export type PublicKey =
  | { readonly kind: 'rsa'; readonly modulus: bigint; readonly exponent: bigint }
  | { readonly kind: 'ec'; readonly x: bigint; readonly y: bigint }
  | { readonly kind: 'ed25519'; readonly bytes: Uint8Array }
  /** `number`: of Go's `x509.PublicKeyAlgorithm`. */
  | { readonly kind: 'other'; readonly number: number };

const KEY_ALGORITHMS: ReadonlyMap<string, 'rsa' | 'ec' | 'ed25519'> = new Map([
  ['1.2.840.113549.1.1.1', 'rsa'],
  ['1.2.840.10045.2.1', 'ec'],
  ['1.3.101.112', 'ed25519'],
]);

const DSA = '1.2.840.10040.4.1';

/** The curves of FIPS 186-4, `y² = x³ - 3x + b` modulo a prime; points are written in two coordinates of `size` bytes. */
type Curve = { readonly prime: bigint; readonly b: bigint; readonly size: number };

const CURVES: ReadonlyMap<string, Curve> = new Map([
  [
    '1.3.132.0.33',
    {
      prime: 2n ** 224n - 2n ** 96n + 1n,
      b: 0xb4050a850c04b3abf54132565044b0b7d7bfd8ba270b39432355ffb4n,
      size: 28,
    },
  ],
  [
    '1.2.840.10045.3.1.7',
    {
      prime: 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n,
      b: 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
      size: 32,
    },
  ],
  [
    '1.3.132.0.34',
    {
      prime: 2n ** 384n - 2n ** 128n - 2n ** 96n + 2n ** 32n - 1n,
      b: 0xb3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aefn,
      size: 48,
    },
  ],
  [
    '1.3.132.0.35',
    {
      prime: 2n ** 521n - 1n,
      b: 0x51953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00n,
      size: 66,
    },
  ],
]);

function isOnCurve({ prime, b }: Curve, x: bigint, y: bigint): boolean {
  return x < prime && y < prime && (y * y - (x * x * x - 3n * x + b)) % prime === 0n;
}

/** The tag of a value that is none. */
const NULL = 0x05;

export const KEY_NUMBERS = { rsa: 1, ec: 3, ed25519: 4 } as const;

/** Of a whole `SubjectPublicKeyInfo`. */
export function parsePublicKey(whole: Uint8Array, fault: Fault): PublicKey {
  const info = new DerReader(whole, fault, 'x509: malformed spki').enter(TAG.sequence);
  const algorithmOfKey = info.enter(TAG.sequence, 'x509: malformed public key algorithm identifier');
  const id = algorithmOfKey.oid().join('.');
  const { bytes } = info.bitString();
  const kind = KEY_ALGORITHMS.get(id);
  switch (kind) {
    case undefined:
      return { kind: 'other', number: id === DSA ? 2 : 0 };
    case 'rsa': {
      if (algorithmOfKey.tag !== NULL) fault.report('x509: RSA key missing NULL parameters');
      const parts = new DerReader(bytes, fault, 'x509: invalid RSA public key').enter(TAG.sequence);
      const [modulus, exponent] = [parts.integer(), parts.integer()];
      if (modulus <= 0n) fault.report('x509: RSA modulus is not a positive number');
      if (exponent <= 0n) fault.report('x509: RSA public exponent is not a positive number');
      return { kind, modulus, exponent };
    }
    case 'ec': {
      const curve = CURVES.get(algorithmOfKey.oid().join('.'));
      if (curve === undefined) fault.report('x509: unsupported elliptic curve');
      const size = curve?.size ?? 0;
      const [x, y] = [unsignedOf(bytes.subarray(1, 1 + size)), unsignedOf(bytes.subarray(1 + size))];
      if (curve === undefined || bytes.length !== 1 + 2 * size || bytes[0] !== 4 || !isOnCurve(curve, x, y)) {
        fault.report('x509: failed to unmarshal elliptic curve point');
      }
      return { kind, x, y };
    }
    case 'ed25519':
      if (algorithmOfKey.tag !== 0) fault.report('x509: Ed25519 key encoded with illegal parameters');
      if (bytes.length !== 32) fault.report('x509: wrong Ed25519 public key size');
      return { kind, bytes };
  }
}
