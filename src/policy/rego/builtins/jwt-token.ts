/** JSON Web Tokens in compact form (RFC 7519 §3): their three parts, and what their headers say. */
import { getOfObject } from '../values/access.ts';
import { sortedKeys } from '../values/compare.ts';
import { parseJson } from '../values/json.ts';
import { isArray, isPlainObject, type PlainObject, type RegoValue } from '../values/value.ts';
import { decodeBase64Url } from './base64.ts';
import { BuiltinError } from './builtin.ts';
import { operandTypeError } from './operand-error.ts';

/** As they are encoded. */
export type Token = { readonly header: string; readonly payload: string; readonly signature: string };

export function splitToken(value: RegoValue): Token | BuiltinError {
  if (typeof value !== 'string') return operandTypeError(1, value, 'string');
  if (!value.includes('.')) return new BuiltinError('encoded JWT had no period separators');
  const parts = value.split('.');
  const [header = '', payload = '', signature = ''] = parts;
  if (parts.length === 3) return { header, payload, signature };
  return new BuiltinError(`encoded JWT must have 3 sections, found ${parts.length}`);
}

/** What signatures are made over. */
export function signedText({ header, payload }: Token): string {
  return `${header}.${payload}`;
}

const DECODER = new TextDecoder('utf-8', { ignoreBOM: true });

/** A part as text; bytes that are no UTF-8 become replacement characters. */
function textOf(encoded: string, part: string): string | BuiltinError {
  const bytes = decodeBase64Url(encoded);
  if (typeof bytes === 'string') return new BuiltinError(`JWT ${part} had invalid encoding: ${bytes}`);
  return DECODER.decode(bytes);
}

export function signatureOf({ signature }: Token): Uint8Array | BuiltinError {
  const bytes = decodeBase64Url(signature);
  return typeof bytes === 'string' ? new BuiltinError(bytes) : bytes;
}

function parseObject(text: string): PlainObject | string {
  const json = parseJson(text);
  if (!json.ok) return `invalid JSON: ${json.problem}`;
  return isPlainObject(json.value) ? json.value : 'decoded JSON type was not an Object';
}

export function decodeHeader({ header }: Token): PlainObject | BuiltinError {
  const text = textOf(header, 'header');
  if (text instanceof BuiltinError) return text;
  const object = parseObject(text);
  if (typeof object === 'string') return new BuiltinError(`bad JWT header: ${object}`);
  // RFC 7516 §9: what is encrypted says how.
  if (Object.hasOwn(object, 'enc')) return new BuiltinError('JWT is a JWE object, which is not supported');
  return object;
}

export function payloadText({ payload }: Token): string | BuiltinError {
  return textOf(payload, 'payload');
}

export function parsePayload(text: string): PlainObject | BuiltinError {
  const object = parseObject(text);
  return typeof object === 'string' ? new BuiltinError(object) : object;
}

/** What a header tells a verifier; empty where it says nothing. */
export type TokenHeader = {
  readonly algorithm: string;
  readonly keyId: string;
  readonly contentType: string;
  /** RFC 7515 §4.1.11: whether it demands that something is understood which is not. */
  readonly demandsUnknown: boolean;
};

const TEXTS: ReadonlySet<string> = new Set(['alg', 'kid', 'typ', 'cty']);

export function readHeader(header: PlainObject): TokenHeader | BuiltinError {
  let demanded: readonly RegoValue[] = [];
  for (const name of sortedKeys(header) as readonly string[]) {
    const value = header[name] as RegoValue;
    if (TEXTS.has(name) && typeof value !== 'string') return new BuiltinError(`${name}: must be a string`);
    if (name !== 'crit') continue;
    if (!isArray(value)) return new BuiltinError('crit: must be a list');
    const end = value.findIndex((element) => typeof element !== 'string');
    demanded = value.slice(0, end === -1 ? value.length : end);
    if (demanded.length === 0) return new BuiltinError('crit: must be a nonempty list');
  }
  const [algorithm, keyId, contentType] = [stringAt(header, 'alg'), stringAt(header, 'kid'), stringAt(header, 'cty')];
  const demandsUnknown = demanded.some((name) => isUnknown(header, name as string));
  return { algorithm, keyId, contentType, demandsUnknown };
}

function isUnknown(header: PlainObject, name: string): boolean {
  return Object.hasOwn(header, name) && name !== 'crit' && !TEXTS.has(name);
}

function stringAt(header: PlainObject, name: string): string {
  const value = getOfObject(header, name);
  return typeof value === 'string' ? value : '';
}
