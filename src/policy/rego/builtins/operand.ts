/** Operands that take a look to accept: integers, and lists of strings or numbers. */
import { bigIntegerOf } from '../values/number.ts';
import { isNumber, RegoSet, typeOf, type RegoNumber, type RegoValue } from '../values/value.ts';
import type { BuiltinError } from './builtin.ts';
import { notAnInteger, operandError, operandTypeError } from './operand-error.ts';

/** An element of a composite operand is of a wrong type. */
export function wrongElement(
  position: number,
  composite: RegoValue,
  element: RegoValue,
  expected: string,
): BuiltinError {
  const type = typeOf(composite);
  return operandError(position, `must be ${type} of ${expected}s but got ${type} containing ${typeOf(element)}`);
}

const MAX_INT64 = 2n ** 63n - 1n;

/** An integer of 64 bits; beyond 2^53 it is rounded, where it means no more than very many. */
export function integerOperand(position: number, value: RegoValue): number | BuiltinError {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  if (!isNumber(value)) return operandTypeError(position, value, 'number');
  const integer = bigIntegerOf(value);
  if (integer === undefined || integer > MAX_INT64 || integer < -MAX_INT64 - 1n) return notAnInteger(position);
  return Number(integer);
}

/** An integer of any size. */
export function bigIntegerOperand(position: number, value: RegoValue): bigint | BuiltinError {
  if (!isNumber(value)) return operandTypeError(position, value, 'integer');
  return bigIntegerOf(value) ?? notAnInteger(position);
}

export function isAllNumbers(values: readonly RegoValue[]): values is readonly RegoNumber[] {
  return values.every(isNumber);
}

/** The strings of an array or set; what is not a string is named. */
export function stringsOperand(position: number, value: RegoValue): readonly string[] | BuiltinError {
  const values = value instanceof RegoSet ? value.sorted() : (value as readonly RegoValue[]);
  for (const element of values) {
    if (typeof element !== 'string') return wrongElement(position, value, element, 'string');
  }
  return values as readonly string[];
}
