/** `json.filter` and `json.remove`: what paths select of a document, and what they leave. */
import { entriesOf } from '../values/access.ts';
import { mapKey } from '../values/key.ts';
import { ObjectBuilder } from '../values/rego-map.ts';
import { makeSet } from '../values/rego-set.ts';
import { isArray, isObject, RegoSet, type RegoValue } from '../values/value.ts';
import type { Builtin, BuiltinOutcome } from './builtin.ts';
import { pathTree, type PathTree } from './json-path.ts';
import { operandTypeError } from './operand-error.ts';
import { ANY_ARRAY, ANY_OBJECT, type RegoType } from './rego-type.ts';

/** What becomes of a child, given what the tree has at its place; undefined: it goes. */
type Choice = (child: RegoValue, branch: PathTree | 'leaf' | undefined) => RegoValue | undefined;

const filter: Choice = (child, branch) => {
  if (branch === undefined) return undefined;
  return branch === 'leaf' ? child : choose(child, branch, filter);
};

const remove: Choice = (child, branch) => {
  if (branch === undefined) return child;
  return branch === 'leaf' ? undefined : choose(child, branch, remove);
};

function choose(value: RegoValue, tree: PathTree, choice: Choice): RegoValue {
  if (isArray(value)) return value.flatMap((child, index) => list(choice(child, tree.get(String(index)))));
  if (value instanceof RegoSet) {
    return makeSet(value.sorted().flatMap((child) => list(choice(child, tree.get(mapKey(child))))));
  }
  if (!isObject(value)) return value;
  const builder = new ObjectBuilder();
  for (const [key, child] of entriesOf(value)) {
    const chosen = choice(child, tree.get(mapKey(key)));
    if (chosen !== undefined) builder.set(key, chosen);
  }
  return builder.build();
}

function list(value: RegoValue | undefined): readonly RegoValue[] {
  return value === undefined ? [] : [value];
}

function select(object: RegoValue, paths: RegoValue, choice: Choice): BuiltinOutcome {
  if (!isObject(object)) return operandTypeError(1, object, 'object');
  const tree = pathTree(paths);
  return tree instanceof Map ? choose(object, tree, choice) : tree;
}

const PATH: RegoType = { anyOf: ['string', ANY_ARRAY] };
const PATHS: RegoType = { anyOf: [{ array: PATH }, { set: PATH }] };

export const JSON_SELECTION_BUILTINS: readonly Builtin[] = [
  { name: 'json.filter', parameters: [ANY_OBJECT, PATHS], result: ANY_OBJECT, call: (_, a, b) => select(a, b, filter) },
  { name: 'json.remove', parameters: [ANY_OBJECT, PATHS], result: ANY_OBJECT, call: (_, a, b) => select(a, b, remove) },
];
