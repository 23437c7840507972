/** What a plain YAML scalar stands for: numbers, booleans and null as `go-yaml` v3 resolves them. */
import { canonicalNumber } from '../values/number.ts';

/** Characters that no YAML text may have. */
// oxlint-disable-next-line no-control-regex -- control characters are what it is about
export const NOT_ALLOWED: RegExp = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f\ufffe\uffff]/;

export const CONTROL_CHARACTERS = 'yaml: control characters are not allowed';

export type Scalar =
  | { readonly tag: 'null'; readonly value: null }
  | { readonly tag: 'bool'; readonly value: boolean }
  | { readonly tag: 'int' | 'float'; readonly value: number | bigint }
  | { readonly tag: 'str' | 'timestamp'; readonly value: string };

const WORDS: ReadonlyMap<string, Scalar> = new Map<string, Scalar>([
  ...['', '~', 'null', 'Null', 'NULL'].map((word): [string, Scalar] => [word, { tag: 'null', value: null }]),
  ...['true', 'True', 'TRUE'].map((word): [string, Scalar] => [word, { tag: 'bool', value: true }]),
  ...['false', 'False', 'FALSE'].map((word): [string, Scalar] => [word, { tag: 'bool', value: false }]),
  ...['.nan', '.NaN', '.NAN'].map((word): [string, Scalar] => [word, { tag: 'float', value: Number.NaN }]),
  ...['.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF'].map((word): [string, Scalar] => [
    word,
    { tag: 'float', value: Infinity },
  ]),
  ...['-.inf', '-.Inf', '-.INF'].map((word): [string, Scalar] => [word, { tag: 'float', value: -Infinity }]),
]);

const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const INTEGER = /^([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[oO]?([0-7]+)|0[bB]([01]+)|(0|[1-9][0-9]*))$/;
const DATE =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[Tt](\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)| +(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.\d+)?)?$/;

export function resolveScalar(text: string): Scalar {
  const word = WORDS.get(text);
  if (word !== undefined) return word;
  if (!/^[-+.0-9]/.test(text)) return { tag: 'str', value: text };
  if (isTimestamp(text)) return { tag: 'timestamp', value: text };
  const plain = text.startsWith('.') ? text : text.replaceAll('_', '');
  const integer = integerOf(plain);
  if (integer !== undefined) return { tag: 'int', value: integer };
  const isFloat = FLOAT.test(plain) && Number.isFinite(Number(plain));
  return isFloat ? { tag: 'float', value: canonicalNumber(Number(plain)) } : { tag: 'str', value: text };
}

/** Of 64 bits with a sign, or without one. */
function integerOf(text: string): number | bigint | undefined {
  const [, sign, hex, octal, binary, decimal] = INTEGER.exec(text) ?? [];
  if (sign === undefined) return undefined;
  const digits =
    hex === undefined
      ? octal === undefined
        ? binary === undefined
          ? decimal
          : `0b${binary}`
        : `0o${octal}`
      : `0x${hex}`;
  const size = BigInt(digits ?? '0');
  if (size >= 2n ** 64n || (sign !== '' && size > 2n ** 63n)) return undefined;
  const value = sign === '-' ? -size : size;
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

function isTimestamp(text: string): boolean {
  const parts = DATE.exec(text)
    ?.slice(1)
    .map((part) => Number(part));
  if (parts === undefined) return false;
  const [year = 0, month = 0, day = 0, ...clock] = parts;
  const [hour = 0, minute = 0, second = 0] = clock.filter((part) => !Number.isNaN(part));
  const days = month >= 1 && month <= 12 ? new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate() : 0;
  return day >= 1 && day <= days && hour < 24 && minute < 60 && second < 60;
}

const OLD_BOOLEANS = new Set([
  'y',
  'Y',
  'yes',
  'Yes',
  'YES',
  'on',
  'On',
  'ON',
  'n',
  'N',
  'no',
  'No',
  'NO',
  'off',
  'Off',
  'OFF',
]);
const BASE_60 = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;

/** Whether the text, without quotes, is a string to every reader. */
export function isPlainString(text: string): boolean {
  return resolveScalar(text).tag === 'str' && !OLD_BOOLEANS.has(text) && !BASE_60.test(text);
}
