/** `io.jwt.*`: JSON Web Tokens decoded, verified and signed. Signatures go through node:crypto. */
import { getOfObject } from '../values/access.ts';
import { formatJson, parseJson } from '../values/json.ts';
import { isObject, isPlainObject, typeOf, type RegoValue } from '../values/value.ts';
import { encodeBase64 } from './base64.ts';
import { BuiltinError, type Builtin, type BuiltinContext, type BuiltinOutcome } from './builtin.ts';
import {
  parseSigningKey,
  schemeOf,
  signText,
  verifyHmac,
  type HashName,
  type SignatureScheme,
} from './jwt-signature.ts';
import {
  decodeHeader,
  parsePayload,
  payloadText,
  readHeader,
  signatureOf,
  signedText,
  splitToken,
} from './jwt-token.ts';
import { decodeVerify, keysOf, verifyWithKeys } from './jwt-verify.ts';
import { operandTypeError } from './operand-error.ts';
import { ANY_OBJECT, type RegoType } from './rego-type.ts';
import type { VerificationKey } from './verification-key.ts';

/** `[header, payload, signature]` without any verification; of a token within a token, the inner one's. */
function decode(_: BuiltinContext, value: RegoValue): BuiltinOutcome {
  for (let inner = value; ;) {
    const token = splitToken(inner);
    if (token instanceof BuiltinError) return token;
    const header = decodeHeader(token);
    if (header instanceof BuiltinError) return header;
    const text = payloadText(token);
    if (text instanceof BuiltinError) return text;
    if (getOfObject(header, 'cty') === 'JWT') {
      // Some put the inner token in quotes.
      inner = text.replaceAll(/^["']+|["']+$/gu, '');
      continue;
    }
    const payload = parsePayload(text);
    if (payload instanceof BuiltinError) return payload;
    const signature = signatureOf(token);
    if (signature instanceof BuiltinError) {
      return new BuiltinError(`JWT signature had invalid encoding: ${signature.message}`);
    }
    return [header, payload, hexOf(signature)];
  }
}

function hexOf(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text;
}

function verifyByKey(scheme: SignatureScheme): Builtin['call'] {
  return (context, value, certificate) => {
    const token = splitToken(value);
    if (token instanceof BuiltinError) return token;
    if (typeof certificate !== 'string') return operandTypeError(2, certificate, 'string');
    const keys = keysOf(context, certificate);
    if (keys instanceof BuiltinError) return keys;
    const signature = signatureOf(token);
    if (signature instanceof BuiltinError) return signature;
    const object = decodeHeader(token);
    if (object instanceof BuiltinError) return object;
    const header = readHeader(object);
    if (header instanceof BuiltinError) return header;
    const usable = keys.some(isPrivate) ? keys.map((key) => (isPrivate(key) ? { ...key, key: NO_KEY } : key)) : keys;
    return verifyWithKeys(usable, scheme, header, signedText(token), signature);
  };
}

/** What no scheme but HMAC verifies with: these functions take public keys alone. */
const NO_KEY: VerificationKey['key'] = { kind: 'secret', bytes: new Uint8Array() };

function isPrivate({ key }: VerificationKey): boolean {
  return key.kind === 'private';
}

function verifyBySecret(hash: HashName): Builtin['call'] {
  return (_, value, secret) => {
    if (typeof value !== 'string') return operandTypeError(1, value, 'string');
    if (typeof secret !== 'string') return operandTypeError(2, secret, 'string');
    const token = splitToken(value);
    if (token instanceof BuiltinError) return token;
    const signature = signatureOf(token);
    return signature instanceof BuiltinError ? signature : verifyHmac(hash, secret, signedText(token), signature);
  };
}

function encodeSign(context: BuiltinContext, headers: RegoValue, payload: RegoValue, key: RegoValue): BuiltinOutcome {
  return signOnce(context, formatJson(headers), formatJson(payload), formatJson(key));
}

function encodeSignRaw(
  context: BuiltinContext,
  headers: RegoValue,
  payload: RegoValue,
  key: RegoValue,
): BuiltinOutcome {
  if (typeof key !== 'string') return operandTypeError(3, key, 'string');
  if (typeof headers !== 'string') return operandTypeError(1, headers, 'string');
  if (typeof payload !== 'string') return operandTypeError(2, payload, 'string');
  return signOnce(context, headers, payload, key);
}

/**
 * Some schemes draw a random number for each signature. A query signs the same thing once: when it is begun again after a
 * request that carried the token, it makes the same request.
 */
function signOnce({ memo }: BuiltinContext, headers: string, payload: string, jwk: string): BuiltinOutcome {
  const name = `io.jwt.encode_sign ${JSON.stringify([headers, payload, jwk])}`;
  const known = memo.get(name);
  if (known !== undefined) return known;
  const token = signToken(headers, payload, jwk);
  if (typeof token === 'string') memo.set(name, token);
  return token;
}

/** What OPA's reader of headers takes for a number. */
const NUMBER_LIKE = /^[-+.eE0-9]+$/u;

function signToken(headers: string, payload: string, jwk: string): BuiltinOutcome {
  const key = parseSigningKey(jwk);
  if (!key.ok) return new BuiltinError(key.problem);
  const json = parseJson(NUMBER_LIKE.test(headers) ? '0' : headers);
  if (!json.ok) {
    const problem = headers === '' ? 'cannot parse empty string; unparsed tail: ""' : json.problem;
    return new BuiltinError(`missing or invalid 'alg' header: cannot parse JSON: ${problem}`);
  }
  const algorithm = isPlainObject(json.value) ? getOfObject(json.value, 'alg') : undefined;
  if (typeof algorithm !== 'string') return new BuiltinError(`missing or invalid 'alg' header: ${notText(algorithm)}`);
  const scheme = schemeOf(algorithm);
  if (scheme === undefined) return new BuiltinError(`unknown JWS algorithm: ${algorithm}`);
  const type = isObject(json.value) ? getOfObject(json.value, 'typ') : undefined;
  if ((typeof type !== 'string' || type === 'JWT') && !parseJson(payload).ok) {
    return new BuiltinError('type is JWT but payload is not JSON');
  }
  const text = `${encodeText(headers)}.${encodeText(payload)}`;
  const signature = signText(scheme, key.value, text);
  return signature.ok ? `${text}.${encodeBase64(signature.value, 'url', false)}` : new BuiltinError(signature.problem);
}

function notText(algorithm: RegoValue | undefined): string {
  if (algorithm === undefined) return 'jwsbb: header "alg" not found';
  return `value doesn't contain string; it contains ${typeOf(algorithm)}`;
}

function encodeText(text: string): string {
  return encodeBase64(new TextEncoder().encode(text), 'url', false);
}

function verifier(name: string, call: Builtin['call']): Builtin {
  return { name: `io.jwt.verify_${name}`, parameters: ['string', 'string'], result: 'boolean', call };
}

const HASHES = ['sha256', 'sha384', 'sha512'] as const;
const NAMED: RegoType = { object: { keys: 'string', values: 'any' } };

export const JWT_BUILTINS: readonly Builtin[] = [
  {
    name: 'io.jwt.decode',
    parameters: ['string'],
    result: { tuple: [ANY_OBJECT, ANY_OBJECT, 'string'] },
    call: decode,
  },
  {
    name: 'io.jwt.decode_verify',
    parameters: ['string', NAMED],
    result: { tuple: ['boolean', ANY_OBJECT, ANY_OBJECT] },
    nondeterministic: true,
    call: decodeVerify,
  },
  {
    name: 'io.jwt.encode_sign',
    parameters: [NAMED, NAMED, NAMED],
    result: 'string',
    nondeterministic: true,
    call: encodeSign,
  },
  {
    name: 'io.jwt.encode_sign_raw',
    parameters: ['string', 'string', 'string'],
    result: 'string',
    nondeterministic: true,
    call: encodeSignRaw,
  },
  ...HASHES.flatMap((hash) => [
    verifier(hash.replace('sha', 'hs'), verifyBySecret(hash)),
    verifier(hash.replace('sha', 'rs'), verifyByKey({ kind: 'rsa', hash })),
    verifier(hash.replace('sha', 'ps'), verifyByKey({ kind: 'pss', hash, anySalt: true })),
    verifier(hash.replace('sha', 'es'), verifyByKey({ kind: 'ecdsa', hash })),
  ]),
  verifier('eddsa', verifyByKey({ kind: 'eddsa' })),
];
