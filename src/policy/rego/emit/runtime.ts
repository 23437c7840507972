/** What emitted functions call; every name here is ours, and none of a policy ever stands in emitted text. */
import { BuiltinError } from '../builtins/builtin.ts';
import { get } from '../values/access.ts';
import { sortedKeys } from '../values/compare.ts';
import { equal } from '../values/equal.ts';
import { toText } from '../values/text.ts';
import { NonJson } from '../values/non-json.ts';
import { ObjectBuilder } from '../values/rego-map.ts';
import { makeSet, SetBuilder } from '../values/rego-set.ts';
import { isObject, RegoSet, type RegoValue } from '../values/value.ts';
import { childAt, documentAt, isSet, keysAt } from './documents.ts';
import { NestedObject } from './nested-object.ts';
import { conflictOf } from './rego-error.ts';
import { withChanges } from './with-changes.ts';

/** `value[name]` where the name is no property of a prototype of JavaScript: read without asking whose it is. */
function property(value: RegoValue, name: string): RegoValue | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (value instanceof NonJson || Array.isArray(value)) return get(value, name);
  return (value as { readonly [name: string]: RegoValue })[name];
}

/** The keys of an object or the members of a set, in Rego's order; an array itself, whose keys are its indices. */
function keysOf(value: RegoValue): readonly RegoValue[] | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value)) return value as readonly RegoValue[];
  if (value instanceof RegoSet) return value.sorted();
  return isObject(value) ? sortedKeys(value) : undefined;
}

/** For patterns of objects: how many keys there are, or -1 where there are none because it is no object. */
function objectSize(value: RegoValue): number {
  return isObject(value) ? sortedKeys(value).length : -1;
}

/** What a template prints of a value: a text as it is, all else as Rego writes it. */
function printed(value: RegoValue): string {
  return typeof value === 'string' ? value : toText(value);
}

export const RUNTIME: { readonly [name: string]: unknown } = {
  BuiltinError,
  childAt,
  conflictOf,
  documentAt,
  equal,
  get,
  isSet,
  keysAt,
  keysOf,
  makeSet,
  NestedObject,
  ObjectBuilder,
  objectSize,
  property,
  SetBuilder,
  printed,
  withChanges,
};
