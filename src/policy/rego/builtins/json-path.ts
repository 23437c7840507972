/** Paths into documents, as JSON pointers or arrays of segments, and the tree that several of them make. */
import { mapKey } from '../values/key.ts';
import { isArray, RegoSet, typeOf, type RegoValue } from '../values/value.ts';
import { BuiltinError } from './builtin.ts';
import { operandError, operandTypeError } from './operand-error.ts';

export type JsonPath = readonly RegoValue[];

/** Leading slashes are as good as none. */
export function parsePath(value: RegoValue): JsonPath | BuiltinError {
  if (isArray(value)) return value;
  if (typeof value === 'string') return value === '' ? [] : value.replace(/^\/+/, '').split('/').map(unescape);
  const kind = typeOf(value);
  return operandError(
    2,
    `must be one of {set, array} containing string paths or array of path segments but got ${kind}`,
  );
}

function unescape(segment: string): string {
  return segment.includes('~') ? segment.replaceAll('~1', '/').replaceAll('~0', '~') : segment;
}

/** What lies below each segment; `leaf` where a path ends. */
export type PathTree = Map<unknown, PathTree | 'leaf'>;

export function pathTree(value: RegoValue): PathTree | BuiltinError {
  if (!isArray(value) && !(value instanceof RegoSet)) return operandTypeError(2, value, 'set', 'array');
  const root: PathTree = new Map();
  for (const element of isArray(value) ? value : value.sorted()) {
    const path = parsePath(element);
    if (path instanceof BuiltinError) return path;
    addPath(root, path);
  }
  return root;
}

/** A path that goes on where another ends adds nothing, and one that ends where others go on takes them in. */
function addPath(root: PathTree, path: JsonPath): void {
  let node = root;
  for (const segment of path.slice(0, -1)) {
    const key = mapKey(segment);
    let child = node.get(key);
    if (child === 'leaf') return;
    if (child === undefined) node.set(key, (child = new Map()));
    node = child;
  }
  const last = path.at(-1);
  if (last !== undefined) node.set(mapKey(last), 'leaf');
}
