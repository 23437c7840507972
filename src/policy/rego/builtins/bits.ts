/** Integers of any size as bits in two's complement. */
import { integerOf } from '../values/number.ts';
import type { RegoValue } from '../values/value.ts';
import { BuiltinError, type Builtin, type BuiltinOutcome } from './builtin.ts';
import { bigIntegerOperand } from './operand.ts';
import { operandError } from './operand-error.ts';

/** Two megabytes of zeros: more is an attack on the memory, and OPA dies of it. */
const MAX_SHIFT = 1n << 24n;

type Operation = (a: bigint, b: bigint) => bigint;

function binary(a: RegoValue, b: RegoValue, operation: Operation): BuiltinOutcome {
  const left = bigIntegerOperand(1, a);
  if (typeof left !== 'bigint') return left;
  const right = bigIntegerOperand(2, b);
  return typeof right === 'bigint' ? integerOf(operation(left, right)) : right;
}

function shift(a: RegoValue, b: RegoValue, operation: Operation): BuiltinOutcome {
  const value = bigIntegerOperand(1, a);
  if (typeof value !== 'bigint') return value;
  const distance = bigIntegerOperand(2, b);
  if (typeof distance !== 'bigint') return distance;
  if (distance < 0n) return operandError(2, 'must be an unsigned integer number but got a negative integer');
  if (distance > MAX_SHIFT) return new BuiltinError(`a shift by ${distance} bits is more than ${MAX_SHIFT}`);
  return integerOf(operation(value, distance));
}

function negate(a: RegoValue): BuiltinOutcome {
  const value = bigIntegerOperand(1, a);
  return typeof value === 'bigint' ? integerOf(~value) : value;
}

function bits(name: string, call: (a: RegoValue, b: RegoValue) => BuiltinOutcome): Builtin {
  return { name: `bits.${name}`, parameters: ['number', 'number'], result: 'number', call: (_, a, b) => call(a, b) };
}

export const BITS_BUILTINS: readonly Builtin[] = [
  bits('and', (a, b) => binary(a, b, (x, y) => x & y)),
  bits('or', (a, b) => binary(a, b, (x, y) => x | y)),
  bits('xor', (a, b) => binary(a, b, (x, y) => x ^ y)),
  bits('lsh', (a, b) => shift(a, b, (x, y) => x << y)),
  bits('rsh', (a, b) => shift(a, b, (x, y) => x >> y)),
  { name: 'bits.negate', parameters: ['number'], result: 'number', call: (_, a) => negate(a) },
];
