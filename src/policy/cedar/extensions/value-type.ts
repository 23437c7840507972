/** What people call the type of a value, in messages. */
import { isLong } from '../long.ts';
import { CedarRecord, CedarSet, Entity, type Value } from '../value.ts';
import { Datetime } from './datetime.ts';
import { Decimal } from './decimal.ts';
import { Duration } from './duration.ts';

/** With its article: `a string`, `an entity of type \`User\``. */
export function typeOfValue(value: Value): string {
  if (typeof value === 'boolean') return 'a boolean';
  if (typeof value === 'string') return 'a string';
  if (isLong(value)) return 'a long';
  if (value instanceof Entity) return `an entity of type \`${value.type.name}\``;
  if (value instanceof CedarSet) return 'a set';
  if (value instanceof CedarRecord) return 'a record';
  if (value instanceof Decimal) return 'a decimal';
  if (value instanceof Datetime) return 'a datetime';
  return value instanceof Duration ? 'a duration' : 'an ip address';
}
