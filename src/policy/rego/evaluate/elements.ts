/** What loops go over, and what templates print. */
import { elementsOf, get } from '../values/access.ts';
import { sortedKeys } from '../values/compare.ts';
import { NonJson } from '../values/non-json.ts';
import { toText } from '../values/text.ts';
import { BigDecimal, isObject, type PlainObject, RegoSet, type RegoValue } from '../values/value.ts';

/** The keys of an object or the members of a set, in Rego's order; an array itself, whose keys are its indices. */
export function keysOf(value: RegoValue): readonly RegoValue[] | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value)) return value as readonly RegoValue[];
  if (value instanceof RegoSet) return value.sorted();
  return isObject(value) ? sortedKeys(value) : undefined;
}

/** What `keysOf` gives, in any order; a member of a set may stand there more than once. */
export function looseKeysOf(value: RegoValue): readonly RegoValue[] | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value)) return value as readonly RegoValue[];
  if (!(value instanceof NonJson)) return Object.keys(value);
  if (value instanceof RegoSet) return value.members();
  return isObject(value) ? sortedKeys(value) : undefined;
}

/** What `elementsOf` gives, in any order; a member of a set may stand there more than once. */
export function looseElementsOf(value: RegoValue): readonly RegoValue[] | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value)) return value as readonly RegoValue[];
  if (!(value instanceof NonJson)) return Object.values(value as PlainObject);
  return value instanceof RegoSet ? value.members() : elementsOf(value);
}

/** The element at one of the keys that `keysOf` gave; a member of a set is its own key. */
export function elementAt(value: RegoValue, key: RegoValue): RegoValue {
  return value instanceof RegoSet ? key : (get(value, key) as RegoValue);
}

export function isCollection(value: RegoValue): boolean {
  return typeof value === 'object' && value !== null && !(value instanceof BigDecimal);
}

/** For patterns of objects: how many keys there are, or -1 where there are none because it is no object. */
export function objectSize(value: RegoValue): number {
  return isObject(value) ? sortedKeys(value).length : -1;
}

/** What a template prints of a value: a text as it is, all else as Rego writes it. */
export function printed(value: RegoValue): string {
  return typeof value === 'string' ? value : toText(value);
}
