/** What is hashed of a file in a signed bundle, as OPA does it. Uses node:crypto. */
import { createHash } from 'node:crypto';

import { err, ok, type Result } from '../../../kernel/result.ts';
import { readYaml } from '../builtins/yaml-reader.ts';
import { compareStrings } from '../values/code-points.ts';
import { parseJson } from '../values/json.ts';
import { formatNumber } from '../values/number.ts';
import {
  isArray,
  isNumber,
  isPlainObject,
  type PlainObject,
  type RegoNumber,
  type RegoValue,
} from '../values/value.ts';
import { canonicalJson, canonicalString } from './canonical-json.ts';

/** As `.signatures.json` names them, and as OpenSSL does. MD5 and SHA-1 are for what was signed long ago. */
const HASHES: ReadonlyMap<string, string> = new Map([
  ['MD5', 'md5'],
  ['SHA-1', 'sha1'],
  ['SHA-224', 'sha224'],
  ['SHA-256', 'sha256'],
  ['SHA-384', 'sha384'],
  ['SHA-512', 'sha512'],
  ['SHA-512-224', 'sha512-224'],
  ['SHA-512-256', 'sha512-256'],
]);

const DECODER = new TextDecoder();

/**
 * In hexadecimal. Of data and manifests it is that of the value, written without spaces and with sorted keys, so that
 * layout does not count; of all other files that of the bytes.
 */
export function digestOf(path: string, bytes: Uint8Array, algorithm: string): Result<string, string> {
  const name = HASHES.get(algorithm);
  if (name === undefined) return err(`\`${algorithm}\` is no algorithm for hashes of files`);
  if (!isStructured(path)) return ok(createHash(name).update(bytes).digest('hex'));
  const text = canonicalText(DECODER.decode(bytes));
  return text.ok ? ok(createHash(name).update(text.value).digest('hex')) : text;
}

function isStructured(path: string): boolean {
  return /(?:^|\/)(?:data\.json|data\.ya?ml|\.manifest)$/u.test(path);
}

function canonicalText(text: string): Result<string, string> {
  const json = parseJson(text);
  if (json.ok) return ok(canonicalJson(text));
  const yaml = readYaml(text);
  return yaml.ok ? ok(write(yaml.value)) : err(`it is neither JSON (${json.problem}) nor YAML (${yaml.problem})`);
}

/** What YAML says, as JSON. */
function write(value: RegoValue): string {
  if (typeof value === 'string') return canonicalString(value);
  if (value === null || typeof value === 'boolean') return String(value);
  if (isNumber(value)) return writeNumber(value);
  if (isArray(value)) return `[${value.map(write).join(',')}]`;
  const object: PlainObject = isPlainObject(value) ? value : {};
  const names = Object.keys(object).sort(compareStrings);
  return `{${names.map((name) => `${canonicalString(name)}:${write(object[name] as RegoValue)}`).join(',')}}`;
}

/** Of YAML, which OPA turns into JSON first: what is no integer of 64 bits is a float there, written as in JavaScript. */
function writeNumber(value: RegoNumber): string {
  if (typeof value === 'bigint' && BigInt.asUintN(64, value) !== value && BigInt.asIntN(64, value) !== value) {
    return String(Number(value));
  }
  return typeof value === 'number' ? String(value) : formatNumber(value);
}
