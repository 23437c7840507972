/** References to entities in JSON, and whether a schema declares what they name. */
import { nearestName } from '../../../kernel/nearest-name.ts';
import { type EntityUid, formatUid, isActionType, isTypeName } from '../entity-uid.ts';
import type { CedarSchema } from './cedar-schema.ts';
import { isPlainObject, ownProperty, typeOfJson } from './json-object.ts';
import { shown, ValueFailure } from './value-problem.ts';

const FORM = `write it as \`{"type": "User", "id": "alice"}\``;

/** Either form, `{type, id}` or `{__entity: {type, id}}`; what else stands beside them is ignored, as Cedar does. */
export function readUid(json: unknown): EntityUid | ValueFailure {
  if (!isPlainObject(json)) {
    return new ValueFailure(
      'cedar/type-mismatch',
      `should be a reference to an entity, and is ${typeOfJson(json)}`,
      FORM,
    );
  }
  const inner = ownProperty(json, '__entity') ?? json;
  const [type, id] = isPlainObject(inner) ? [ownProperty(inner, 'type'), ownProperty(inner, 'id')] : [];
  if (typeof type !== 'string' || typeof id !== 'string') {
    return new ValueFailure(
      'cedar/bad-reference',
      'should be a reference to an entity, with the texts `type` and `id`',
      FORM,
    );
  }
  if (!isTypeName(type)) {
    const hint = 'a type is an identifier, with its namespaces before it and `::` between: `Shop::User`';
    return new ValueFailure('cedar/bad-reference', `names the entity type ${shown(type)}, which cannot be one`, hint);
  }
  if (!id.isWellFormed()) {
    return new ValueFailure('cedar/bad-text', 'has an id with half a surrogate pair, which is no text of Unicode');
  }
  return { type, id };
}

/**
 * Why a schema does not know the entity: it is of an enumerated type and not one of its ids, or an action that is not
 * declared. All other ids are free.
 */
export function problemOfReference(schema: CedarSchema, uid: EntityUid): ValueFailure | undefined {
  const ids = schema.entityTypes.get(uid.type)?.ids;
  if (ids !== undefined && !ids.has(uid.id)) {
    const message = `names \`${formatUid(uid)}\`, and the schema does not list that id for \`${uid.type}\``;
    return new ValueFailure('cedar/undeclared-entity', message, hintOfIds(uid.id, ids));
  }
  if (isActionType(uid.type) && schema.actionOf(uid) === undefined) {
    const message = `names \`${formatUid(uid)}\`, and the schema declares no such action`;
    return new ValueFailure('cedar/undeclared-action', message, hintOfNames(formatUid(uid), schema.actions.keys()));
  }
  return undefined;
}

function hintOfIds(id: string, ids: ReadonlySet<string>): string {
  const nearest = nearestName(id, ids);
  if (nearest !== undefined) return `maybe ${shown(nearest)} was meant`;
  return `the ids are ${[...ids].slice(0, 10).map(shown).join(', ')}${ids.size > 10 ? ' and more' : ''}`;
}

/** The nearest known name, as a hint; undefined when none is near. */
export function hintOfNames(wrong: string, known: Iterable<string>): string | undefined {
  const nearest = nearestName(wrong, known);
  return nearest === undefined ? undefined : `maybe \`${nearest}\` was meant`;
}
