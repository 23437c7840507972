/** The operators on numbers, as OPA computes them: exact on integers, with 64-bit mantissas on fractions. */
import {
  addFloats,
  divideFloats,
  floatOf,
  multiplyFloats,
  negateFloat,
  numberOfFloat,
  truncateFloat,
  type BinaryFloat,
} from './binary-float.ts';
import { bigIntegerOf, integerOf } from './number.ts';
import type { RegoNumber } from './value.ts';

/**
 * A fraction of 256ths below 2^20: it and a result like it have at most 15 digits, so that doubles, 64-bit mantissas
 * and decimals agree. Half and quarter steps are what policies add and multiply where they do not count.
 */
function isSimple(number: number): boolean {
  const parts = number * 256;
  return parts < 268_435_456 && parts > -268_435_456 && Math.floor(parts) === parts;
}

export function addNumbers(a: RegoNumber, b: RegoNumber): RegoNumber {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    if (Number.isSafeInteger(sum) && Number.isInteger(a) && Number.isInteger(b)) return sum;
    if (isSimple(sum) && isSimple(a) && isSimple(b)) return sum;
  }
  const [x, y] = [bigIntegerOf(a), bigIntegerOf(b)];
  if (x !== undefined && y !== undefined) return integerOf(x + y);
  return numberOfFloat(addFloats(floatOf(a), floatOf(b)));
}

export function subtractNumbers(a: RegoNumber, b: RegoNumber): RegoNumber {
  if (typeof a === 'number' && typeof b === 'number') {
    const difference = a - b;
    if (Number.isSafeInteger(difference) && Number.isInteger(a) && Number.isInteger(b)) return difference;
    if (isSimple(difference) && isSimple(a) && isSimple(b)) return difference;
  }
  const [x, y] = [bigIntegerOf(a), bigIntegerOf(b)];
  if (x !== undefined && y !== undefined) return integerOf(x - y);
  return numberOfFloat(addFloats(floatOf(a), negateFloat(floatOf(b))));
}

export function multiplyNumbers(a: RegoNumber, b: RegoNumber): RegoNumber {
  if (typeof a === 'number' && typeof b === 'number') {
    const product = a * b;
    // `+ 0` makes 0 of -0.
    if (Number.isSafeInteger(product) && Number.isInteger(a) && Number.isInteger(b)) return product + 0;
    if (isSimple(product) && isSimple(a) && isSimple(b)) return product + 0;
  }
  const [x, y] = [bigIntegerOf(a), bigIntegerOf(b)];
  if (x !== undefined && y !== undefined) return integerOf(multiplyIntegers(x, y));
  return numberOfFloat(multiplyFloats(floatOf(a), floatOf(b)));
}

/** Integers grow by their length with each multiplication: a few dozen squarings would fill the memory. */
const MAX_INTEGER = 1n << 1_048_576n;

/** Thrown as the engine throws for an integer that it cannot hold, which ends the evaluation. */
export function multiplyIntegers(a: bigint, b: bigint): bigint {
  const product = a * b;
  if (product > MAX_INTEGER || product < -MAX_INTEGER) throw new RangeError('an integer has more than a million bits');
  return product;
}

/** Undefined: the divisor is zero. */
export function divideNumbers(a: RegoNumber, b: RegoNumber): RegoNumber | undefined {
  if (b === 0) return undefined;
  if (typeof a === 'number' && typeof b === 'number') {
    const quotient = a / b;
    if (isSimple(quotient) && isSimple(a) && isSimple(b) && quotient * b === a) return quotient + 0;
    if (isSmall(a) && isSmall(b) && Number.isInteger(quotient)) return quotient + 0;
  }
  return numberOfFloat(divideFloats(floatOf(a), floatOf(b)));
}

/** An integer of 32 bits: a quotient of two of them is an integer only if it is exact. */
function isSmall(number: number): boolean {
  return (number | 0) === number;
}

/** `zero`: the divisor is; `fraction`: an operand is no integer. */
export function remainderOfNumbers(a: RegoNumber, b: RegoNumber): RegoNumber | 'zero' | 'fraction' {
  if (typeof a === 'number' && typeof b === 'number' && Number.isSafeInteger(a) && Number.isSafeInteger(b)) {
    return b === 0 ? 'zero' : (a % b) + 0;
  }
  const [x, y] = [bigIntegerOf(a), bigIntegerOf(b)];
  if (x === undefined || y === undefined) return 'fraction';
  return y === 0n ? 'zero' : integerOf(x % y);
}

export function absoluteNumber(number: RegoNumber): RegoNumber {
  if (typeof number === 'number') return Math.abs(number);
  const float = floatOf(number);
  return numberOfFloat(float.mantissa < 0n ? negateFloat(float) : float);
}

const HALF: BinaryFloat = { mantissa: 1n, exponent: -1 };

/** Half away from zero. */
export function roundNumber(number: RegoNumber): RegoNumber {
  if (isSafe(number)) return number;
  const float = floatOf(number);
  return integerOf(truncateFloat(addFloats(float, float.mantissa < 0n ? negateFloat(HALF) : HALF)));
}

/** OPA's, which makes 1 of -0.5: it looks for the sign at the truncated number, and 0 has none. */
export function ceilNumber(number: RegoNumber): RegoNumber {
  if (isSafe(number)) return number;
  const float = floatOf(number);
  const whole = truncateFloat(float);
  return integerOf(whole < 0n || isIntegral(float) ? whole : whole + 1n);
}

/** OPA's, which makes 0 of -0.5, for the same reason. */
export function floorNumber(number: RegoNumber): RegoNumber {
  if (isSafe(number)) return number;
  const float = floatOf(number);
  const whole = truncateFloat(float);
  return integerOf(whole >= 0n || isIntegral(float) ? whole : whole - 1n);
}

function isSafe(number: RegoNumber): number is number {
  return typeof number === 'number' && Number.isSafeInteger(number);
}

function isIntegral(float: BinaryFloat): boolean {
  return float.exponent >= 0 || (float.mantissa & ((1n << BigInt(-float.exponent)) - 1n)) === 0n;
}
