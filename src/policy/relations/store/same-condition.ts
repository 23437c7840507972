/** Whether two relationships of the same resource and subject say the same under the same condition. */
import type { JsonValue } from '../../../kernel/json.ts';
import type { Relationship } from './relationship.ts';

export function sameCondition(one: Relationship, other: Relationship): boolean {
  return (
    one.expiresAt === other.expiresAt &&
    one.caveat?.name === other.caveat?.name &&
    sameJson(one.caveat?.context ?? {}, other.caveat?.context ?? {})
  );
}

function sameJson(one: JsonValue, other: JsonValue): boolean {
  if (one === null || other === null || typeof one !== 'object' || typeof other !== 'object') return one === other;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const [left, right] = [Object.entries(one), Object.entries(other)];
  const values = new Map<string, JsonValue>(right);
  return (
    left.length === right.length &&
    left.every(([key, value]) => {
      const there = values.get(key);
      return there !== undefined && sameJson(value, there);
    })
  );
}
