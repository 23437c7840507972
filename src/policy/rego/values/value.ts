/**
 * Rego's values as JavaScript values. What JSON has is what `JSON.parse` makes, so that an input needs no conversion;
 * three classes hold what JSON has not: sets, objects with keys of any kind, and numbers beyond JavaScript's. All are
 * immutable. Every value has one form, so that `===` compares strings, booleans, null and numbers; `BigDecimal` and
 * integers beyond 2^53 that came through `JSON.parse` are the exception, for which there is `equal`.
 */
import { BigDecimal } from './big-decimal.ts';
import { NonJson } from './non-json.ts';

export { BigDecimal };

/** An integer is a number while it is safe, beyond a bigint; a fraction is a number where its digits survive. */
export type RegoNumber = number | bigint | BigDecimal;

/** An object whose keys are all strings: own properties of a plain object, in any order, `__proto__` like any other. */
export type PlainObject = { readonly [key: string]: RegoValue };

/** An object with a key that is no string. `ObjectBuilder` makes it, and a plain object where all are. */
export abstract class RegoMap extends NonJson {
  readonly kind = 'map';
  abstract readonly size: number;
  abstract get(key: RegoValue): RegoValue | undefined;
  /** In Rego's order; computed once. */
  abstract sortedKeys(): readonly RegoValue[];
}

/** `SetBuilder` makes it. */
export abstract class RegoSet extends NonJson {
  readonly kind = 'set';
  abstract readonly size: number;
  abstract has(value: RegoValue): boolean;
  /** In Rego's order; computed once, at the first call. */
  abstract sorted(): readonly RegoValue[];
  /** In no order that means anything, which costs no sorting. */
  abstract values(): Iterable<RegoValue>;
  /** All members, some of them perhaps more than once: to look through, without finding out which are the same. */
  abstract members(): readonly RegoValue[];
}

export type RegoObject = PlainObject | RegoMap;

export type RegoValue = null | boolean | RegoNumber | string | readonly RegoValue[] | RegoObject | RegoSet;

export type TypeName = 'null' | 'boolean' | 'number' | 'string' | 'array' | 'object' | 'set';

export function typeOf(value: RegoValue): TypeName {
  if (typeof value === 'string') return 'string';
  if (typeof value === 'number' || typeof value === 'bigint') return 'number';
  if (typeof value === 'boolean') return 'boolean';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return value instanceof NonJson ? TYPE_OF_KIND[value.kind] : 'object';
}

const TYPE_OF_KIND = { set: 'set', map: 'object', decimal: 'number' } as const;

export function isNumber(value: RegoValue): value is RegoNumber {
  return typeof value === 'number' || typeof value === 'bigint' || value instanceof BigDecimal;
}

export function isScalar(value: RegoValue): value is null | boolean | RegoNumber | string {
  return typeof value !== 'object' || value === null || value instanceof BigDecimal;
}

export function isArray(value: RegoValue): value is readonly RegoValue[] {
  return Array.isArray(value);
}

export function isPlainObject(value: RegoValue): value is PlainObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof NonJson);
}

export function isObject(value: RegoValue): value is RegoObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return !(value instanceof NonJson) || value.kind === 'map';
}
