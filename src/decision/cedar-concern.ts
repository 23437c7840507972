/** Whether a Cedar policy set has anything to say of an action on a type of resource: where the layer speaks at all. */
import { type EntityUid, formatUid } from '../policy/cedar/entity-uid.ts';
import type { EntityStore } from '../policy/cedar/store/entity-store.ts';
import type { ActionConstraint, PolicySyntax, ScopeConstraint } from '../policy/cedar/syntax.ts';

/** `permit`: some permit's scope admits them; `forbid`: only those of forbids do. */
export type Concern = 'permit' | 'forbid' | 'none';

type Scope = {
  readonly action: ActionConstraint;
  /** The types of resource that it admits; undefined for all. */
  readonly types: ReadonlySet<string> | undefined;
};

/**
 * Principals are left aside: a set that has permits for an action on a type speaks for it, whoever asks. The hierarchy
 * is read once, so the entities must stay as they are.
 */
export function concerns(
  policies: readonly PolicySyntax[],
  entities: EntityStore,
): (action: EntityUid, resourceType: string) => Concern {
  const groups = policies.flatMap(({ resource }) => groupOf(resource) ?? []);
  const membersOf = memberTypes(groups, entities);
  const permits = scopesOf(policies, 'permit', membersOf);
  const forbids = scopesOf(policies, 'forbid', membersOf);
  const isIn = (action: EntityUid, group: EntityUid): boolean => {
    if (action.id === group.id && action.type === group.type) return true;
    const known = entities.type(group.type)?.entities.get(group.id);
    return known !== undefined && entities.get(action)?.isIn(known) === true;
  };
  return (action, resourceType) => {
    const admits = ({ action: wanted, types }: Scope): boolean =>
      (types === undefined || types.has(resourceType)) && admitsAction(wanted, action, isIn);
    if (permits.some(admits)) return 'permit';
    return forbids.some(admits) ? 'forbid' : 'none';
  };
}

function admitsAction(
  wanted: ActionConstraint,
  action: EntityUid,
  isIn: (action: EntityUid, group: EntityUid) => boolean,
): boolean {
  switch (wanted.kind) {
    case 'any':
      return true;
    case '==':
      return wanted.entity.id === action.id && wanted.entity.type === action.type;
    case 'in':
      return wanted.entities.some((group) => isIn(action, group));
  }
}

/** Different ones only: a set of thousands of policies has a handful. */
function scopesOf(
  policies: readonly PolicySyntax[],
  effect: PolicySyntax['effect'],
  membersOf: (group: EntityUid) => ReadonlySet<string>,
): readonly Scope[] {
  const scopes = new Map<string, Scope>();
  for (const { action, resource, effect: own } of policies) {
    if (own !== effect) continue;
    const types = typesOf(resource, membersOf);
    const { span: _, ...constraint } = action;
    scopes.set(JSON.stringify([constraint, types === undefined ? 'all' : [...types]]), { action, types });
  }
  return [...scopes.values()];
}

function typesOf(
  resource: ScopeConstraint,
  membersOf: (group: EntityUid) => ReadonlySet<string>,
): ReadonlySet<string> | undefined {
  const group = groupOf(resource);
  if (resource.kind === 'is') return new Set([resource.entityType]);
  if (group !== undefined) return membersOf(group);
  return resource.kind === '==' && typeof resource.entity !== 'string' ? new Set([resource.entity.type]) : undefined;
}

function groupOf(resource: ScopeConstraint): EntityUid | undefined {
  return resource.kind === 'in' && typeof resource.entity !== 'string' ? resource.entity : undefined;
}

/** The types of what may be in a group: as the schema says, or without one as the entities are. */
function memberTypes(groups: readonly EntityUid[], entities: EntityStore): (group: EntityUid) => ReadonlySet<string> {
  const { schema } = entities;
  const members = new Map(groups.map((group) => [formatUid(group), new Set([group.type])]));
  if (schema !== undefined) {
    for (const group of groups) {
      for (const { name, ancestorTypes } of schema.entityTypes.values()) {
        if (ancestorTypes.has(group.type)) members.get(formatUid(group))?.add(name);
      }
    }
  } else {
    addStoredMembers(groups, entities, members);
  }
  return (group) => members.get(formatUid(group)) ?? new Set([group.type]);
}

/** In one pass over the entities, however many groups there are. */
function addStoredMembers(
  groups: readonly EntityUid[],
  entities: EntityStore,
  members: ReadonlyMap<string, Set<string>>,
): void {
  const byOrdinal = new Map<number, Set<string>>();
  for (const group of groups) {
    const entity = entities.type(group.type)?.entities.get(group.id);
    const types = members.get(formatUid(group));
    if (entity !== undefined && types !== undefined) byOrdinal.set(entity.ordinal, types);
  }
  if (byOrdinal.size === 0) return;
  for (const type of entities.types()) {
    for (const entity of entities.entitiesOf(type.name)) {
      for (const ordinal of entity.ancestors) byOrdinal.get(ordinal)?.add(type.name);
    }
  }
}
