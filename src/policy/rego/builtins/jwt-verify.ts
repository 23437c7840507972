/** `io.jwt.decode_verify`: a token whose signature and claims are to hold (RFC 7519 §7.2). */
import { entriesOf, getOfObject } from '../values/access.ts';
import { compareNumbers } from '../values/number.ts';
import { isArray, isNumber, isObject, type PlainObject, type RegoNumber, type RegoValue } from '../values/value.ts';
import { BuiltinError, type BuiltinContext, type BuiltinOutcome } from './builtin.ts';
import { schemeOf, verifyHmac, verifySignature, type SignatureScheme } from './jwt-signature.ts';
import {
  decodeHeader,
  parsePayload,
  payloadText,
  readHeader,
  signatureOf,
  signedText,
  splitToken,
  type TokenHeader,
} from './jwt-token.ts';
import { operandTypeError } from './operand-error.ts';
import { parseVerificationKeys, type VerificationKey } from './verification-key.ts';

type Constraints = {
  keys: readonly VerificationKey[] | undefined;
  secret: string;
  /** Empty: any. */
  alg: string;
  iss: string;
  /** Empty: none. */
  aud: string;
  /** Nanoseconds since 1970. */
  time: RegoNumber;
};

const UNVERIFIED: RegoValue = [false, {}, {}];

/** The keys of a certificate, a PEM block or a JSON Web Key or set; parsed once. */
export function keysOf(context: BuiltinContext, text: string): readonly VerificationKey[] | BuiltinError {
  const keys = context.prepared.get('verification keys', text, parseVerificationKeys);
  return keys.ok ? keys.value : new BuiltinError(keys.problem);
}

export function decodeVerify(context: BuiltinContext, token: RegoValue, wanted: RegoValue): BuiltinOutcome {
  const constraints = parseConstraints(context, wanted);
  if (constraints instanceof BuiltinError) return constraints;
  const inner = verifiedToken(token, constraints);
  if (inner === undefined) return UNVERIFIED;
  if (inner instanceof BuiltinError) return inner;
  const payload = parsePayload(inner.payload);
  if (payload instanceof BuiltinError) return payload;
  const holds = claimsHold(payload, constraints);
  if (holds instanceof BuiltinError) return holds;
  return holds ? [true, inner.header, payload] : UNVERIFIED;
}

function parseConstraints(context: BuiltinContext, value: RegoValue): Constraints | BuiltinError {
  if (!isObject(value)) return operandTypeError(2, value, 'object');
  const constraints: Constraints = { keys: undefined, secret: '', alg: '', iss: '', aud: '', time: -1 };
  for (const [name, constraint] of entriesOf(value)) {
    const problem = readConstraint(context, constraints, name as string, constraint);
    if (problem !== undefined) return problem;
  }
  if (constraints.time === -1) constraints.time = context.nowNanoseconds();
  const count = (constraints.keys === undefined ? 0 : 1) + (constraints.secret === '' ? 0 : 1);
  if (count > 1) return new BuiltinError('duplicate key constraints');
  return count === 0 ? new BuiltinError('no key constraint') : constraints;
}

function readConstraint(
  context: BuiltinContext,
  constraints: Constraints,
  name: string,
  value: RegoValue,
): BuiltinError | undefined {
  switch (name) {
    case 'cert': {
      if (typeof value !== 'string') return new BuiltinError('cert constraint: must be a string');
      const keys = keysOf(context, value);
      if (keys instanceof BuiltinError) return keys;
      constraints.keys = keys;
      return undefined;
    }
    case 'secret':
    case 'alg':
    case 'iss':
    case 'aud':
      if (typeof value !== 'string') return new BuiltinError(`${name} constraint: must be a string`);
      constraints[name] = value;
      return undefined;
    case 'time':
      if (!isNumber(value)) return new BuiltinError('token time constraint: must be a number');
      if (compareNumbers(value, 0) < 0) return new BuiltinError('token time constraint: must not be negative');
      constraints.time = value;
      return undefined;
    default:
      return new BuiltinError(`unknown token validation constraint: ${name}`);
  }
}

type VerifiedToken = { readonly header: PlainObject; readonly payload: string };

/** The innermost token of those that are nested in each other (RFC 7519 §5.2); undefined when one does not verify. */
function verifiedToken(value: RegoValue, constraints: Constraints): VerifiedToken | BuiltinError | undefined {
  for (let inner = value; ;) {
    const token = splitToken(inner);
    if (token instanceof BuiltinError) return token;
    const object = decodeHeader(token);
    if (object instanceof BuiltinError) return object;
    const header = readHeader(object);
    if (header instanceof BuiltinError) return header;
    if (header.algorithm === '' || header.demandsUnknown) return undefined;
    if (constraints.alg !== '' && constraints.alg !== header.algorithm) return undefined;
    const signature = signatureOf(token);
    if (signature instanceof BuiltinError) return signature;
    if (!isSigned(constraints, header, signedText(token), signature)) return undefined;
    const payload = payloadText(token);
    if (payload instanceof BuiltinError) return payload;
    if (header.contentType.toUpperCase() !== 'JWT') return { header: object, payload };
    inner = payload;
  }
}

function isSigned(constraints: Constraints, header: TokenHeader, text: string, signature: Uint8Array): boolean {
  const scheme = schemeOf(header.algorithm);
  if (scheme === undefined) return false;
  const { keys, secret } = constraints;
  if (keys !== undefined) return verifyWithKeys(keys, scheme, header, text, signature);
  return scheme.kind === 'hmac' && verifyHmac(scheme.hash, secret, text, signature);
}

/** The key that the token names, if it is there; else any that is for the token's algorithm or for none. */
export function verifyWithKeys(
  keys: readonly VerificationKey[],
  scheme: SignatureScheme,
  { keyId, algorithm }: TokenHeader,
  text: string,
  signature: Uint8Array,
): boolean {
  const named = keyId === '' ? undefined : keys.find((key) => key.keyId === keyId);
  if (named !== undefined) return verifySignature(scheme, named, text, signature);
  return keys.some(
    (key) => (key.algorithm === '' || key.algorithm === algorithm) && verifySignature(scheme, key, text, signature),
  );
}

/** RFC 7519 §4.1.1, 4.1.3, 4.1.4 and 4.1.5. */
function claimsHold(payload: PlainObject, constraints: Constraints): boolean | BuiltinError {
  const [iss, aud] = [getOfObject(payload, 'iss'), getOfObject(payload, 'aud')];
  if (constraints.iss !== '' && iss !== constraints.iss) return false;
  if (aud === undefined ? constraints.aud !== '' : !isAudience(aud, constraints.aud)) return false;
  const seconds = Number(constraints.time) / 1e9;
  const exp = getOfObject(payload, 'exp');
  if (exp !== undefined && !isNumber(exp)) return new BuiltinError('exp value must be a number');
  if (exp !== undefined && compareNumbers(seconds, exp) >= 0) return false;
  const nbf = getOfObject(payload, 'nbf');
  if (nbf !== undefined && !isNumber(nbf)) return new BuiltinError('nbf value must be a number');
  return nbf === undefined || compareNumbers(seconds, nbf) >= 0;
}

/** A token that names an audience is for no one who names none. */
function isAudience(aud: RegoValue, wanted: string): boolean {
  return isArray(aud) ? aud.includes(wanted) : aud === wanted;
}
