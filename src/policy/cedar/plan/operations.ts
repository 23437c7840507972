/** What Cedar's operators do with values. `undefined` is an error: a wrong type, an overflow, a missing attribute. */
import { Datetime } from '../extensions/datetime.ts';
import { Duration } from '../extensions/duration.ts';
import { addLongs, isLong, type Long, multiplyLongs, negateLong, subtractLongs } from '../long.ts';
import type { BinaryOperator } from '../syntax.ts';
import { CedarRecord, CedarSet, Entity, type EntityType, equal, fieldKey, type Value } from '../value.ts';
import type { TextPattern } from './text-pattern.ts';

type Outcome = Value | undefined;

export function attribute(operand: Value, key: `$${string}`): Outcome {
  if (operand instanceof Entity) return operand.attributes[key];
  return operand instanceof CedarRecord ? operand[key] : undefined;
}

/** `has`, of one name or of a path: each name but the last must lead to a record or an entity. */
export function has(operand: Value, keys: readonly `$${string}`[]): boolean | undefined {
  let value: Value = operand;
  for (const key of keys) {
    if (!(value instanceof Entity || value instanceof CedarRecord)) return undefined;
    const next: Outcome = attribute(value, key);
    if (next === undefined) return false;
    value = next;
  }
  return true;
}

export function isIn(left: Value, right: Value): boolean | undefined {
  if (!(left instanceof Entity)) return undefined;
  if (right instanceof Entity) return left.isIn(right);
  if (!(right instanceof CedarSet) || !right.entitiesOnly) return undefined;
  for (const element of right.elements) if (left.isIn(element as Entity)) return true;
  return false;
}

export function isType(operand: Value, type: EntityType): boolean | undefined {
  return operand instanceof Entity ? operand.type === type : undefined;
}

/** Longs, datetimes and durations have an order; two of the same kind can be compared. Negative: the left is less. */
export function compare(left: Value, right: Value): number | undefined {
  if (isLong(left) && isLong(right)) return compareLongs(left, right);
  if (left instanceof Datetime && right instanceof Datetime) return compareLongs(left.milliseconds, right.milliseconds);
  if (left instanceof Duration && right instanceof Duration) return compareLongs(left.milliseconds, right.milliseconds);
  return undefined;
}

function compareLongs(left: Long, right: Long): number {
  if (left < right) return -1;
  return left > right ? 1 : 0;
}

export function less(left: Value, right: Value): boolean | undefined {
  const order = compare(left, right);
  return order === undefined ? undefined : order < 0;
}

export function lessOrEqual(left: Value, right: Value): boolean | undefined {
  const order = compare(left, right);
  return order === undefined ? undefined : order <= 0;
}

export function add(left: Value, right: Value): Outcome {
  return isLong(left) && isLong(right) ? addLongs(left, right) : undefined;
}

export function subtract(left: Value, right: Value): Outcome {
  return isLong(left) && isLong(right) ? subtractLongs(left, right) : undefined;
}

export function multiply(left: Value, right: Value): Outcome {
  return isLong(left) && isLong(right) ? multiplyLongs(left, right) : undefined;
}

export function negate(operand: Value): Outcome {
  return isLong(operand) ? negateLong(operand) : undefined;
}

export function contains(left: Value, right: Value): boolean | undefined {
  return left instanceof CedarSet ? left.contains(right) : undefined;
}

export function containsAll(left: Value, right: Value): boolean | undefined {
  return left instanceof CedarSet && right instanceof CedarSet ? left.containsAll(right) : undefined;
}

export function containsAny(left: Value, right: Value): boolean | undefined {
  return left instanceof CedarSet && right instanceof CedarSet ? left.containsAny(right) : undefined;
}

export function isEmpty(operand: Value): boolean | undefined {
  return operand instanceof CedarSet ? operand.elements.length === 0 : undefined;
}

/** Of an entity that does not exist it is false, as `has` is. */
export function hasTag(left: Value, right: Value): boolean | undefined {
  if (!(left instanceof Entity) || typeof right !== 'string') return undefined;
  return left.tags[fieldKey(right)] !== undefined;
}

export function getTag(left: Value, right: Value): Outcome {
  return left instanceof Entity && typeof right === 'string' ? left.tags[fieldKey(right)] : undefined;
}

export function like(operand: Value, pattern: TextPattern): boolean | undefined {
  return typeof operand === 'string' ? pattern.matches(operand) : undefined;
}

export const BINARY: { readonly [O in BinaryOperator]: (left: Value, right: Value) => Outcome } = {
  '==': equal,
  '!=': (left, right) => !equal(left, right),
  '<': less,
  '<=': lessOrEqual,
  '>': (left, right) => less(right, left),
  '>=': (left, right) => lessOrEqual(right, left),
  '+': add,
  '-': subtract,
  '*': multiply,
  in: isIn,
  contains,
  containsAll,
  containsAny,
  hasTag,
  getTag,
};
