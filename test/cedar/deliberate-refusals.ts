/** What Cedar takes in the JSON form of a policy, and is refused here on purpose: src/policy/cedar/parse/README.md. */
import { EXTENSION_FUNCTIONS } from '../../src/policy/cedar/syntax.ts';

type Fields = Readonly<Record<string, unknown>>;

const RESERVED = new Set(['true', 'false', 'if', 'then', 'else', 'in', 'is', 'like', 'has', '__cedar']);
const CONSTRUCTORS = Object.entries(EXTENSION_FUNCTIONS).filter(([, { style }]) => style === 'function');
const METHODS = Object.entries(EXTENSION_FUNCTIONS).filter(([, { style }]) => style === 'method');

/** Whether something in it can only be a mistake, though Cedar overlooks it. */
export function hasOverlookedMistake(json: unknown): boolean {
  if (typeof json !== 'object' || json === null) return false;
  const fields = json as Fields;
  const inOrder = Array.isArray(json) || (isReference(fields) && isCall(fields) && isScope(fields) && isHas(fields));
  if (!inOrder || METHODS.some(([name]) => isEmptyList(fields[name]))) return true;
  return Object.values(fields).some(hasOverlookedMistake);
}

function isObject(json: unknown): json is Fields {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

function hasOnly(json: unknown, names: readonly string[]): json is Fields {
  return isObject(json) && Object.keys(json).every((name) => names.includes(name));
}

function isUid(json: unknown): boolean {
  return hasOnly(json, ['type', 'id']) && typeof json['type'] === 'string' && typeof json['id'] === 'string';
}

/** `__entity` alone, with a type and an id. */
function isReference(fields: Fields): boolean {
  return !Object.hasOwn(fields, '__entity') || (hasOnly(fields, ['__entity']) && isUid(fields['__entity']));
}

/** `__extn` alone, with a function that exists, and either `arg` or `args`. */
function isCall(fields: Fields): boolean {
  if (!Object.hasOwn(fields, '__extn')) return true;
  const call = fields['__extn'];
  if (!hasOnly(fields, ['__extn']) || !hasOnly(call, ['fn', 'arg', 'args'])) return false;
  return Object.keys(call).length === 2 && CONSTRUCTORS.some(([name]) => name === call['fn']);
}

/** A scope constraint has the fields of its operator, and of `entity`, `entities` and `slot` one. */
function isScope(fields: Fields): boolean {
  if (!Object.hasOwn(fields, 'op')) return !isObject(fields['in']) || isTarget(fields['in'], []);
  return fields['op'] === 'is'
    ? hasOnly(fields, ['op', 'entity_type', 'in']) && isIn(fields['in'])
    : isTarget(fields, ['op']);
}

function isIn(json: unknown): boolean {
  return json === undefined || isTarget(json, []);
}

function isTarget(json: unknown, others: readonly string[]): boolean {
  // The operator `in` of expressions has operands of its own.
  if (hasOnly(json, ['left', 'right'])) return true;
  if (!hasOnly(json, ['entity', 'entities', 'slot', ...others])) return false;
  const { entity } = json;
  const plain = entity === undefined || isUid(entity) || (isObject(entity) && isReference(entity));
  return plain && Object.keys(json).length <= others.length + 1;
}

/** `has` with several names: each is an identifier. */
function isHas({ has }: Fields): boolean {
  if (!isObject(has)) return true;
  const path = has['attr'];
  if (!hasOnly(has, ['left', 'attr'])) return false;
  if (!Array.isArray(path) || path.length < 2) return true;
  return path.every((name) => typeof name === 'string' && /^[a-z_]\w*$/iu.test(name) && !RESERVED.has(name));
}

function isEmptyList(json: unknown): boolean {
  return Array.isArray(json) && json.length === 0;
}
