/** What emitted functions call; every name here is ours, and none of a policy ever stands in emitted text. */
import { BuiltinError } from '../builtins/builtin.ts';
import { costOfCall } from '../evaluate/call-cost.ts';
import { childAt, documentAt, givenAt, isSet, keysAt } from '../evaluate/documents.ts';
import {
  elementAt,
  isCollection,
  keysOf,
  looseElementsOf,
  looseKeysOf,
  objectSize,
  printed,
} from '../evaluate/elements.ts';
import { NestedObject } from '../evaluate/nested-object.ts';
import { conflictOf } from '../evaluate/rego-error.ts';
import { withChanges } from '../evaluate/with-changes.ts';
import { definitionsFor } from '../index/rule-index.ts';
import { elementsOf, get } from '../values/access.ts';
import { equal } from '../values/equal.ts';
import { NonJson } from '../values/non-json.ts';
import { ObjectBuilder } from '../values/rego-map.ts';
import { makeSet, SetBuilder } from '../values/rego-set.ts';

export const RUNTIME: { readonly [name: string]: unknown } = {
  BuiltinError,
  childAt,
  conflictOf,
  costOfCall,
  definitionsFor,
  documentAt,
  elementAt,
  elementsOf,
  equal,
  get,
  givenAt,
  isCollection,
  isSet,
  keysAt,
  keysOf,
  looseElementsOf,
  looseKeysOf,
  makeSet,
  NestedObject,
  NonJson,
  ObjectBuilder,
  objectSize,
  printed,
  SetBuilder,
  withChanges,
};
