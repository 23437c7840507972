/** What a schema says of requests with a given action and given types, computed once for all of them. */
import type { CedarSchema, RecordType } from '../schema/cedar-schema.ts';
import type { Entity, EntityType } from '../value.ts';

export type Admission = {
  /** Whether the schema lets the action apply to these types; true without a schema. */
  readonly applies: boolean;
  /** Whether a request with an empty context needs no further check. */
  readonly plain: boolean;
  readonly context: RecordType | undefined;
};

const UNCHECKED: Admission = { applies: true, plain: true, context: undefined };

export function admissionOf(
  schema: CedarSchema | undefined,
  action: Entity,
  principal: EntityType,
  resource: EntityType,
): Admission {
  if (schema === undefined) return UNCHECKED;
  const declared = schema.actionOf({ type: action.type.name, id: action.id });
  const applies =
    declared !== undefined && declared.principalTypes.has(principal.name) && declared.resourceTypes.has(resource.name);
  if (!applies) return { applies, plain: false, context: undefined };
  const enumerated = [principal, resource].some(({ name }) => schema.entityTypes.get(name)?.ids !== undefined);
  const demanding = [...declared.context.attributes.values()].some(({ required }) => required);
  return { applies, plain: !enumerated && !demanding, context: declared.context };
}
