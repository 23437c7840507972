/** An entity as Cedar's JSON has it, read into what the store keeps of it. */
import { nearestName } from '../../../kernel/nearest-name.ts';
import type { Problem } from '../../../kernel/problem.ts';
import { err, ok, type Result } from '../../../kernel/result.ts';
import { type EntityUid, formatUid } from '../entity-uid.ts';
import type { CedarSchema } from '../schema/cedar-schema.ts';
import { isPlainObject } from '../schema/json-object.ts';
import type { EntityResolver } from '../schema/read-value.ts';
import { entityFromJson } from '../schema/validate-entity.ts';
import { type CedarRecord, type Entity, equal } from '../value.ts';

/**
 * `uid` and the elements of `parents` are `{type, id}` or `{__entity: {type, id}}`; `attrs` and `tags` are records.
 * What is left out is empty. Fields that Cedar does not know are ignored, as Cedar does.
 */
export type EntityJson = {
  readonly uid: unknown;
  readonly attrs?: unknown;
  readonly parents?: unknown;
  readonly tags?: unknown;
};

/** An entity and what it is to have. */
export type StagedEntity = {
  readonly entity: Entity;
  readonly attributes: CedarRecord;
  readonly tags: CedarRecord;
  readonly parents: readonly Entity[];
};

const FIELDS = ['uid', 'attrs', 'parents', 'tags'];

export function stageEntity(
  json: unknown,
  resolve: EntityResolver,
  schema: CedarSchema | undefined,
): Result<StagedEntity> {
  const parsed = entityFromJson(json, resolve, schema);
  if (!parsed.ok) return parsed;
  const { uid, attributes, tags, parents } = parsed.value;
  const misspelt = misspeltField(json, uid);
  if (misspelt !== undefined) return err(misspelt);
  const entity = resolve(uid.type, uid.id);
  return ok({ entity, attributes, tags, parents: parents.map(({ type, id }) => resolve(type, id)) });
}

/** An unknown field where a known one is missing: to ignore `parent` would silently put nobody into any group. */
function misspeltField(json: unknown, uid: EntityUid): Problem | undefined {
  if (!isPlainObject(json) || (Object.hasOwn(json, 'attrs') && Object.hasOwn(json, 'parents'))) return undefined;
  const unknown = Object.keys(json).find((field) => !FIELDS.includes(field));
  if (unknown === undefined) return undefined;
  const nearest = nearestName(unknown, FIELDS);
  const hint =
    nearest === undefined
      ? 'an entity has `uid`, `attrs`, `parents` and maybe `tags`'
      : `maybe \`${nearest}\` was meant`;
  const missing = Object.hasOwn(json, 'attrs') ? 'parents' : 'attrs';
  const message = `\`${formatUid(uid)}\` lacks \`${missing}\`, and has the unknown field \`${unknown.slice(0, 64)}\``;
  return { code: 'cedar/bad-entity', message, hint };
}

/** Whether both say the same of the entity; the order of parents and how often they are named says nothing. */
export function sameData(a: StagedEntity, b: StagedEntity): boolean {
  return (
    equal(a.attributes, b.attributes) &&
    equal(a.tags, b.tags) &&
    new Set(a.parents).symmetricDifference(new Set(b.parents)).size === 0
  );
}
