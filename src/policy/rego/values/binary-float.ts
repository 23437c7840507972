/**
 * Floating-point numbers with a mantissa of 64 bits, rounded to nearest even: what OPA computes with where an operand
 * or a quotient is a fraction (Go's `big.Float`). Digit for digit the same results, so that a policy decides the same.
 */
import { bitsOf, decimalOf, digitsOf, numberOf, type Decimal } from './number.ts';
import { powerOf10, powerOf5 } from './powers.ts';
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
  if (n <= EXACT_POWER) return { mantissa: powerOf5(n), exponent: 0 };
  let result: BinaryFloat = { mantissa: powerOf5(EXACT_POWER), exponent: 0 };
  let factor: BinaryFloat = { mantissa: 5n, exponent: 0 };
  for (let rest = n - EXACT_POWER; rest > 0; rest >>>= 1) {
    if (rest & 1) result = round(result.mantissa * factor.mantissa, result.exponent + factor.exponent, 2 * PRECISION);
    factor = round(factor.mantissa * factor.mantissa, 2 * factor.exponent, 3 * PRECISION);
  }
  return result;
}

/** A number as digits were read: the whole mantissa, times or by a power of ten, rounded once. */
export function floatOf(number: RegoNumber): BinaryFloat {
  const { coefficient, exponent } = decimalOf(number);
  return floatOfDecimal(coefficient, exponent);
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

/**
 * The fewest digits that only this float rounds from: how OPA writes a result down. What a double prints as is that, if
 * it is within half of the last place: no two decimals of so few digits are.
 */
export function numberOfFloat(float: BinaryFloat, precision: number = PRECISION): RegoNumber {
  const size = magnitude(float.mantissa);
  if (size === 0n) return 0;
  const grow = precision - bitsOf(size);
  const mantissa = size << BigInt(grow);
  const exponent = float.exponent - grow;
  const double = Number(mantissa) * 2 ** exponent;
  if (double > 1e-5 && double < 1e15 && exponent < 0 && isWithinHalf(double, mantissa, exponent)) {
    return float.mantissa < 0n ? -double : double;
  }
  const found = exponent < 0 ? shortestFraction(mantissa, exponent) : shortestInteger(mantissa, exponent);
  return numberOf(float.mantissa < 0n ? -found.coefficient : found.coefficient, found.exponent);
}

function isWithinHalf(double: number, mantissa: bigint, exponent: number): boolean {
  const { coefficient, exponent: power } = decimalOf(double);
  const scale = powerOf10(-power);
  const distance = magnitude((coefficient << BigInt(-exponent)) - mantissa * scale);
  return 2n * distance < scale;
}

/** `mantissa` with as many bits as the precision, so that half of its last place is the tolerance. */
function shortestFraction(mantissa: bigint, exponent: number): Decimal {
  const scale = powerOf5(-exponent);
  const exact = 10n * mantissa * scale;
  const digits = digitsOf(exact);
  // An even mantissa is also what a decimal right in the middle rounds to.
  const tolerance = (mantissa & 1n) === 0n ? 5n * scale + 1n : 5n * scale;
  let count = Math.min(18, digits);
  let found = roundTo(exact, digits - count, tolerance);
  for (; found === undefined; found = roundTo(exact, digits - count, tolerance)) count += 1;
  for (; count > 1; count -= 1) {
    const shorter = roundTo(exact, digits - count + 1, tolerance);
    if (shorter === undefined) break;
    found = shorter;
  }
  return { coefficient: found, exponent: exponent - 1 + digits - count };
}

/**
 * The original compares digit by digit, and so finds an integer above only while the upper bound has digits left: that
 * shows in integers beyond 64 bits, and nowhere else.
 */
function shortestInteger(mantissa: bigint, exponent: number): Decimal {
  const doubled = 2n * mantissa;
  const exact = decimalDigits(doubled, exponent - 1);
  const [lower, upper] = [decimalDigits(doubled - 1n, exponent - 1), decimalDigits(doubled + 1n, exponent - 1)];
  const inclusive = (mantissa & 1n) === 0n;
  for (let index = 0; index < exact.length; index += 1) {
    const [digit, low, high] = [digitAt(exact, index), digitAt(lower, index), digitAt(upper, index)];
    const down = low !== digit || (inclusive && index + 1 === lower.length);
    const up = digit !== high && (inclusive || digit + 1 < high || index + 1 < upper.length);
    if (!down && !up) continue;
    const unit = powerOf10(digitsOf(mantissa << BigInt(exponent)) - index - 1);
    const kept = (mantissa << BigInt(exponent)) / unit;
    const rest = (mantissa << BigInt(exponent)) - kept * unit;
    const isNearerUp = 2n * rest > unit || (2n * rest === unit && (kept & 1n) === 1n);
    return { coefficient: (up && (!down || isNearerUp) ? kept + 1n : kept) * unit, exponent: 0 };
  }
  return { coefficient: mantissa << BigInt(exponent), exponent: 0 };
}

/** Of `mantissa × 2^exponent`, without a point and without zeros at the end. */
function decimalDigits(mantissa: bigint, exponent: number): string {
  const whole = exponent < 0 ? mantissa * 5n : mantissa << BigInt(exponent);
  return whole.toString().replace(/0+$/, '');
}

function digitAt(digits: string, index: number): number {
  return index < digits.length ? digits.charCodeAt(index) - 0x30 : 0;
}

/** Without its last `places` digits the nearest number that is nearer than the tolerance, halves to even. */
function roundTo(exact: bigint, places: number, tolerance: bigint): bigint | undefined {
  const unit = powerOf10(places);
  const kept = exact / unit;
  const rest = exact - kept * unit;
  const [down, up] = [rest < tolerance, unit - rest < tolerance];
  if (!down && !up) return undefined;
  if (down && up) return 2n * rest > unit || (2n * rest === unit && (kept & 1n) === 1n) ? kept + 1n : kept;
  return up ? kept + 1n : kept;
}
