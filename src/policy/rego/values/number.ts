/** Numbers of any size and precision, each in one form: read from text, written as text, compared, rounded. */
import { BigDecimal } from './big-decimal.ts';
import { powerOf10 } from './powers.ts';
import type { RegoNumber } from './value.ts';

/** `coefficient × 10^exponent`: what every number is at bottom. */
export type Decimal = { readonly coefficient: bigint; readonly exponent: number };

/** Powers of two beyond which OPA refuses a number, and its decimal digits: work on one grows with its length. */
const MAX_BINARY_EXPONENT = 100_000;
const MAX_DECIMAL_EXPONENT = 30_103;

const NUMBER = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/u;

/** The number that a JSON or Rego text spells, `1.` and `.5` and `+1` included; undefined when it spells none. */
export function parseNumber(text: string): RegoNumber | undefined {
  const double = Number(text);
  // Fifteen digits survive the way through a double and back, whatever they are.
  if (text.length <= 16 && isPlain(text)) return double + 0;
  const parts = NUMBER.exec(text);
  if (parts === null) return undefined;
  const [, sign, whole = '', fraction = '', power = '0'] = parts;
  if (whole === '' && fraction === '') return undefined;
  const coefficient = BigInt(whole + fraction);
  if (coefficient === 0n) return 0;
  const exponent = Number(power) - fraction.length;
  if (Math.abs(exponent) > MAX_DECIMAL_EXPONENT + whole.length + fraction.length) return undefined;
  const number = numberOf(sign === '-' ? -coefficient : coefficient, exponent);
  return isTooLarge(number) ? undefined : number;
}

/** Digits with at most one point between them, and few enough of them: what nearly every number in a policy is. */
function isPlain(text: string): boolean {
  let [digits, points, index] = [0, 0, text.charCodeAt(0) === 0x2d ? 1 : 0];
  for (; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit === 0x2e) points += 1;
    else if (unit >= 0x30 && unit <= 0x39) digits += 1;
    else return false;
  }
  return digits > 0 && digits <= 15 && points <= 1;
}

function isTooLarge(number: RegoNumber): boolean {
  if (typeof number === 'number') return false;
  if (typeof number === 'bigint')
    return digitsOf(number) > MAX_DECIMAL_EXPONENT && bitsOf(number) > MAX_BINARY_EXPONENT;
  return digitsOf(number.coefficient) + number.exponent < -MAX_DECIMAL_EXPONENT;
}

/** The number of decimal digits. */
export function digitsOf(integer: bigint): number {
  const size = integer < 0n ? -integer : integer;
  const digits = Math.floor(Math.log10(Number(size))) + 1;
  // A logarithm may be off by one, and of what is no double there is none.
  if (digits > 300 || digits < 1) return size.toString().length;
  if (size >= powerOf10(digits)) return digits + 1;
  return digits > 1 && size < powerOf10(digits - 1) ? digits - 1 : digits;
}

/** The number of binary digits; 0 has none. */
export function bitsOf(integer: bigint): number {
  const size = integer < 0n ? -integer : integer;
  if (size === 0n) return 0;
  const double = Number(size);
  if (double === Infinity) {
    const hex = size.toString(16);
    return (hex.length - 1) * 4 + (32 - Math.clz32(Number.parseInt(hex.charAt(0), 16)));
  }
  // A logarithm may be off by one; and a double that is a power of two may have been rounded up to it.
  let bits = Math.floor(Math.log2(double)) + 1;
  if (2 ** bits <= double) bits += 1;
  if (2 ** (bits - 1) > double) bits -= 1;
  return double === 2 ** (bits - 1) && size >> BigInt(bits - 1) === 0n ? bits - 1 : bits;
}

/** The one form of an integer. */
export function integerOf(integer: bigint): number | bigint {
  const double = Number(integer);
  return Number.isSafeInteger(double) ? double : integer;
}

