/** Who may, or what may be done: every entity for which the decision is allow, page by page. */
import type { Problem } from '../../../kernel/problem.ts';
import { err, ok, type Result } from '../../../kernel/result.ts';
import { entityAuthorizer } from '../authorize/authorizer.ts';
import type { CedarRequest } from '../authorize/cedar-request.ts';
import { type Bucket, passes, type PolicyIndex } from '../authorize/policy-index.ts';
import { resolveRequest } from '../authorize/resolve-request.ts';
import { isActionType } from '../entity-uid.ts';
import type { EntityStore } from '../store/entity-store.ts';
import { declarationOf } from '../schema/validate-entity.ts';
import type { Entity, EntityType } from '../value.ts';
import { type CedarPage, type CedarQuery, DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE } from './cedar-query.ts';
import { cursorAfter, ordinalOf } from './cursor.ts';

export type Searched = {
  readonly entities: EntityStore;
  readonly index: PolicyIndex;
  readonly failClosed: boolean;
};

/**
 * Codes: `cedar/bad-query`, `cedar/bad-cursor`, and those of a request (`resolveRequest`) where what is given cannot be
 * asked about at all, so that a slip is not taken for "nobody".
 */
export function answerQuery(set: Searched, query: CedarQuery): Result<CedarPage> {
  const bad = problemOf(query);
  if (bad !== undefined) return err(bad);
  const after = ordinalOf(query, set.entities);
  if (!after.ok) return after;
  const allowed =
    query.find === 'action' ? allowedActions(set, query, after.value) : allowedOf(set, query, after.value);
  return allowed.ok ? ok(pageOf(allowed.value, query)) : allowed;
}

function problemOf(query: CedarQuery): Problem | undefined {
  const { find, limit = DEFAULT_PAGE_SIZE } = query;
  const refuse = (message: string): Problem => ({ code: 'cedar/bad-query', message });
  if (find !== 'principal' && find !== 'resource' && find !== 'action') {
    return refuse('`find` must be `principal`, `resource` or `action`');
  }
  if (find !== 'action' && typeof query.type !== 'string') return refuse(`to find a ${find} needs the \`type\` of it`);
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE_SIZE) {
    return refuse(`\`limit\` must be an integer from 1 to ${MAX_PAGE_SIZE}, and is ${String(limit)}`);
  }
  const given: Partial<CedarRequest> = query;
  for (const role of ['principal', 'action', 'resource'] as const) {
    if (role !== find && !isUid(given[role]))
      return refuse(`the ${role} must be given as \`{ type, id }\`, two strings`);
  }
  const open = find === 'action' ? undefined : given.attributes?.[find];
  return open === undefined ? undefined : refuse(`a ${find} that is sought has no attributes but those of the store`);
}

function isUid(uid: unknown): boolean {
  const { type, id } = (uid ?? {}) as { readonly type?: unknown; readonly id?: unknown };
  return typeof type === 'string' && typeof id === 'string';
}

/** One more is sought than is listed, to know whether there is a next page. */
function pageOf(allowed: Iterable<Entity>, query: CedarQuery): CedarPage {
  const { limit = DEFAULT_PAGE_SIZE } = query;
  const found: Entity[] = [];
  for (const entity of allowed) {
    const last = found.length === limit ? found[limit - 1] : undefined;
    if (last !== undefined) return { entities: found.map(uidOf), next: cursorAfter(last, query) };
    found.push(entity);
  }
  return { entities: found.map(uidOf) };
}

function uidOf({ type, id }: Entity): { readonly type: string; readonly id: string } {
  return { type: type.name, id };
}

type RoleQuery = Exclude<CedarQuery, { readonly find: 'action' }>;
type ActionQuery = Extract<CedarQuery, { readonly find: 'action' }>;

