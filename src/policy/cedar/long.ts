/** Cedar's 64-bit integers in JavaScript: numbers while they are exact, bigints beyond, `undefined` on overflow. */

/** A number where JavaScript is exact (`Number.isSafeInteger`, never -0), otherwise a bigint: so `===` compares them. */
export type Long = number | bigint;

const MIN = -(2n ** 63n);
const MAX = 2n ** 63n - 1n;

/** The one form of an integer, or undefined when it does not fit 64 bits. */
export function longOf(value: bigint): Long | undefined {
  if (value < MIN || value > MAX) return undefined;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

export function isLong(value: unknown): value is Long {
  return typeof value === 'number' || typeof value === 'bigint';
}

// The double result of two exact operands is exact when it is safe itself: rounding could not have brought it there.
export function addLongs(a: Long, b: Long): Long | undefined {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum;
  }
  return longOf(BigInt(a) + BigInt(b));
}

export function subtractLongs(a: Long, b: Long): Long | undefined {
  if (typeof a === 'number' && typeof b === 'number') {
    const difference = a - b;
    if (Number.isSafeInteger(difference)) return difference;
  }
  return longOf(BigInt(a) - BigInt(b));
}

export function multiplyLongs(a: Long, b: Long): Long | undefined {
  if (typeof a === 'number' && typeof b === 'number') {
    const product = a * b;
    // `+ 0` makes 0 of -0, which `===` would not tell apart but `Object.is` and a sort would.
    if (Number.isSafeInteger(product)) return product + 0;
  }
  return longOf(BigInt(a) * BigInt(b));
}

export function negateLong(a: Long): Long | undefined {
  return typeof a === 'number' ? 0 - a : longOf(-a);
}
