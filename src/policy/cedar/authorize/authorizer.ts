/** The fast variant: the first decisive policy decides, and nothing is allocated where the store knows the entities. */
import type { CedarRequest } from './cedar-request.ts';
import { ERROR, SATISFIED } from '../emit/policy-function.ts';
import type { EntityUid } from '../entity-uid.ts';
import { isPlainObject } from '../schema/json-object.ts';
import type { EntityStore } from '../store/entity-store.ts';
import { CedarRecord, type Entity, type EntityType } from '../value.ts';
import type { Bucket, PolicyIndex } from './policy-index.ts';
import { resolveRequest } from './resolve-request.ts';

export type Decide = (request: CedarRequest) => 'allow' | 'deny';

export type DecideEntities = (
  bucket: Bucket,
  principal: Entity,
  action: Entity,
  resource: Entity,
  context: CedarRecord,
) => 'allow' | 'deny';

/** For a request that is resolved and valid; `failClosed`: a forbid that errs denies, otherwise it is skipped, as Cedar does. */
export function entityAuthorizer(failClosed: boolean): DecideEntities {
  const errorOfForbid = failClosed ? ERROR : SATISFIED;
  return (bucket, p, a, r, c) => {
    if (bucket.forbids.first(p, a, r, c, SATISFIED, errorOfForbid) !== 0) return 'deny';
    return bucket.permits.first(p, a, r, c, SATISFIED, SATISFIED) === 0 ? 'deny' : 'allow';
  };
}

export function authorizer(store: EntityStore, index: PolicyIndex, failClosed: boolean): Decide {
  const decideIn = entityAuthorizer(failClosed);

  const decideResolved: Decide = (request) => {
    const resolved = resolveRequest(store, request);
    if (!resolved.ok) return 'deny';
    const { principal, action, resource, context } = resolved.value;
    return decideIn(index.bucket(action, principal.type, resource.type), principal, action, resource, context);
  };

  const [principals, actions, resources] = [new Finder(store), new Finder(store), new Finder(store)];

  // What a caller without types gives may be anything: whatever is not plainly right is looked at on the slow path.
  return (request) => {
    const { context, attributes } = request;
    const principal = principals.find(request.principal);
    const action = actions.find(request.action);
    const resource = resources.find(request.resource);
    if (principal === undefined || action === undefined || resource === undefined) return decideResolved(request);
    if (attributes !== undefined || (context !== undefined && !isEmptyObject(context))) return decideResolved(request);
    const bucket = index.bucket(action, principal.type, resource.type);
    if (!bucket.admission.plain) return decideResolved(request);
    return decideIn(bucket, principal, action, resource, CedarRecord.EMPTY);
  };
}

/**
 * Finds entities of which one after another mostly has the same type: comparing its name with the last one costs a
 * fraction of looking it up, since a text that just came with a request has no hash yet.
 */
class Finder {
  readonly #store: EntityStore;
  #last: EntityType | undefined;

  constructor(store: EntityStore) {
    this.#store = store;
  }

  find(uid: EntityUid | null | undefined): Entity | undefined {
    if (uid === null || uid === undefined) return undefined;
    const last = this.#last;
    if (last !== undefined && last.name === uid.type) {
      const entity = last.entities.get(uid.id);
      if (entity !== undefined) return entity;
    }
    // The store may have dropped the type and made it anew.
    const type = this.#store.type(uid.type);
    this.#last = type;
    return type?.entities.get(uid.id);
  }
}

function isEmptyObject(value: object): boolean {
  for (const name in value) if (Object.hasOwn(value, name)) return false;
  return isPlainObject(value);
}
