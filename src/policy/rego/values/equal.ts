/** Whether two values are the same: `compare(a, b) === 0`, without ordering anything. */
import { NonJson } from './non-json.ts';
import { compareNumbers } from './number.ts';
import { isNumber, RegoMap, RegoSet, type PlainObject, type RegoValue } from './value.ts';

export function equal(a: RegoValue, b: RegoValue): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return equalAsNumbers(a, b);
  if (Array.isArray(a)) return Array.isArray(b) && equalLists(a, b);
  if (Array.isArray(b)) return false;
  if (a instanceof NonJson) return b instanceof NonJson && equalNonJson(a, b);
  return !(b instanceof NonJson) && equalPlainObjects(a as PlainObject, b as PlainObject);
}

/** A double and a bigint, one of which came through `JSON.parse`: all other numbers that are equal are identical. */
function equalAsNumbers(a: RegoValue, b: RegoValue): boolean {
  return typeof a !== typeof b && isNumber(a) && isNumber(b) && compareNumbers(a, b) === 0;
}

function equalLists(a: readonly RegoValue[], b: readonly RegoValue[]): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index += 1) {
    if (!equal(a[index] as RegoValue, b[index] as RegoValue)) return false;
  }
  return true;
}

function equalPlainObjects(a: PlainObject, b: PlainObject): boolean {
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  for (const key of keys) {
    if (!Object.hasOwn(b, key) || !equal(a[key] as RegoValue, b[key] as RegoValue)) return false;
  }
  return true;
}

function equalNonJson(a: RegoValue, b: RegoValue): boolean {
  if (a instanceof RegoSet) return b instanceof RegoSet && equalSets(a, b);
  if (a instanceof RegoMap) return b instanceof RegoMap && equalMaps(a, b);
  return isNumber(a) && isNumber(b) && compareNumbers(a, b) === 0;
}

function equalSets(a: RegoSet, b: RegoSet): boolean {
  if (a.size !== b.size) return false;
  for (const value of a.values()) if (!b.has(value)) return false;
  return true;
}

function equalMaps(a: RegoMap, b: RegoMap): boolean {
  if (a.size !== b.size) return false;
  for (const key of a.sortedKeys()) {
    const other = b.get(key);
    if (other === undefined || !equal(a.get(key) as RegoValue, other)) return false;
  }
  return true;
}
