/**
 * Finds the policies whose scope a request can meet: by action, principal type and resource type once for all requests
 * alike, then by the entities that scopes name. What cannot match costs nothing.
 */
import type { PlannedPolicy, Run, ScopeTest } from '../emit/policy-function.ts';
import type { PolicySyntax } from '../syntax.ts';
import type { CedarRecord, Entity, EntityType } from '../value.ts';
import type { CedarSchema } from '../schema/cedar-schema.ts';
import { type Admission, admissionOf } from './admission.ts';
import { admitsAction, admitsTypes, type Scope } from './scope.ts';

export type CompiledPolicy = {
  readonly syntax: PolicySyntax;
  /** Its place in the set. */
  readonly order: number;
  readonly scope: Scope;
  /** What `run` was made of. */
  readonly planned: PlannedPolicy;
  /** Everything but the action, the types and the `lookup` of the scope. */
  readonly run: Run;
};

/** Up to this many groups are tried one by one; beyond, the entity's ancestors are looked up among them. */
const FEW_GROUPS = 8;

/** Policies of one effect that a request of given action and types can meet. */
class Candidates {
  readonly #always: CompiledPolicy[] = [];
  readonly #principal = new Map<number, CompiledPolicy[]>();
  readonly #resource = new Map<number, CompiledPolicy[]>();
  readonly #inPrincipal = new Map<number, CompiledPolicy[]>();
  readonly #inResource = new Map<number, CompiledPolicy[]>();
  readonly #principalGroups: Entity[] = [];
  readonly #resourceGroups: Entity[] = [];

  constructor(policies: readonly CompiledPolicy[]) {
    for (const policy of policies) this.#add(policy);
  }