/** The one form of `coefficient × 10^exponent`. */
export function numberOf(coefficient: bigint, exponent: number): RegoNumber {
  if (exponent >= 0) return integerOf(coefficient * powerOf10(exponent));
  const text = coefficient.toString();
  const end = text.length - trailingZeros(text, -exponent);
  const digits = text.slice(0, end);
  const power = exponent + text.length - end;
  if (power === 0 || coefficient === 0n) return integerOf(BigInt(digits));
  // Beyond 17 digits no double prints as the number was written; below the smallest normal ones neither.
  if (digits.length <= 18) {
    const double = Number(`${digits}e${power}`);
    const { coefficient: back, exponent: at } = decimalOfText(String(double));
    if (at === power && back === BigInt(digits)) return double;
  }
  return new BigDecimal(BigInt(digits), power);
}

function trailingZeros(digits: string, most: number): number {
  let count = 0;
  while (count < most && count < digits.length - 1 && digits.charCodeAt(digits.length - 1 - count) === 0x30) count += 1;
  return count;
}

/** Of what JavaScript prints for a finite number: in the form that `numberOf` gives its parts. */
function decimalOfText(text: string): Decimal {
  const [mantissa = '', power = '0'] = text.split('e');
  const point = mantissa.indexOf('.');
  const digits = point < 0 ? mantissa : mantissa.slice(0, point) + mantissa.slice(point + 1);
  return {
    coefficient: BigInt(digits),
    exponent: Number(power) - (point < 0 ? 0 : mantissa.length - point - 1),
  };
}

export function decimalOf(number: RegoNumber): Decimal {
  if (typeof number === 'bigint') return { coefficient: number, exponent: 0 };
  return typeof number === 'number' ? decimalOfText(String(number)) : number;
}

/**
 * The one form of a number that came through `JSON.parse`, where an integer beyond 2^53 is a double: the integer that
 * the double prints as. Every comparison here goes through it, so that an input needs no conversion.
 */
export function canonicalNumber(number: number): number | bigint {
  if (Number.isSafeInteger(number) || !Number.isInteger(number)) return number;
  const { coefficient, exponent } = decimalOfText(String(number));
  return coefficient * powerOf10(exponent);
}

/** The integer that a number is, or undefined for a fraction. */
export function bigIntegerOf(number: RegoNumber): bigint | undefined {
  if (typeof number === 'bigint') return number;
  if (typeof number !== 'number' || !Number.isInteger(number)) return undefined;
  return BigInt(canonicalNumber(number));
}

export function compareNumbers(a: RegoNumber, b: RegoNumber): number {
  if (typeof a === 'number' && typeof b === 'number') return a < b ? -1 : a > b ? 1 : 0;
  const [x, y] = [decimalOf(a), decimalOf(b)];
  const shift = x.exponent - y.exponent;
  const left = shift > 0 ? x.coefficient * powerOf10(shift) : x.coefficient;
  const right = shift < 0 ? y.coefficient * powerOf10(-shift) : y.coefficient;
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Digits as a person writes them, and a power of ten where there would be many zeros; valid JSON and valid Rego. */
export function formatNumber(number: RegoNumber): string {
  if (typeof number === 'bigint') return number.toString();
  if (typeof number === 'number') {
    if (Number.isSafeInteger(number) || !Number.isInteger(number)) return String(number);
    return canonicalNumber(number).toString();
  }
  const negative = number.coefficient < 0n;
  const digits = (negative ? -number.coefficient : number.coefficient).toString();
  const point = digits.length + number.exponent;
  return (negative ? '-' : '') + placePoint(digits, point);
}

/** The bounds are those of JavaScript's own numbers, so that both forms of a fraction look alike. */
function placePoint(digits: string, point: number): string {
  if (point > 0) return `${digits.slice(0, point)}.${digits.slice(point)}`;
  if (point > -6) return `0.${'0'.repeat(-point)}${digits}`;
  const rest = digits.length > 1 ? `.${digits.slice(1)}` : '';
  return `${digits.charAt(0)}${rest}e${point - 1}`;
}
