/** Counting, adding up, the extremes, sorting and membership. */
import { multiplyIntegers } from '../values/arithmetic.ts';
import { get, listOf, sizeOf, elementsOf } from '../values/access.ts';
import { addFloats, floatOf, multiplyFloats, numberOfFloat, type BinaryFloat } from '../values/binary-float.ts';
import { compare, sortValues } from '../values/compare.ts';
import { equal } from '../values/equal.ts';
import { bigIntegerOf, integerOf } from '../values/number.ts';
import { isNumber, RegoSet, type RegoNumber, type RegoValue } from '../values/value.ts';
import type { Builtin, BuiltinOutcome } from './builtin.ts';
import { isAllNumbers, wrongElement } from './operand.ts';
import { operandTypeError } from './operand-error.ts';
import { ANY_ARRAY, ANY_ARRAY_OR_SET, ANY_OBJECT, ANY_SET, type RegoType } from './rego-type.ts';

export function count(value: RegoValue): BuiltinOutcome {
  return sizeOf(value) ?? operandTypeError(1, value, 'array', 'object', 'set', 'string');
}

function sum(value: RegoValue): BuiltinOutcome {
  const values = listOf(value);
  if (values === undefined) return operandTypeError(1, value, 'set', 'array');
  let total = 0;
  for (let index = 0; index < values.length; index += 1) {
    const element = values[index];
    if (typeof element !== 'number' || !Number.isInteger(element)) return sumWide(value, values);
    total += element;
  }
  return Number.isSafeInteger(total) ? total : sumWide(value, values);
}

function sumWide(value: RegoValue, values: readonly RegoValue[]): BuiltinOutcome {
  if (!isAllNumbers(values)) return notAllNumbers(value, values);
  const integers = integersOf(values);
  if (integers !== undefined) return integerOf(integers.reduce((total, integer) => total + integer, 0n));
  return numberOfFloat(values.map(floatOf).reduce(addFloats));
}

/** As OPA: integers exactly, and with fractions among them in steps of 53 bits. */
const PRODUCT_PRECISION = 53;

function product(value: RegoValue): BuiltinOutcome {
  const values = listOf(value);
  if (values === undefined) return operandTypeError(1, value, 'set', 'array');
  if (!isAllNumbers(values)) return notAllNumbers(value, values);
  const integers = integersOf(values);
  if (integers !== undefined) return integerOf(productOf(integers, 0, integers.length));
  let total: BinaryFloat = { mantissa: 1n, exponent: 0 };
  for (const element of values) total = multiplyFloats(total, floatOf(element), PRODUCT_PRECISION);
  return numberOfFloat(total, PRODUCT_PRECISION);
}

/** Half by half, so that most multiplications are of short integers. */
function productOf(integers: readonly bigint[], from: number, to: number): bigint {
  if (to - from <= 1) return integers[from] ?? 1n;
  const middle = (from + to) >>> 1;
  return multiplyIntegers(productOf(integers, from, middle), productOf(integers, middle, to));
}

function integersOf(values: readonly RegoNumber[]): readonly bigint[] | undefined {
  const integers: bigint[] = [];
  for (const value of values) {
    const integer = bigIntegerOf(value);
    if (integer === undefined) return undefined;
    integers.push(integer);
  }
  return integers;
}

function notAllNumbers(value: RegoValue, values: readonly RegoValue[]): BuiltinOutcome {
  const wrong = values.find((element) => !isNumber(element));
  return wrongElement(1, value, wrong ?? null, 'number');
}

/** `sign` is 1 for the greatest and -1 for the least. */
function extreme(value: RegoValue, sign: 1 | -1): BuiltinOutcome {
  if (value instanceof RegoSet) return value.sorted().at(sign === 1 ? -1 : 0);
  if (!Array.isArray(value)) return operandTypeError(1, value, 'set', 'array');
  const values = value as readonly RegoValue[];
  let best = values[0];
  for (let index = 1; index < values.length; index += 1) {
    const element = values[index] as RegoValue;
    if (sign * compare(element, best as RegoValue) >= 0) best = element;
  }
  return best;
}

function sort(value: RegoValue): BuiltinOutcome {
  if (value instanceof RegoSet) return value.sorted();
  return Array.isArray(value) ? sortValues(value as readonly RegoValue[]) : operandTypeError(1, value, 'set', 'array');
}

function all(value: RegoValue): BuiltinOutcome {
  const values = listOf(value);
  return values === undefined
    ? operandTypeError(1, value, 'array', 'set')
    : values.every((element) => element === true);
}

function any(value: RegoValue): BuiltinOutcome {
  const values = listOf(value);
  return values === undefined ? operandTypeError(1, value, 'array', 'set') : values.includes(true);
}

/** `value in collection`. */
function isMember(value: RegoValue, collection: RegoValue): boolean {
  if (collection instanceof RegoSet) return collection.has(value);
  const elements = elementsOf(collection);
  if (elements === undefined) return false;
  for (const element of elements) if (equal(element, value)) return true;
  return false;
}

/** `key, value in collection`. */
function isMemberAt(key: RegoValue, value: RegoValue, collection: RegoValue): boolean {
  const element = get(collection, key);
  return element !== undefined && equal(element, value);
}

const NUMBERS: RegoType = { anyOf: [{ array: 'number' }, { set: 'number' }] };

export const AGGREGATE_BUILTINS: readonly Builtin[] = [
  {
    name: 'count',
    parameters: [{ anyOf: ['string', ANY_ARRAY, ANY_OBJECT, ANY_SET] }],
    result: 'number',
    call: (_, a) => count(a),
  },
  { name: 'sum', parameters: [NUMBERS], result: 'number', call: (_, a) => sum(a) },
  { name: 'product', parameters: [NUMBERS], result: 'number', call: (_, a) => product(a) },
  { name: 'max', parameters: [ANY_ARRAY_OR_SET], result: 'any', call: (_, a) => extreme(a, 1) },
  { name: 'min', parameters: [ANY_ARRAY_OR_SET], result: 'any', call: (_, a) => extreme(a, -1) },
  { name: 'sort', parameters: [ANY_ARRAY_OR_SET], result: ANY_ARRAY, call: (_, a) => sort(a) },
  { name: 'all', parameters: [ANY_ARRAY_OR_SET], result: 'boolean', call: (_, a) => all(a) },
  { name: 'any', parameters: [ANY_ARRAY_OR_SET], result: 'boolean', call: (_, a) => any(a) },
  {
    name: 'internal.member_2',
    parameters: ['any', 'any'],
    result: 'boolean',
    call: (_, a, b) => isMember(a, b),
  },
  {
    name: 'internal.member_3',
    parameters: ['any', 'any', 'any'],
    result: 'boolean',
    call: (_, a, b, c) => isMemberAt(a, b, c),
  },
];
