/** Arrays: joined, flattened, cut and reversed. */
import { isArray, type RegoValue } from '../values/value.ts';
import type { Builtin, BuiltinOutcome } from './builtin.ts';
import { integerOperand } from './operand.ts';
import { operandTypeError } from './operand-error.ts';
import { ANY_ARRAY } from './rego-type.ts';

function concat(a: RegoValue, b: RegoValue): BuiltinOutcome {
  if (!isArray(a)) return operandTypeError(1, a, 'array');
  if (!isArray(b)) return operandTypeError(2, b, 'array');
  if (a.length === 0) return b;
  return b.length === 0 ? a : [...a, ...b];
}

function flatten(value: RegoValue): BuiltinOutcome {
  if (!isArray(value)) return operandTypeError(1, value, 'array');
  return value.some(isArray) ? value.flat() : value;
}

/** Bounds beyond the array are its own. */
function slice(value: RegoValue, from: RegoValue, to: RegoValue): BuiltinOutcome {
  if (!isArray(value)) return operandTypeError(1, value, 'array');
  const start = integerOperand(2, from);
  if (typeof start !== 'number') return start;
  const stop = integerOperand(3, to);
  if (typeof stop !== 'number') return stop;
  return value.slice(Math.max(start, 0), Math.max(stop, 0));
}

function reverse(value: RegoValue): BuiltinOutcome {
  return isArray(value) ? value.toReversed() : operandTypeError(1, value, 'array');
}

export const ARRAY_BUILTINS: readonly Builtin[] = [
  { name: 'array.concat', parameters: [ANY_ARRAY, ANY_ARRAY], result: ANY_ARRAY, call: (_, a, b) => concat(a, b) },
  { name: 'array.flatten', parameters: [ANY_ARRAY], result: ANY_ARRAY, call: (_, a) => flatten(a) },
  {
    name: 'array.slice',
    parameters: [ANY_ARRAY, 'number', 'number'],
    result: ANY_ARRAY,
    call: (_, a, b, c) => slice(a, b, c),
  },
  { name: 'array.reverse', parameters: [ANY_ARRAY], result: ANY_ARRAY, call: (_, a) => reverse(a) },
];
