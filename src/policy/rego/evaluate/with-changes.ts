/** `with`: another evaluation, in which some of the documents and functions are others. */
import { ObjectBuilder } from '../values/rego-map.ts';
import { get } from '../values/access.ts';
import { sortedKeys } from '../values/compare.ts';
import { isObject, type RegoObject, type RegoValue } from '../values/value.ts';
import type { Evaluation, Replacement } from './evaluation.ts';

export type Change =
  | { readonly kind: 'input' | 'data'; readonly path: readonly string[] }
  | { readonly kind: 'call'; readonly key: string | number; readonly replacement: Replacement | undefined };

/** `values` stand beside `changes`; a call whose replacement is not given is replaced by its value. */
export function withChanges(from: Evaluation, changes: readonly Change[], values: readonly RegoValue[]): Evaluation {
  let { input, data } = from;
  const calls = new Map(from.replacements?.calls);
  const documents = [...(from.replacements?.documents ?? [])];
  for (const [index, change] of changes.entries()) {
    const value = values[index] as RegoValue;
    switch (change.kind) {
      case 'input':
        input = replaced(input, change.path, value);
        break;
      case 'data':
        data = replaced(data, change.path, value);
        documents.push(change.path);
        break;
      case 'call':
        calls.set(change.key, change.replacement ?? { kind: 'value', value });
        break;
    }
  }
  return from.replacing(input, data, { calls, documents });
}

/** What is on the way and is no object gives way to one. */
function replaced(document: RegoValue | undefined, path: readonly string[], value: RegoValue): RegoValue {
  const [first, ...rest] = path;
  if (first === undefined) return value;
  const object: RegoObject = document !== undefined && isObject(document) ? document : {};
  const builder = new ObjectBuilder();
  for (const key of sortedKeys(object)) builder.set(key, get(object, key) as RegoValue);
  builder.set(first, replaced(get(object, first), rest, value));
  return builder.build();
}