function allowedOf(set: Searched, query: RoleQuery, after: number): Result<Iterable<Entity>> {
  const { entities, index } = set;
  const { find, type } = query;
  // Whether the request is valid is the same for all that the store has of one type, so one is asked for all.
  const probe = { ...query, [find]: { type, id: someId(type, entities) } } as RoleQuery & CedarRequest;
  const resolved = resolveRequest(entities, probe);
  if (!resolved.ok) return resolved;
  const { principal, action, resource, context } = resolved.value;
  const bucket = index.bucket(action, principal.type, resource.type);
  const decide = entityAuthorizer(set.failClosed);
  const isAllowed =
    find === 'principal'
      ? (one: Entity): boolean => decide(bucket, one, action, resource, context) === 'allow'
      : (one: Entity): boolean => decide(bucket, principal, action, one, context) === 'allow';
  const given = find === 'principal' ? resource : principal;
  const named = onlyNamed(bucket, find, given);
  const candidates = named?.filter(({ exists }) => exists) ?? existing(entities, entities.type(type), after + 1);
  return ok(filtered(candidates, after, isAllowed));
}

/** One that the schema takes, where it lists them. */
function someId(type: string, store: EntityStore): string {
  const [listed] = store.schema?.entityTypes.get(type)?.ids ?? [];
  const [known] = store.type(type)?.entities.keys() ?? [];
  return listed ?? known ?? '';
}

/** When every permit that the given entity can meet names whom it is for: all of those; otherwise undefined. */
function onlyNamed({ policies }: Bucket, find: RoleQuery['find'], given: Entity): readonly Entity[] | undefined {
  const named = new Map<number, Entity>();
  for (const { syntax, scope } of policies) {
    if (syntax.effect === 'forbid') continue;
    const tests = scope.lookup === undefined ? scope.tests : [scope.lookup, ...scope.tests];
    if (!tests.every((test) => test.variable === find || passes(test, given, given))) continue;
    const sought = tests.find(({ variable, relation }) => variable === find && relation === '==');
    if (sought === undefined) return undefined;
    named.set(sought.entity.ordinal, sought.entity);
  }
  return [...named.values()].sort(byOrdinal);
}

function* existing(store: EntityStore, type: EntityType | undefined, from: number): Generator<Entity> {
  if (type === undefined) return;
  for (let ordinal = from; ordinal <= store.lastOrdinal; ordinal += 1) {
    const entity = store.entityByOrdinal(ordinal);
    if (entity?.type === type) yield entity;
  }
}

/** An action may ask for another context than the next: those for which the request is not valid are not allowed. */
function allowedActions(set: Searched, query: ActionQuery, after: number): Result<Iterable<Entity>> {
  const { entities, index } = set;
  const invalid = invalidInAnyCase(query, entities);
  if (invalid !== undefined) return err(invalid);
  const decide = entityAuthorizer(set.failClosed);
  const isAllowed = (one: Entity): boolean => {
    const resolved = resolveRequest(entities, { ...query, action: uidOf(one) });
    if (!resolved.ok) return false;
    const { principal, action, resource, context } = resolved.value;
    const bucket = index.bucket(action, principal.type, resource.type);
    return decide(bucket, principal, action, resource, context) === 'allow';
  };
  return ok(filtered(actionsOf(entities), after, isAllowed));
}

function invalidInAnyCase(query: ActionQuery, entities: EntityStore): Problem | undefined {
  const { schema } = entities;
  if (schema === undefined) {
    const resolved = resolveRequest(entities, { ...query, action: { type: 'Action', id: '' } });
    return resolved.ok ? undefined : resolved.problem;
  }
  const declared = [declarationOf(schema, query.principal), declarationOf(schema, query.resource)];
  return declared.find((result) => !result.ok)?.problem;
}

function actionsOf(entities: EntityStore): readonly Entity[] {
  const types = [...entities.types()].filter(({ name }) => isActionType(name));
  return types.flatMap((type) => [...type.entities.values()]).sort(byOrdinal);
}

function byOrdinal(one: Entity, other: Entity): number {
  return one.ordinal - other.ordinal;
}

function* filtered(
  candidates: Iterable<Entity>,
  after: number,
  isAllowed: (entity: Entity) => boolean,
): Generator<Entity> {
  for (const entity of candidates) if (entity.ordinal > after && isAllowed(entity)) yield entity;
}
