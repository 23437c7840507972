/** Reading `data`: what was given and what rules compute, as one document. */
import { get } from '../values/access.ts';
import { sortValues } from '../values/compare.ts';
import { ObjectBuilder } from '../values/rego-map.ts';
import { sortedKeys } from '../values/compare.ts';
import { isObject, isPlainObject, type RegoValue } from '../values/value.ts';
import type { Evaluation } from './evaluation.ts';
import type { RuleNode } from './rule-tree.ts';

/** The document at a node of the rules' tree; `given` is what stands there in the data. */
export function documentAt(
  evaluation: Evaluation,
  node: RuleNode,
  given: RegoValue | undefined,
): RegoValue | undefined {
  if (isSet(evaluation, node.path)) return given;
  if (node.isFunction) return undefined;
  if (node.rule !== undefined) return evaluation.rule(node.rule);
  // Something that is no object hides what would be computed below it: the compiler refuses rules there.
  if (given !== undefined && !isObject(given)) return given;
  const builder = new ObjectBuilder();
  if (given !== undefined) for (const key of sortedKeys(given)) builder.set(key, get(given, key) as RegoValue);
  for (const [name, child] of node.children) {
    const value = documentAt(evaluation, child, given === undefined ? undefined : get(given, name));
    if (value !== undefined) builder.set(name, value);
  }
  return builder.build();
}

/** The keys below a node, in Rego's order. */
export function keysAt(evaluation: Evaluation, node: RuleNode, given: RegoValue | undefined): readonly RegoValue[] {
  const own = given !== undefined && isObject(given) ? sortedKeys(given) : [];
  if (isSet(evaluation, node.path)) return own;
  return sortValues(new Set([...own, ...node.children.keys()]));
}

/** The document below a node at a key. */
export function childAt(
  evaluation: Evaluation,
  node: RuleNode,
  given: RegoValue | undefined,
  key: RegoValue,
): RegoValue | undefined {
  const below = given === undefined ? undefined : get(given, key);
  const child = typeof key === 'string' ? node.children.get(key) : undefined;
  return child === undefined || isSet(evaluation, node.path) ? below : documentAt(evaluation, child, below);
}

/**
 * A step within the given data, below a path that is known: OPA reads its store by texts, where a number finds the key
 * that is written like it. What a `with` has put there is no part of the store.
 */
export function givenAt(evaluation: Evaluation, value: RegoValue, key: RegoValue): RegoValue | undefined {
  const isNumbered = typeof key === 'number' && isPlainObject(value);
  const isStored = evaluation.replacements === undefined || evaluation.replacements.documents.length === 0;
  return get(value, isNumbered && isStored ? String(key) : key);
}

/** Whether a `with` has set the document, or one that it lies in. */
export function isSet({ replacements }: Evaluation, path: readonly string[]): boolean {
  if (replacements === undefined) return false;
  return replacements.documents.some((set) => set.every((part, depth) => path[depth] === part));
}
