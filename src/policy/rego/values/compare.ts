/** Rego's total order of values: by type, and then by what is in them. */
import { compareStrings, sortStrings } from './code-points.ts';
import { compareNumbers } from './number.ts';
import { isNumber, RegoMap, RegoSet, typeOf, type RegoObject, type RegoValue } from './value.ts';

const RANK = { null: 0, boolean: 1, number: 2, string: 3, array: 4, object: 5, set: 6 } as const;

/** Below zero, zero or above it: `a` before, the same as, or after `b`. */
export function compare(a: RegoValue, b: RegoValue): number {
  if (a === b) return 0;
  if (typeof a === 'string' && typeof b === 'string') return compareStrings(a, b);
  if (isNumber(a) && isNumber(b)) return compareNumbers(a, b);
  const [left, right] = [typeOf(a), typeOf(b)];
  if (left !== right) return RANK[left] - RANK[right];
  if (left === 'boolean') return a === false ? -1 : 1;
  if (left === 'array') return compareLists(a as readonly RegoValue[], b as readonly RegoValue[]);
  if (a instanceof RegoSet && b instanceof RegoSet) return compareLists(a.sorted(), b.sorted());
  return compareObjects(a as RegoObject, b as RegoObject);
}

function compareLists(a: readonly RegoValue[], b: readonly RegoValue[]): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index += 1) {
    const order = compare(a[index] as RegoValue, b[index] as RegoValue);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** Key by key in order, each with its value, before the number of keys counts. */
function compareObjects(a: RegoObject, b: RegoObject): number {
  const [left, right] = [sortedKeys(a), sortedKeys(b)];
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index += 1) {
    const [leftKey, rightKey] = [left[index] as RegoValue, right[index] as RegoValue];
    const order = compare(leftKey, rightKey) || compare(valueAt(a, leftKey), valueAt(b, rightKey));
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

function valueAt(object: RegoObject, key: RegoValue): RegoValue {
  if (object instanceof RegoMap) return object.get(key) as RegoValue;
  return object[key as string] as RegoValue;
}

/** The keys of an object in Rego's order. */
export function sortedKeys(object: RegoObject): readonly RegoValue[] {
  return object instanceof RegoMap ? object.sortedKeys() : sortStrings(Object.keys(object));
}

/** A sorted copy. */
export function sortValues(values: Iterable<RegoValue>): RegoValue[] {
  return [...values].sort(compare);
}
