/** What emitted functions call; every name here is ours, and none of a policy ever stands in emitted text. */
import { BuiltinError } from '../builtins/builtin.ts';
import { get } from '../values/access.ts';
import { equal } from '../values/equal.ts';
import { NonJson } from '../values/non-json.ts';
import { ObjectBuilder } from '../values/rego-map.ts';
import { makeSet, SetBuilder } from '../values/rego-set.ts';
import type { RegoValue } from '../values/value.ts';
import { childAt, documentAt, isSet, keysAt } from '../evaluate/documents.ts';
import { keysOf, objectSize, printed } from '../evaluate/elements.ts';
import { NestedObject } from '../evaluate/nested-object.ts';
import { conflictOf } from '../evaluate/rego-error.ts';
import { withChanges } from '../evaluate/with-changes.ts';

/** `value[name]` where the name is no property of a prototype of JavaScript: read without asking whose it is. */
function property(value: RegoValue, name: string): RegoValue | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (value instanceof NonJson || Array.isArray(value)) return get(value, name);
  return (value as { readonly [name: string]: RegoValue })[name];
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
