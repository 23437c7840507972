/** An access request in Cedar's terms: principal, action, resource, context, and attributes for this request only. */
import type { CedarNames } from '../inventory/cedar-names.ts';
import type { AccessRequest } from '../kernel/access-request.ts';
import type { JsonObject } from '../kernel/json.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import type { CedarRequest } from '../policy/cedar/authorize/cedar-request.ts';
import { type EntityUid, isTypeName } from '../policy/cedar/entity-uid.ts';
import type { CedarSchema, RecordType } from '../policy/cedar/schema/cedar-schema.ts';

export type CedarUids = Required<Pick<CedarRequest, 'principal' | 'action' | 'resource'>>;

/**
 * The names of a request: `user` is the type `User`, `purchase-order` is `PurchaseOrder`, `refund` is
 * `Action::"refund"`, each in the namespace of `names` and unless `names` says otherwise; a type that holds `::` is
 * Cedar's own name. The error says which type has no such name.
 */
export function uidsOf(names: CedarNames, { subject, action, resource }: AccessRequest): Result<CedarUids, string> {
  const principalType = typeOf(names, subject.type);
  if (principalType === undefined) return err(unnameable('subject', subject.type));
  const resourceType = typeOf(names, resource.type);
  if (resourceType === undefined) return err(unnameable('resource', resource.type));
  return ok({
    principal: { type: principalType, id: subject.id },
    action: names.actions.get(action.name) ?? { type: inNamespace(names, 'Action'), id: action.name },
    resource: { type: resourceType, id: resource.id },
  });
}

function typeOf(names: CedarNames, type: string): string | undefined {
  const given = names.types.get(type);
  if (given !== undefined) return given;
  const name = type.includes('::') ? type : inNamespace(names, capitalised(type));
  return isTypeName(name) ? name : undefined;
}

function capitalised(type: string): string {
  return type
    .split(/[-_.]/u)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}

function inNamespace({ namespace }: CedarNames, name: string): string {
  return namespace === '' ? name : `${namespace}::${name}`;
}

function unnameable(part: 'subject' | 'resource', type: string): string {
  return `the type \`${type}\` of the ${part} gives no name of a Cedar type: name one under \`cedar.types\``;
}

/**
 * The whole request. Properties of the action become `context.action`. With a schema, what it does not declare is left
 * out: policies that were validated cannot look at it, and a caller may say more than policies ask.
 */
export function cedarRequestOf(
  uids: CedarUids,
  { subject, action, resource, context }: AccessRequest,
  schema: CedarSchema | undefined,
): Result<CedarRequest, string> {
  const ofAction = nonEmpty(action.properties);
  if (ofAction !== undefined && Object.hasOwn(context, 'action')) {
    return err('the request has both `context.action` and properties of the action, which would be the same in Cedar');
  }
  const whole = ofAction === undefined ? context : { ...context, action: ofAction };
  const principal = declared(subject.properties, shapeOf(schema, uids.principal));
  const target = declared(resource.properties, shapeOf(schema, uids.resource));
  const attributes = {
    ...(principal === undefined ? {} : { principal }),
    ...(target === undefined ? {} : { resource: target }),
  };
  return ok({
    ...uids,
    context: declared(whole, schema?.actionOf(uids.action)?.context) ?? {},
    ...(Object.keys(attributes).length === 0 ? {} : { attributes }),
  });
}

function shapeOf(schema: CedarSchema | undefined, { type }: EntityUid): RecordType | undefined {
  return schema?.entityTypes.get(type)?.shape;
}

function declared(properties: JsonObject | undefined, type: RecordType | undefined): JsonObject | undefined {
  if (properties === undefined || type === undefined) return nonEmpty(properties);
  return nonEmpty(Object.fromEntries(Object.entries(properties).filter(([name]) => type.attributes.has(name))));
}

function nonEmpty(properties: JsonObject | undefined): JsonObject | undefined {
  return properties === undefined || Object.keys(properties).length === 0 ? undefined : properties;
}
