/** A request as the policies see it: entities of the store, or strangers to it, and a context of values. */
import type { Problem } from '../../../kernel/problem.ts';
import { err, ok, type Result } from '../../../kernel/result.ts';
import type { EntityUid } from '../entity-uid.ts';
import type { CedarType } from '../schema/cedar-schema.ts';
import { validateRequest } from '../schema/validate-request.ts';
import { type EntityResolver, valueFromJson } from '../schema/value-json.ts';
import type { EntityStore } from '../store/entity-store.ts';
import { CedarRecord, Entity, fieldsOf } from '../value.ts';
import type { CedarJsonObject, CedarRequest } from './cedar-request.ts';

export type ResolvedRequest = {
  readonly principal: Entity;
  readonly action: Entity;
  readonly resource: Entity;
  readonly context: CedarRecord;
};

/** Codes: `cedar/request-malformed`, and with a schema those of `validateRequest`. */
export function resolveRequest(store: EntityStore, request: CedarRequest): Result<ResolvedRequest> {
  for (const role of ['principal', 'action', 'resource'] as const) {
    const problem = uidProblem(role, request[role]);
    if (problem !== undefined) return err(problem);
  }
  const { schema } = store;
  const invalid = schema && validateRequest(schema, request);
  if (invalid !== undefined) return err(invalid);
  const resolve = resolverFor(store);
  const contextType = schema?.actionOf(request.action)?.context;
  const context = record('the context', request.context ?? {}, contextType, resolve);
  if (!context.ok) return context;
  const principal = withAttributes('principal', request, resolve, store);
  if (!principal.ok) return principal;
  const resource = withAttributes('resource', request, resolve, store);
  if (!resource.ok) return resource;
  const action = resolve(request.action.type, request.action.id);
  return ok({ principal: principal.value, action, resource: resource.value, context: context.value });
}

function uidProblem(role: string, uid: EntityUid | undefined): Problem | undefined {
  const { type, id } = (uid ?? {}) as { readonly type?: unknown; readonly id?: unknown };
  if (typeof type !== 'string' || typeof id !== 'string') {
    return malformed(`the ${role} must be given as \`{ type, id }\`, two strings`);
  }
  if (!type.isWellFormed() || !id.isWellFormed()) return malformed(`the name of the ${role} holds a lone surrogate`);
  return undefined;
}

function malformed(message: string): Problem {
  return { code: 'cedar/request-malformed', message };
}

/** Entities that nothing but this request names are made for it, two of one name only once. */
function resolverFor(store: EntityStore): EntityResolver {
  const strangers: Entity[] = [];
  return (typeName, id) => {
    const type = store.type(typeName);
    const known = type?.entities.get(id);
    if (known !== undefined) return known;
    const same = strangers.find((entity) => entity.id === id && entity.type.name === typeName);
    if (same !== undefined) return same;
    const stranger = new Entity(type ?? { name: typeName, ordinal: 0, entities: new Map() }, id, -1 - strangers.length);
    strangers.push(stranger);
    return stranger;
  };
}

function record(
  what: string,
  json: CedarJsonObject,
  type: CedarType | undefined,
  resolve: EntityResolver,
): Result<CedarRecord> {
  const value = valueFromJson(json, type, resolve);
  if (!value.ok) {
    const { path, message } = value.problem;
    return err(malformed(path.length === 0 ? `${what}: ${message}` : `${what}, at \`${path.join('.')}\`: ${message}`));
  }
  if (!(value.value instanceof CedarRecord)) return err(malformed(`${what} must be a record`));
  return ok(value.value);
}

/** The entity as the store has it, with the attributes of the request where the store has none of that name. */
function withAttributes(
  role: 'principal' | 'resource',
  request: CedarRequest,
  resolve: EntityResolver,
  { schema }: EntityStore,
): Result<Entity> {
  const uid = request[role];
  const entity = resolve(uid.type, uid.id);
  const given = request.attributes?.[role];
  if (given === undefined) return ok(entity);
  const shape = schema?.entityTypes.get(uid.type)?.shape;
  // What the store says already need not be said again, and what is said again is not looked at.
  const attributes = shape && {
    ...shape,
    attributes: new Map([...shape.attributes].map(([name, { type }]) => [name, { type, required: false }])),
  };
  const value = record(`the attributes of the ${role}`, given, attributes, resolve);
  if (!value.ok) return value;
  const completed = new Entity(entity.type, entity.id, entity.ordinal);
  completed.exists = true;
  completed.ancestors = entity.ancestors;
  completed.tags = entity.tags;
  completed.attributes = CedarRecord.of([...fieldsOf(value.value), ...fieldsOf(entity.attributes)]);
  return ok(completed);
}
