/** `object.subset`: whether one composite is in another. */
import { getOfObject } from '../values/access.ts';
import { sortedKeys } from '../values/compare.ts';
import { equal } from '../values/equal.ts';
import { isArray, isObject, RegoSet, type RegoObject, type RegoValue } from '../values/value.ts';
import { BuiltinError, type Builtin, type BuiltinOutcome } from './builtin.ts';
import { ANY_ARRAY, ANY_OBJECT, ANY_SET, type RegoType } from './rego-type.ts';

const WRONG_TYPES = 'both arguments object.subset must be of the same type or array and set';

function subset(whole: RegoValue, part: RegoValue): BuiltinOutcome {
  if (isArray(whole) && part instanceof RegoSet) return isSetInArray(whole, part);
  return isPart(whole, part) ?? new BuiltinError(WRONG_TYPES, 'eval_type_error');
}

/** Undefined where the two are not composites of one type. */
function isPart(whole: RegoValue, part: RegoValue): boolean | undefined {
  if (isArray(whole)) return isArray(part) ? isRunIn(whole, part) : undefined;
  if (whole instanceof RegoSet) return part instanceof RegoSet ? isSetInSet(whole, part) : undefined;
  return isObject(whole) && isObject(part) ? isObjectInObject(whole, part) : undefined;
}

/** Every key with an equal value, or with one that is a part in turn. */
function isObjectInObject(whole: RegoObject, part: RegoObject): boolean {
  for (const key of sortedKeys(part)) {
    const [wanted, value] = [getOfObject(part, key) as RegoValue, getOfObject(whole, key)];
    if (value === undefined) return false;
    if (!equal(value, wanted) && isPart(value, wanted) !== true) return false;
  }
  return true;
}

function isSetInSet(whole: RegoSet, part: RegoSet): boolean {
  for (const element of part.values()) if (!whole.has(element)) return false;
  return true;
}

/** As OPA counts: an element that the array has twice counts twice, and an empty array has no part. */
function isSetInArray(whole: readonly RegoValue[], part: RegoSet): boolean {
  let missing = part.size;
  for (const element of whole) {
    if (part.has(element)) missing -= 1;
    if (missing === 0) return true;
  }
  return false;
}

/** Whether the elements stand in the other array one after the other. */
function isRunIn(whole: readonly RegoValue[], part: readonly RegoValue[]): boolean {
  for (let start = 0; start + part.length <= whole.length; start += 1) {
    if (part.every((element, index) => equal(whole[start + index] as RegoValue, element))) return true;
  }
  return false;
}

const COMPOSITE: RegoType = { anyOf: [ANY_ARRAY, ANY_OBJECT, ANY_SET] };

export const SUBSET_BUILTINS: readonly Builtin[] = [
  { name: 'object.subset', parameters: [COMPOSITE, COMPOSITE], result: 'boolean', call: (_, a, b) => subset(a, b) },
];