  #add(policy: CompiledPolicy): void {
    const { lookup } = policy.scope;
    if (lookup === undefined) {
      this.#always.push(policy);
      return;
    }
    const { variable, relation, entity } = lookup;
    if (relation === '==') {
      append(variable === 'principal' ? this.#principal : this.#resource, entity, policy);
    } else if (variable === 'principal') {
      if (append(this.#inPrincipal, entity, policy)) this.#principalGroups.push(entity);
    } else if (append(this.#inResource, entity, policy)) {
      this.#resourceGroups.push(entity);
    }
  }

  /**
   * The first outcome among the candidates that is one of the two; otherwise 0. Written out without closures and
   * iterators, since each decision goes through here.
   */
  first(p: Entity, a: Entity, r: Entity, c: CedarRecord, wanted: number, alsoWanted: number): number {
    let found = firstOf(this.#always, p, a, r, c, wanted, alsoWanted);
    if (found !== 0) return found;
    if (this.#principal.size > 0) {
      found = firstOf(this.#principal.get(p.ordinal), p, a, r, c, wanted, alsoWanted);
      if (found !== 0) return found;
    }
    if (this.#resource.size > 0) {
      found = firstOf(this.#resource.get(r.ordinal), p, a, r, c, wanted, alsoWanted);
      if (found !== 0) return found;
    }
    if (this.#principalGroups.length > 0) {
      found = this.#firstIn(this.#inPrincipal, this.#principalGroups, p, p, a, r, c, wanted, alsoWanted);
      if (found !== 0) return found;
    }
    if (this.#resourceGroups.length > 0) {
      found = this.#firstIn(this.#inResource, this.#resourceGroups, r, p, a, r, c, wanted, alsoWanted);
    }
    return found;
  }

  // oxlint-disable-next-line max-params -- an object of them would be made for each decision
  #firstIn(
    byGroup: ReadonlyMap<number, readonly CompiledPolicy[]>,
    groups: readonly Entity[],
    entity: Entity,
    p: Entity,
    a: Entity,
    r: Entity,
    c: CedarRecord,
    wanted: number,
    alsoWanted: number,
  ): number {
    if (groups.length <= FEW_GROUPS) {
      for (let index = 0; index < groups.length; index += 1) {
        const group = groups[index] as Entity;
        if (!entity.isIn(group)) continue;
        const found = firstOf(byGroup.get(group.ordinal), p, a, r, c, wanted, alsoWanted);
        if (found !== 0) return found;
      }
      return 0;
    }
    const own = firstOf(byGroup.get(entity.ordinal), p, a, r, c, wanted, alsoWanted);
    if (own !== 0) return own;
    const { slots } = entity.ancestors;
    for (let index = 0; index < slots.length; index += 1) {
      const ordinal = slots[index] as number;
      if (ordinal === 0) continue;
      const found = firstOf(byGroup.get(ordinal), p, a, r, c, wanted, alsoWanted);
      if (found !== 0) return found;
    }
    return 0;
  }

  /** In no particular order. */
  inScope(p: Entity, r: Entity): CompiledPolicy[] {
    const inGroups = (byGroup: ReadonlyMap<number, readonly CompiledPolicy[]>, entity: Entity): CompiledPolicy[] =>
      [entity.ordinal, ...entity.ancestors].flatMap((ordinal) => byGroup.get(ordinal) ?? []);
    return [
      ...this.#always,
      ...(this.#principal.get(p.ordinal) ?? []),
      ...(this.#resource.get(r.ordinal) ?? []),
      ...inGroups(this.#inPrincipal, p),
      ...inGroups(this.#inResource, r),
    ].filter(({ planned }) => planned.tests.every((test) => passes(test, p, r)));
  }
}

export function passes({ variable, relation, entity }: ScopeTest, principal: Entity, resource: Entity): boolean {
  const actual = variable === 'principal' ? principal : resource;
  return relation === '==' ? actual.ordinal === entity.ordinal : actual.isIn(entity);
}

/** True when it is the first of its entity. */
function append(map: Map<number, CompiledPolicy[]>, { ordinal }: Entity, policy: CompiledPolicy): boolean {
  const list = map.get(ordinal);
  if (list === undefined) map.set(ordinal, [policy]);
  else list.push(policy);
  return list === undefined;
}

// oxlint-disable-next-line max-params -- an object of them would be made for each decision
function firstOf(
  policies: readonly CompiledPolicy[] | undefined,
  p: Entity,
  a: Entity,
  r: Entity,
  c: CedarRecord,
  wanted: number,
  alsoWanted: number,
): number {
  if (policies === undefined) return 0;
  for (let index = 0; index < policies.length; index += 1) {
    const outcome = (policies[index] as CompiledPolicy).run(p, a, r, c);
    if (outcome === wanted || outcome === alsoWanted) return outcome;
  }
  return 0;
}

/** The candidates of one action, principal type and resource type. */
export type Bucket = {
  /** All of them, in the order of the set. */
  readonly policies: readonly CompiledPolicy[];
  readonly admission: Admission;
  readonly forbids: Candidates;
  readonly permits: Candidates;
};

/** The policies whose whole scope these entities meet, in the order of the set. */
export function policiesInScope({ forbids, permits }: Bucket, principal: Entity, resource: Entity): CompiledPolicy[] {
  return [...forbids.inScope(principal, resource), ...permits.inScope(principal, resource)].sort(
    (one, other) => one.order - other.order,
  );
}

type Row = {
  /** The action's ancestors when the row was made: immutable, so that another table means another hierarchy. */
  readonly ancestors: Entity['ancestors'];
  readonly policies: readonly CompiledPolicy[];
  /** By the ordinals of principal type and resource type. */
  readonly buckets: (Bucket | undefined)[][];
};

/** Rows of actions that nobody declared could otherwise be made without end by whoever asks. */
const MAX_ROWS = 10_000;

export class PolicyIndex {
  readonly #policies: readonly CompiledPolicy[];
  readonly #schema: CedarSchema | undefined;
  readonly #rows = new Map<number, Row>();

  /** With a schema, each bucket says what the schema demands of its requests. */
  constructor(policies: readonly CompiledPolicy[], schema: CedarSchema | undefined) {
    this.#policies = policies;
    this.#schema = schema;
  }

  bucket(action: Entity, principalType: EntityType, resourceType: EntityType): Bucket {
    // All actions that only a request names are alike: no scope names them, and they are in no group.
    const ordinal = action.ordinal < 0 ? 0 : action.ordinal;
    let row = this.#rows.get(ordinal);
    if (row === undefined || row.ancestors !== action.ancestors) row = this.#makeRow(ordinal, action);
    return (
      row.buckets[principalType.ordinal]?.[resourceType.ordinal] ??
      this.#makeBucket(row, action, principalType, resourceType)
    );
  }

  #makeRow(ordinal: number, action: Entity): Row {
    if (this.#rows.size >= MAX_ROWS) this.#rows.clear();
    const policies = this.#policies.filter(({ scope }) => admitsAction(scope, action));
    const row = { ancestors: action.ancestors, policies, buckets: [] };
    this.#rows.set(ordinal, row);
    return row;
  }

  #makeBucket(row: Row, action: Entity, principalType: EntityType, resourceType: EntityType): Bucket {
    const policies = row.policies.filter(({ scope }) => admitsTypes(scope, principalType, resourceType));
    const bucket = {
      policies,
      admission: admissionOf(this.#schema, action, principalType, resourceType),
      forbids: new Candidates(policies.filter(({ syntax }) => syntax.effect === 'forbid')),
      permits: new Candidates(policies.filter(({ syntax }) => syntax.effect === 'permit')),
    };
    (row.buckets[principalType.ordinal] ??= [])[resourceType.ordinal] = bucket;
    return bucket;
  }
}
