/** What a built-in says of an argument that it does not take, in OPA's words; the evaluator puts the name before it. */
import { typeOf, type RegoValue } from '../values/value.ts';
import { BuiltinError } from './builtin.ts';

/** `position` counts from 1. */
export function operandError(position: number, complaint: string): BuiltinError {
  return new BuiltinError(`operand ${position} ${complaint}`, 'eval_type_error');
}

export function operandTypeError(position: number, got: RegoValue, ...expected: readonly string[]): BuiltinError {
  const wanted = expected.length === 1 ? expected.join('') : `one of {${expected.join(', ')}}`;
  return operandError(position, `must be ${wanted} but got ${typeOf(got)}`);
}

export function notAnInteger(position: number): BuiltinError {
  return operandError(position, 'must be integer number but got floating-point number');
}
