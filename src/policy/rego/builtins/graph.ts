/** Walking documents, and what can be reached in graphs that are objects of neighbours. */
import { entriesOf, getOfObject, listOf } from '../values/access.ts';
import { mapKey } from '../values/key.ts';
import { SetBuilder } from '../values/rego-set.ts';
import { isArray, isObject, RegoSet, type RegoObject, type RegoValue } from '../values/value.ts';
import { BuiltinError, type Builtin, type BuiltinOutcome } from './builtin.ts';
import { operandTypeError } from './operand-error.ts';
import { ANY_ARRAY, ANY_ARRAY_OR_SET, ANY_SET, type RegoType } from './rego-type.ts';

/** Every value in a document with the path to it, the whole first. */
function walk(document: RegoValue): BuiltinOutcome {
  const found: RegoValue[] = [];
  walkFrom([], document, found);
  return found;
}

function walkFrom(path: readonly RegoValue[], value: RegoValue, found: RegoValue[]): void {
  found.push([path, value]);
  if (typeof value !== 'object' || value === null) return;
  if (isArray(value)) {
    for (let index = 0; index < value.length; index += 1) walkFrom([...path, index], value[index] as RegoValue, found);
  } else if (value instanceof RegoSet) {
    for (const child of value.sorted()) walkFrom([...path, child], child, found);
  } else if (isObject(value)) {
    for (const [key, child] of entriesOf(value)) walkFrom([...path, key], child, found);
  }
}

/** All nodes that have edges and that one can get to. */
function reachable(graph: RegoValue, from: RegoValue): BuiltinOutcome {
  if (!isObject(graph)) return operandTypeError(1, graph, 'object');
  const starts = listOf(from);
  if (starts === undefined) return operandTypeError(2, from, '{array, set}');
  const seen = new Set<unknown>();
  const reached = new SetBuilder();
  const open = [...starts];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    const key = mapKey(node);
    if (seen.has(key)) continue;
    seen.add(key);
    const edges = getOfObject(graph, node);
    if (edges === undefined) continue;
    reached.add(node);
    for (const neighbour of listOf(edges) ?? []) open.push(neighbour);
  }
  return reached.build();
}

/** A graph of n nodes may have 2^n paths: more steps than these are too much for a policy and for a process. */
const MAX_STEPS = 1_000_000;

function reachablePaths(graph: RegoValue, from: RegoValue): BuiltinOutcome {
  if (!isObject(graph)) return operandTypeError(1, graph, 'object');
  const starts = listOf(from);
  if (starts === undefined) return operandTypeError(2, from, '{array, set}');
  const paths = new SetBuilder();
  let steps = 0;
  for (const start of starts) {
    const edges = getOfObject(graph, start);
    if (edges === undefined) continue;
    steps = addPaths(graph, start, listOf(edges) ?? [], paths, steps);
    if (steps > MAX_STEPS) return new BuiltinError(`following the paths takes more than ${MAX_STEPS} steps`);
  }
  return paths.build();
}

/** A node on the path that is being followed, and which of its neighbours is next. */
type Frame = { readonly key: unknown; readonly neighbours: readonly RegoValue[]; next: number };

/**
 * Every path ends at a node without edges, before one that is no node of the graph, or before it meets itself; only
 * the start may be met once more right after it. Gives the steps taken so far.
 */
function addPaths(
  graph: RegoObject,
  start: RegoValue,
  neighbours: readonly RegoValue[],
  paths: SetBuilder,
  stepsBefore: number,
): number {
  const path = [start];
  const frames: Frame[] = [{ key: mapKey(start), neighbours, next: 0 }];
  if (neighbours.length === 0) paths.add([start]);
  let steps = stepsBefore;
  for (let frame = frames.at(-1); frame !== undefined && steps <= MAX_STEPS; frame = frames.at(-1)) {
    steps += path.length;
    const neighbour = frame.neighbours[frame.next];
    frame.next += 1;
    if (neighbour === undefined) {
      frames.pop();
      path.pop();
      continue;
    }
    const key = mapKey(neighbour);
    const edges = getOfObject(graph, neighbour);
    if (edges === undefined || (frames.length > 1 && frames.some((other) => other.key === key))) {
      paths.add([...path]);
      continue;
    }
    path.push(neighbour);
    frames.push({ key, neighbours: listOf(edges) ?? [], next: 0 });
    if (frames.at(-1)?.neighbours.length === 0) paths.add([...path]);
  }
  return steps;
}

const GRAPH: RegoType = { object: { keys: 'any', values: ANY_ARRAY_OR_SET } };

export const GRAPH_BUILTINS: readonly Builtin[] = [
  { name: 'walk', parameters: ['any'], result: { tuple: [ANY_ARRAY, 'any'] }, relation: true, call: (_, a) => walk(a) },
  {
    name: 'graph.reachable',
    parameters: [GRAPH, ANY_ARRAY_OR_SET],
    result: ANY_SET,
    call: (_, a, b) => reachable(a, b),
  },
  {
    name: 'graph.reachable_paths',
    parameters: [GRAPH, ANY_ARRAY_OR_SET],
    result: { set: ANY_ARRAY },
    call: (_, a, b) => reachablePaths(a, b),
  },
];
