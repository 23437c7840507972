/**
 * Floating-point numbers with a mantissa of 64 bits, rounded to nearest even: what OPA computes with where an operand
 * or a quotient is a fraction (Go's `big.Float`). Digit for digit the same results, so that a policy decides the same.
 */
import { bitsOf, decimalOf, numberOf } from './number.ts';
import type { RegoNumber } from './value.ts';

/** `mantissa × 2^exponent`, the mantissa with its sign and of `PRECISION` bits at most. */
export type BinaryFloat = { readonly mantissa: bigint; readonly exponent: number };

const PRECISION = 64;
/** The powers of five that 64 bits hold. */
const EXACT_POWER = 27;

function magnitude(integer: bigint): bigint {
  return integer < 0n ? -integer : integer;
}

/** To nearest, ties to even; `inexact` says that the true value is a little larger than the mantissa. */
function round(
  mantissa: bigint,
  exponent: number,
  precision: number = PRECISION,
  inexact: boolean = false,
): BinaryFloat {
  const negative = mantissa < 0n;
  const size = magnitude(mantissa);
  const excess = bitsOf(size) - precision;
  if (excess <= 0) return { mantissa, exponent };
  const shift = BigInt(excess);
  const kept = size >> shift;
  const rest = size - (kept << shift);
  const half = 1n << (shift - 1n);
  const up = rest > half || (rest === half && (inexact || (kept & 1n) === 1n));
  const rounded = up ? kept + 1n : kept;
  return { mantissa: negative ? -rounded : rounded, exponent: exponent + excess };
}

/** 5^n with the intermediate roundings of the original, which show in the last bits of very large exponents. */
function powerOfFive(n: number): BinaryFloat {
  if (n <= EXACT_POWER) return { mantissa: 5n ** BigInt(n), exponent: 0 };
  let result: BinaryFloat = { mantissa: 5n ** BigInt(EXACT_POWER), exponent: 0 };
  let factor: BinaryFloat = { mantissa: 5n, exponent: 0 };
  for (let rest = n - EXACT_POWER; rest > 0; rest >>>= 1) {
    if (rest & 1) result = round(result.mantissa * factor.mantissa, result.exponent + factor.exponent, 2 * PRECISION);
    factor = round(factor.mantissa * factor.mantissa, 2 * factor.exponent, 3 * PRECISION);
  }
  return result;
}

/** A number as digits were read: the whole mantissa, times or by a power of ten, rounded once. */
export function floatOf(number: RegoNumber): BinaryFloat {
  return floatOfDecimal(decimalOf(number).coefficient, decimalOf(number).exponent);
}

export function floatOfDecimal(coefficient: bigint, exponent: number): BinaryFloat {
  if (exponent === 0) return round(coefficient, 0);
  const scaled = { mantissa: coefficient, exponent };
  if (exponent < 0) return divideFloats(scaled, powerOfFive(-exponent));
  return multiplyFloats(scaled, powerOfFive(exponent));
}

export function addFloats(a: BinaryFloat, b: BinaryFloat): BinaryFloat {
  const exponent = Math.min(a.exponent, b.exponent);
  const left = a.mantissa << BigInt(a.exponent - exponent);
  const right = b.mantissa << BigInt(b.exponent - exponent);
  return round(left + right, exponent);
}

export function negateFloat(a: BinaryFloat): BinaryFloat {
  return { mantissa: -a.mantissa, exponent: a.exponent };
}

export function multiplyFloats(a: BinaryFloat, b: BinaryFloat, precision: number = PRECISION): BinaryFloat {
  return round(a.mantissa * b.mantissa, a.exponent + b.exponent, precision);
}

/** The divisor is not zero. */
export function divideFloats(a: BinaryFloat, b: BinaryFloat): BinaryFloat {
  const divisor = magnitude(b.mantissa);
  const dividend = magnitude(a.mantissa);
  const shift = Math.max(0, PRECISION + 2 + bitsOf(divisor) - bitsOf(dividend));
  const scaled = dividend << BigInt(shift);
  const quotient = scaled / divisor;
  const negative = a.mantissa < 0n !== b.mantissa < 0n;
  const inexact = quotient * divisor !== scaled;
  const result = round(quotient, a.exponent - b.exponent - shift, PRECISION, inexact);
  return negative ? { mantissa: -result.mantissa, exponent: result.exponent } : result;
}

/** The integer part, towards zero. */
export function truncateFloat(a: BinaryFloat): bigint {
  if (a.exponent >= 0) return a.mantissa << BigInt(a.exponent);
  const size = magnitude(a.mantissa) >> BigInt(-a.exponent);
  return a.mantissa < 0n ? -size : size;
}

/** The fewest digits that only this float rounds from: how OPA writes a result down. */
export function numberOfFloat(float: BinaryFloat, precision: number = PRECISION): RegoNumber {
  const size = magnitude(float.mantissa);
  if (size === 0n) return 0;
  // The last bit of the mantissa becomes half of the last place.
  const grow = precision + 1 - bitsOf(size);
  const mantissa = size << BigInt(grow);
  const exponent = float.exponent - grow;
  const exact = digitsOf(mantissa, exponent);
  const lower = digitsOf(mantissa - 1n, exponent);
  const upper = digitsOf(mantissa + 1n, exponent);
  const inclusive = (mantissa & 2n) === 0n;
  const { digits, rounding } = shorten(exact.digits, lower.digits, upper.digits, inclusive);
  const rounded = BigInt(digits) + rounding;
  const power = exact.exponent + exact.digits.length - digits.length;
  return numberOf(float.mantissa < 0n ? -rounded : rounded, power);
}

/** `mantissa × 2^exponent` exactly, without trailing zeros. */
function digitsOf(mantissa: bigint, exponent: number): { readonly digits: string; readonly exponent: number } {
  const whole = exponent >= 0 ? mantissa << BigInt(exponent) : mantissa * 5n ** BigInt(-exponent);
  const text = whole.toString();
  let end = text.length;
  while (text.charCodeAt(end - 1) === 0x30) end -= 1;
  return { digits: text.slice(0, end), exponent: Math.min(exponent, 0) + text.length - end };
}

function digitAt(digits: string, index: number): number {
  return index < digits.length ? digits.charCodeAt(index) - 0x30 : 0;
}

function shorten(
  exact: string,
  lower: string,
  upper: string,
  inclusive: boolean,
): { readonly digits: string; readonly rounding: bigint } {
  for (let index = 0; index < exact.length; index += 1) {
    const [digit, low, high] = [digitAt(exact, index), digitAt(lower, index), digitAt(upper, index)];
    const down = low !== digit || (inclusive && index + 1 === lower.length);
    const up = digit !== high && (inclusive || digit + 1 < high || index + 1 < upper.length);
    if (!down && !up) continue;
    const digits = exact.slice(0, index + 1);
    return { digits, rounding: up && (!down || roundsUp(exact, index + 1)) ? 1n : 0n };
  }
  return { digits: exact, rounding: 0n };
}

/** Whether the digits from `at` on are more than half, or half after an odd digit. */
function roundsUp(digits: string, at: number): boolean {
  if (at >= digits.length) return false;
  const next = digitAt(digits, at);
  if (next === 5 && at + 1 === digits.length) return digitAt(digits, at - 1) % 2 !== 0;
  return next >= 5;
}
