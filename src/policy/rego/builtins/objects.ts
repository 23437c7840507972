/** Objects: looking into them, keeping and leaving out keys, and merging. */
import { entriesOf, get, getOfObject, sizeOfObject } from '../values/access.ts';
import { sortedKeys } from '../values/compare.ts';
import { ObjectBuilder } from '../values/rego-map.ts';
import { makeSet } from '../values/rego-set.ts';
import { isArray, isObject, RegoSet, type RegoObject, type RegoValue } from '../values/value.ts';
import type { Builtin, BuiltinError, BuiltinOutcome } from './builtin.ts';
import { wrongElement } from './operand.ts';
import { operandTypeError } from './operand-error.ts';
import { ANY_ARRAY, ANY_OBJECT, ANY_SET, type RegoType } from './rego-type.ts';

/** A key, or a path of keys, indexes and members as an array. */
function getOr(object: RegoValue, path: RegoValue, fallback: RegoValue): BuiltinOutcome {
  if (!isObject(object)) return operandTypeError(1, object, 'object');
  if (!isArray(path)) {
    const value = getOfObject(object, path);
    return value === undefined ? fallback : value;
  }
  let value: RegoValue | undefined = object;
  for (const key of path) {
    value = get(value, key);
    if (value === undefined) return fallback;
  }
  return value;
}

function keys(object: RegoValue): BuiltinOutcome {
  return isObject(object) ? makeSet(sortedKeys(object)) : operandTypeError(1, object, 'object');
}

/** What the second operand of `object.remove` and `object.filter` names: elements, members or keys. */
function keySet(value: RegoValue): RegoSet | BuiltinError {
  if (value instanceof RegoSet) return value;
  if (isArray(value)) return makeSet(value);
  return isObject(value) ? makeSet(sortedKeys(value)) : operandTypeError(2, value, 'object', 'set', 'array');
}

function select(object: RegoValue, selection: RegoValue, keep: boolean): BuiltinOutcome {
  if (!isObject(object)) return operandTypeError(1, object, 'object');
  const selected = keySet(selection);
  if (!(selected instanceof RegoSet)) return selected;
  const builder = new ObjectBuilder();
  for (const [key, value] of entriesOf(object)) if (selected.has(key) === keep) builder.set(key, value);
  return builder.build();
}

function union(a: RegoValue, b: RegoValue): BuiltinOutcome {
  if (!isObject(a)) return operandTypeError(1, a, 'object');
  return isObject(b) ? merge([a, b]) : operandTypeError(2, b, 'object');
}

function unionAll(value: RegoValue): BuiltinOutcome {
  if (!isArray(value)) return operandTypeError(1, value, 'array');
  const wrong = value.find((element) => !isObject(element));
  return wrong === undefined ? merge(value as readonly RegoObject[]) : wrongElement(1, value, wrong, 'object');
}

/** Later objects win, key by key; objects under the same key are merged in turn. */
function merge(objects: readonly RegoObject[]): RegoObject {
  const filled = objects.filter((object) => sizeOfObject(object) > 0);
  const [only] = filled;
  if (filled.length === 1 && only !== undefined) return only;
  const builder = new ObjectBuilder();
  for (const object of filled) {
    for (const key of sortedKeys(object)) {
      const [before, value] = [builder.get(key), getOfObject(object, key) as RegoValue];
      builder.set(key, before !== undefined && isObject(before) && isObject(value) ? merge([before, value]) : value);
    }
  }
  return builder.build();
}

const KEYS: RegoType = { anyOf: [ANY_ARRAY, ANY_OBJECT, ANY_SET] };

export const OBJECT_BUILTINS: readonly Builtin[] = [
  {
    name: 'object.get',
    parameters: [ANY_OBJECT, 'any', 'any'],
    result: 'any',
    call: (_, a, b, c) => getOr(a, b, c),
  },
  { name: 'object.keys', parameters: [ANY_OBJECT], result: ANY_SET, call: (_, a) => keys(a) },
  {
    name: 'object.remove',
    parameters: [ANY_OBJECT, KEYS],
    result: ANY_OBJECT,
    call: (_, a, b) => select(a, b, false),
  },
  {
    name: 'object.filter',
    parameters: [ANY_OBJECT, KEYS],
    result: ANY_OBJECT,
    call: (_, a, b) => select(a, b, true),
  },
  { name: 'object.union', parameters: [ANY_OBJECT, ANY_OBJECT], result: ANY_OBJECT, call: (_, a, b) => union(a, b) },
  { name: 'object.union_n', parameters: [{ array: ANY_OBJECT }], result: ANY_OBJECT, call: (_, a) => unionAll(a) },
];
