/** What loops go over, and what templates print. */
import { sortedKeys } from '../values/compare.ts';
import { toText } from '../values/text.ts';
import { isObject, RegoSet, type RegoValue } from '../values/value.ts';

/** The keys of an object or the members of a set, in Rego's order; an array itself, whose keys are its indices. */
export function keysOf(value: RegoValue): readonly RegoValue[] | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value)) return value as readonly RegoValue[];
  if (value instanceof RegoSet) return value.sorted();
  return isObject(value) ? sortedKeys(value) : undefined;
}

/** For patterns of objects: how many keys there are, or -1 where there are none because it is no object. */
export function objectSize(value: RegoValue): number {
  return isObject(value) ? sortedKeys(value).length : -1;
}

/** What a template prints of a value: a text as it is, all else as Rego writes it. */
export function printed(value: RegoValue): string {
  return typeof value === 'string' ? value : toText(value);
}
