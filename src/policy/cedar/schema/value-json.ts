/** Cedar's JSON form of values: read, with or without the type that a schema says, and written. */
import { err, ok, type Result } from '../../../kernel/result.ts';
import type { EntityUid } from '../entity-uid.ts';
import { CedarRecord, CedarSet, Entity, fieldsOf, type Value } from '../value.ts';
import type { CedarSchema, CedarType, RecordType } from './cedar-schema.ts';
import { readUid } from './entity-reference.ts';
import { isPlainObject, typeOfJson } from './json-object.ts';
import { type EntityResolver, readRecord, readUntyped, readValue } from './read-value.ts';
import { ValueFailure, type ValueProblem } from './value-problem.ts';

/**
 * JSON to a value, directed by the type where there is one: references may then be `{type, id}` and extension values
 * plain texts, and a missing or an undeclared attribute is refused. Otherwise by `__entity`, `__extn` and JSON's own
 * types. Integers may be bigints. With a schema, what its enumerations and actions do not list is refused.
 */
export function valueFromJson(
  json: unknown,
  type: CedarType | undefined,
  resolve: EntityResolver,
  schema?: CedarSchema,
): Result<Value, ValueProblem> {
  const scope = { resolve, schema };
  return resultOf(type === undefined ? readUntyped(json, scope, 0) : readValue(json, type, scope, 0));
}

/** As `valueFromJson` for what is a record in any case, such as the attributes of an entity: no escape of its own. */
export function recordFromJson(
  json: unknown,
  type: RecordType | undefined,
  resolve: EntityResolver,
  schema?: CedarSchema,
): Result<CedarRecord, ValueProblem> {
  const record = isPlainObject(json)
    ? readRecord(json, type, { resolve, schema }, 0)
    : new ValueFailure('cedar/type-mismatch', `should be an object, and is ${typeOfJson(json)}`);
  return resultOf(record);
}

/** A reference in either form: `{type, id}` or `{__entity: {type, id}}`. */
export function uidFromJson(json: unknown): Result<EntityUid, ValueProblem> {
  return resultOf(readUid(json));
}

function resultOf<T>(value: T | ValueFailure): Result<T, ValueProblem> {
  return value instanceof ValueFailure ? err(value.toProblem()) : ok(value);
}

/**
 * The JSON that `valueFromJson` reads back without a type; integers that JavaScript's numbers do not hold are bigints.
 * A record whose only attribute has the name of an escape (`__entity`, `__extn`) has no such form: it needs its type.
 */
export function valueToJson(value: Value): unknown {
  if (typeof value !== 'object') return value;
  if (value instanceof Entity) return { __entity: { type: value.type.name, id: value.id } };
  if (value instanceof CedarSet) return value.elements.map(valueToJson);
  if (value instanceof CedarRecord) {
    return Object.fromEntries(fieldsOf(value).map(([name, field]) => [name, valueToJson(field)]));
  }
  return value.toJson();
}
