/** A request as the policies see it: entities of the store, or strangers to it, and a context of values. */
import type { Problem } from '../../../kernel/problem.ts';
import { err, ok, type Result } from '../../../kernel/result.ts';
import { type EntityUid, isTypeName } from '../entity-uid.ts';
import type { RecordType } from '../schema/cedar-schema.ts';
import type { EntityResolver } from '../schema/read-value.ts';
import { contextFromJson, validateRequest } from '../schema/validate-request.ts';
import { recordFromJson } from '../schema/value-json.ts';
import { locate, shown } from '../schema/value-problem.ts';
import { isPlainObject } from '../schema/json-object.ts';
import type { EntityStore } from '../store/entity-store.ts';
import { CedarRecord, Entity, fieldsOf } from '../value.ts';
import type { CedarRequest } from './cedar-request.ts';

export type ResolvedRequest = {
  readonly principal: Entity;
  readonly action: Entity;
  readonly resource: Entity;
  readonly context: CedarRecord;
};

const ROLES = ['principal', 'action', 'resource'] as const;

/** Codes: `cedar/bad-request`, those of values (`valueFromJson`), and with a schema those of `validateRequest`. */
export function resolveRequest(store: EntityStore, request: CedarRequest): Result<ResolvedRequest> {
  for (const role of ROLES) {
    const problem = uidProblem(role, request[role]);
    if (problem !== undefined) return err(problem);
  }
  if (request.attributes !== undefined && !isPlainObject(request.attributes)) {
    return err({ code: 'cedar/bad-request', message: 'the attributes of a request must be an object' });
  }
  const { schema } = store;
  const declared = schema && validateRequest(schema, request);
  if (declared !== undefined && !declared.ok) return declared;
  const resolve = resolverFor(store);
  const context = contextFromJson(
    request.context === undefined ? {} : request.context,
    declared?.value,
    resolve,
    schema,
  );
  if (!context.ok) return context;
  const principal = completed('principal', request, resolve, store);
  if (!principal.ok) return principal;
  const resource = completed('resource', request, resolve, store);
  if (!resource.ok) return resource;
  const action = resolve(request.action.type, request.action.id);
  return ok({ principal: principal.value, action, resource: resource.value, context: context.value });
}

function uidProblem(role: string, uid: EntityUid | undefined): Problem | undefined {
  const { type, id } = (uid ?? {}) as { readonly type?: unknown; readonly id?: unknown };
  if (typeof type !== 'string' || typeof id !== 'string') {
    return { code: 'cedar/bad-request', message: `the ${role} must be given as \`{ type, id }\`, two strings` };
  }
  if (!type.isWellFormed() || !id.isWellFormed()) {
    return { code: 'cedar/bad-request', message: `the name of the ${role} holds half a surrogate pair` };
  }
  if (!isTypeName(type)) {
    return { code: 'cedar/bad-request', message: `the type of the ${role} is ${shown(type)}, which cannot be a type` };
  }
  return undefined;
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
    const stranger = new Entity(type ?? unnamed(typeName), id, -1 - strangers.length);
    strangers.push(stranger);
    return stranger;
  };
}

/** A type that no entity and no policy names. */
function unnamed(name: string): Entity['type'] {
  return { name, ordinal: 0, entities: new Map() };
}

/** The entity as the store has it, with the attributes of the request where the store has none of that name. */
function completed(
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
  const value = recordFromJson(given, shape && optional(shape), resolve, schema);
  if (!value.ok) return err(locate(value.problem, 'attribute', `the ${role}`));
  const whole = new Entity(entity.type, entity.id, entity.ordinal);
  whole.exists = true;
  whole.ancestors = entity.ancestors;
  whole.tags = entity.tags;
  whole.attributes = CedarRecord.of([...fieldsOf(value.value), ...fieldsOf(entity.attributes)]);
  return ok(whole);
}

/** What the store says already need not be said again. */
function optional({ attributes }: RecordType): RecordType {
  const types = [...attributes].map(([name, { type }]) => [name, { type, required: false }] as const);
  return { kind: 'Record', attributes: new Map(types) };
}
