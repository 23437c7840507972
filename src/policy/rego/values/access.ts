/** Reading values whatever form they have: what built-ins and emitted code see of composites. */
import { sortedKeys } from './compare.ts';
import { countCodePoints } from './code-points.ts';
import { NonJson } from './non-json.ts';
import { RegoMap, RegoSet, type PlainObject, type RegoObject, type RegoValue } from './value.ts';

/** `value[key]` of Rego: an element, a property, or a member of a set itself; undefined where there is none. */
export function get(value: RegoValue, key: RegoValue): RegoValue | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value)) return typeof key === 'number' ? (value as readonly RegoValue[])[key] : undefined;
  if (!(value instanceof NonJson)) return getProperty(value as PlainObject, key);
  if (value instanceof RegoMap) return value.get(key);
  return value instanceof RegoSet && value.has(key) ? key : undefined;
}

function getProperty(object: PlainObject, key: RegoValue): RegoValue | undefined {
  return typeof key === 'string' && Object.hasOwn(object, key) ? object[key] : undefined;
}

export function getOfObject(object: RegoObject, key: RegoValue): RegoValue | undefined {
  return object instanceof RegoMap ? object.get(key) : getProperty(object, key);
}

/** The number of elements, or of code points; undefined where a value has no size. */
export function sizeOf(value: RegoValue): number | undefined {
  if (typeof value === 'string') return countCodePoints(value);
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value)) return value.length;
  if (value instanceof RegoSet || value instanceof RegoMap) return value.size;
  return value instanceof NonJson ? undefined : Object.keys(value).length;
}

export function sizeOfObject(object: RegoObject): number {
  return object instanceof RegoMap ? object.size : Object.keys(object).length;
}

/** Keys and values in Rego's order. */
export function entriesOf(object: RegoObject): readonly (readonly [RegoValue, RegoValue])[] {
  return sortedKeys(object).map((key) => [key, getOfObject(object, key) as RegoValue]);
}

/** Elements of an array, of a set in Rego's order, or values of an object by its keys' order; undefined of others. */
export function elementsOf(value: RegoValue): readonly RegoValue[] | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value)) return value as readonly RegoValue[];
  if (value instanceof RegoSet) return value.sorted();
  if (value instanceof NonJson && !(value instanceof RegoMap)) return undefined;
  return entriesOf(value as RegoObject).map(([, element]) => element);
}

/** Elements of an array, or of a set in Rego's order; undefined of all else. */
export function listOf(value: RegoValue): readonly RegoValue[] | undefined {
  if (Array.isArray(value)) return value as readonly RegoValue[];
  return value instanceof RegoSet ? value.sorted() : undefined;
}
