/** The operators on numbers, `minus` on sets too, and rounding. */
import {
  absoluteNumber,
  addNumbers,
  ceilNumber,
  divideNumbers,
  floorNumber,
  multiplyNumbers,
  remainderOfNumbers,
  roundNumber,
  subtractNumbers,
} from '../values/arithmetic.ts';
import { differenceOf } from '../values/rego-set.ts';
import { isNumber, RegoSet, type RegoNumber, type RegoValue } from '../values/value.ts';
import { BuiltinError, type Builtin, type BuiltinOutcome } from './builtin.ts';
import { operandTypeError } from './operand-error.ts';
import { ANY_SET, type RegoType } from './rego-type.ts';

export function plus(a: RegoValue, b: RegoValue): BuiltinOutcome {
  if (!isNumber(a)) return operandTypeError(1, a, 'number');
  return isNumber(b) ? addNumbers(a, b) : operandTypeError(2, b, 'number');
}

/** The difference of two numbers, or of two sets. */
export function minus(a: RegoValue, b: RegoValue): BuiltinOutcome {
  if (isNumber(a)) return isNumber(b) ? subtractNumbers(a, b) : operandTypeError(2, b, 'number');
  if (!(a instanceof RegoSet)) return operandTypeError(1, a, 'number', 'set');
  if (b instanceof RegoSet) return differenceOf(a, b);
  return operandTypeError(2, b, isNumber(b) ? 'set' : 'number');
}

export function multiply(a: RegoValue, b: RegoValue): BuiltinOutcome {
  if (!isNumber(a)) return operandTypeError(1, a, 'number');
  return isNumber(b) ? multiplyNumbers(a, b) : operandTypeError(2, b, 'number');
}

export function divide(a: RegoValue, b: RegoValue): BuiltinOutcome {
  if (!isNumber(a)) return operandTypeError(1, a, 'number');
  if (!isNumber(b)) return operandTypeError(2, b, 'number');
  return divideNumbers(a, b) ?? new BuiltinError('divide by zero');
}

export function remainder(a: RegoValue, b: RegoValue): BuiltinOutcome {
  if (!isNumber(a)) return operandTypeError(1, a, 'number');
  if (!isNumber(b)) return operandTypeError(2, b, 'number');
  const result = remainderOfNumbers(a, b);
  if (result === 'zero') return new BuiltinError('modulo by zero');
  return result === 'fraction' ? new BuiltinError('modulo on floating-point number') : result;
}

const NUMBER_OR_SET: RegoType = { anyOf: ['number', ANY_SET] };

function binary(name: string, operation: (a: RegoValue, b: RegoValue) => BuiltinOutcome): Builtin {
  return { name, parameters: ['number', 'number'], result: 'number', call: (_, a, b) => operation(a, b) };
}

function unary(name: string, operation: (number: RegoNumber) => RegoNumber): Builtin {
  return {
    name,
    parameters: ['number'],
    result: 'number',
    call: (_, a) => (isNumber(a) ? operation(a) : operandTypeError(1, a, 'number')),
  };
}

export const ARITHMETIC_BUILTINS: readonly Builtin[] = [
  binary('plus', plus),
  {
    name: 'minus',
    parameters: [NUMBER_OR_SET, NUMBER_OR_SET],
    result: NUMBER_OR_SET,
    call: (_, a, b) => minus(a, b),
  },
  binary('mul', multiply),
  binary('div', divide),
  binary('rem', remainder),
  unary('abs', absoluteNumber),
  unary('ceil', ceilNumber),
  unary('floor', floorNumber),
  unary('round', roundNumber),
];
