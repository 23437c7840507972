/** Sets of sets, and two sets together. */
import { differenceOf, EMPTY_SET, intersectionOf, SetBuilder, unionOf } from '../values/rego-set.ts';
import { RegoSet, type RegoValue } from '../values/value.ts';
import type { Builtin, BuiltinError, BuiltinOutcome } from './builtin.ts';
import { operandTypeError } from './operand-error.ts';
import { ANY_SET } from './rego-type.ts';

type Operation = (a: RegoSet, b: RegoSet) => RegoSet;

function onSets(a: RegoValue, b: RegoValue, operation: Operation): BuiltinOutcome {
  if (!(a instanceof RegoSet)) return operandTypeError(1, a, 'set');
  return b instanceof RegoSet ? operation(a, b) : operandTypeError(2, b, 'set');
}

/** `a & b`. */
export function and(a: RegoValue, b: RegoValue): BuiltinOutcome {
  return onSets(a, b, intersectionOf);
}

/** `a | b`. */
export function or(a: RegoValue, b: RegoValue): BuiltinOutcome {
  return onSets(a, b, unionOf);
}

function setsIn(value: RegoValue): readonly RegoSet[] | BuiltinError {
  if (!(value instanceof RegoSet)) return operandTypeError(1, value, 'set');
  const sets: RegoSet[] = [];
  for (const element of value.sorted()) {
    if (!(element instanceof RegoSet)) return operandTypeError(1, element, 'set');
    sets.push(element);
  }
  return sets;
}

function union(value: RegoValue): BuiltinOutcome {
  const sets = setsIn(value);
  if (!Array.isArray(sets)) return sets;
  const builder = new SetBuilder();
  for (const set of sets) for (const element of set.values()) builder.add(element);
  return builder.build();
}

function intersection(value: RegoValue): BuiltinOutcome {
  const sets = setsIn(value);
  if (!Array.isArray(sets)) return sets;
  return sets.length === 0 ? EMPTY_SET : sets.reduce(intersectionOf);
}

function binary(name: string, call: (a: RegoValue, b: RegoValue) => BuiltinOutcome): Builtin {
  return { name, parameters: [ANY_SET, ANY_SET], result: ANY_SET, call: (_, a, b) => call(a, b) };
}

export const SET_BUILTINS: readonly Builtin[] = [
  binary('and', and),
  binary('or', or),
  binary('set_diff', (a, b) => onSets(a, b, differenceOf)),
  { name: 'union', parameters: [{ set: ANY_SET }], result: ANY_SET, call: (_, a) => union(a) },
  { name: 'intersection', parameters: [{ set: ANY_SET }], result: ANY_SET, call: (_, a) => intersection(a) },
];
