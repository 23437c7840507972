/** Keys that signatures are verified with, out of certificates, PEM and JSON Web Keys. Uses node:crypto. */
import { err, ok, type Result } from '../../../kernel/result.ts';
import { parseJson } from '../values/json.ts';
import { isArray, isPlainObject, type PlainObject, type RegoValue } from '../values/value.ts';
import { decodeBase64Url } from './base64.ts';
import { createPublicKey, X509Certificate, type JsonWebKey, type KeyObject } from './node-crypto.ts';
import { decodePem } from './pem.ts';

export type VerificationKey = {
  /** Empty where nothing says which algorithm the key is for. */
  readonly algorithm: string;
  readonly keyId: string;
  readonly key:
    | { readonly kind: 'public' | 'private'; readonly object: KeyObject }
    | { readonly kind: 'secret'; readonly bytes: Uint8Array };
};

/** RFC 7518 §3.1, and RFC 8037. */
export const JWS_ALGORITHMS: ReadonlySet<string> = new Set(
  ['RS', 'PS', 'ES', 'HS'].flatMap((family) => ['256', '384', '512'].map((bits) => family + bits)).concat('EdDSA'),
);

/** What else a key may be for (RFC 7518 §4.1, RFC 8812): a key with an `alg` of none of these is refused. */
const OTHER_ALGORITHMS: ReadonlySet<string> = new Set([
  'A128GCMKW',
  'A128KW',
  'A192GCMKW',
  'A192KW',
  'A256GCMKW',
  'A256KW',
  'dir',
  'ECDH-ES',
  'ECDH-ES+A128KW',
  'ECDH-ES+A192KW',
  'ECDH-ES+A256KW',
  'Ed25519',
  'ES256K',
  'none',
  'PBES2-HS256+A128KW',
  'PBES2-HS384+A192KW',
  'PBES2-HS512+A256KW',
  'RSA-OAEP',
  'RSA-OAEP-256',
  'RSA-OAEP-384',
  'RSA-OAEP-512',
  'RSA1_5',
]);

/** All keys of the text, or what is wrong with it. Keys for algorithms that are not known are left out. */
export function parseVerificationKeys(text: string): Result<readonly VerificationKey[], string> {
  const block = decodePem(text);
  if (block === undefined) {
    const keys = parseJwks(text);
    if (!keys.ok) return err(`failed to parse a JWK key (set): ${keys.problem}`);
    const known = keys.value.filter(({ algorithm }) => algorithm === '' || JWS_ALGORITHMS.has(algorithm));
    return ok(known);
  }
  if (block.rest !== '') return err('extra data after a PEM certificate block');
  if (block.label === 'CERTIFICATE') {
    return named('failed to parse a PEM certificate', () => new X509Certificate(block.bytes).publicKey);
  }
  if (block.label === 'PUBLIC KEY') {
    const options = { key: Buffer.from(block.bytes), format: 'der', type: 'spki' } as const;
    return named('failed to parse a PEM public key', () => createPublicKey(options));
  }
  return err('failed to extract a Key from the PEM certificate');
}

/** Only OpenSSL knows what it takes, and it throws. */
function named(what: string, make: () => KeyObject): Result<readonly VerificationKey[], string> {
  try {
    return ok([{ algorithm: '', keyId: '', key: { kind: 'public', object: make() } }]);
  } catch (error) {
    return err(`${what}: ${(error as Error).message}`);
  }
}

/** One key, or the members of `keys` (RFC 7517 §5). */
export function parseJwks(text: string): Result<readonly VerificationKey[], string> {
  const json = parseJson(text);
  if (!json.ok) return json;
  if (!isPlainObject(json.value)) return err('a JSON Web Key is an object');
  const { value } = json;
  const keys = member(value, 'keys');
  if (keys === undefined) return parseAll([value]);
  return isArray(keys) ? parseAll(keys) : err('`keys` is an array');
}

function parseAll(values: readonly RegoValue[]): Result<readonly VerificationKey[], string> {
  const keys: VerificationKey[] = [];
  for (const value of values) {
    if (!isPlainObject(value)) return err('a JSON Web Key is an object');
    const key = parseJwk(value);
    if (!key.ok) return key;
    const wrong = wrongMember(value);
    if (wrong !== undefined) return err(`failed to decode value for key ${wrong}`);
    keys.push({ algorithm: textOf(value, 'alg'), keyId: textOf(value, 'kid'), key: key.value });
  }
  return ok(keys);
}

function member(object: PlainObject, name: string): RegoValue | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

function textOf(object: PlainObject, name: string): string {
  const value = member(object, name);
  return typeof value === 'string' ? value : '';
}

function wrongMember(jwk: PlainObject): string | undefined {
  const [algorithm = '', keyId = ''] = [member(jwk, 'alg'), member(jwk, 'kid')];
  if (typeof keyId !== 'string') return 'kid';
  const isKnown = typeof algorithm === 'string' && (JWS_ALGORITHMS.has(algorithm) || OTHER_ALGORITHMS.has(algorithm));
  return isKnown || algorithm === '' ? undefined : 'alg';
}

function parseJwk(jwk: PlainObject): Result<VerificationKey['key'], string> {
  const type = textOf(jwk, 'kty');
  if (type === 'oct') return parseSecret(jwk);
  if (type !== 'RSA' && type !== 'EC' && type !== 'OKP') return err(`invalid key type from JSON (${type})`);
  try {
    const object = createPublicKey({ key: jwk as unknown as JsonWebKey, format: 'jwk' });
    return ok({ kind: member(jwk, 'd') === undefined ? 'public' : 'private', object });
  } catch (error) {
    return err((error as Error).message);
  }
}

function parseSecret(jwk: PlainObject): Result<VerificationKey['key'], string> {
  const bytes = decodeBase64Url(textOf(jwk, 'k'));
  if (typeof bytes === 'string') return err(bytes);
  return bytes.length === 0 ? err('jwk.SymmetricKey: missing "k" field') : ok({ kind: 'secret', bytes });
}
