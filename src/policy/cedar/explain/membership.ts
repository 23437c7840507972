/** Who would be in whom if an entity were put into another one, or taken out. */
import type { Assumption } from '../emit/environment.ts';
import { isActionType } from '../entity-uid.ts';
import type { EntityStore } from '../store/entity-store.ts';
import type { Entity } from '../value.ts';

export type Membership = Extract<Assumption, { readonly kind: 'membership' }>;
export type Hierarchy = Pick<EntityStore, 'parentsOf' | 'schema'>;

/** Undefined where that cannot be: it would be a cycle, or the schema says otherwise. */
export function withParent(child: Entity, parent: Entity, { schema }: Hierarchy): Membership | undefined {
  if (isActionType(child.type.name) || parent.isIn(child)) return undefined;
  const declared = schema?.entityTypes.get(child.type.name);
  if (schema !== undefined && declared?.ancestorTypes.has(parent.type.name) !== true) return undefined;
  const isIn = (one: Entity, other: Entity): boolean => one.isIn(other) || (one.isIn(child) && parent.isIn(other));
  return { kind: 'membership', isIn };
}

/** The child without the one parent through which alone it is in the ancestor; undefined when there are several. */
export function withoutAncestor(
  child: Entity,
  ancestor: Entity,
  hierarchy: Hierarchy,
): { readonly parent: Entity; readonly membership: Membership } | undefined {
  if (isActionType(child.type.name) || child.ordinal === ancestor.ordinal) return undefined;
  const parents = hierarchy.parentsOf(child);
  const [parent, ...others] = parents.filter((candidate) => candidate.isIn(ancestor));
  if (parent === undefined || others.length > 0) return undefined;
  const remaining = parents.filter((candidate) => candidate !== parent);
  const isIn = (one: Entity, other: Entity): boolean => {
    // Whoever is not below the child has lost nothing.
    if (!one.isIn(child) || !one.isIn(other)) return one.isIn(other);
    return reaches(one, other, (entity) =>
      entity.ordinal === child.ordinal ? remaining : hierarchy.parentsOf(entity),
    );
  };
  return { parent, membership: { kind: 'membership', isIn } };
}

function reaches(from: Entity, to: Entity, parentsOf: (entity: Entity) => readonly Entity[]): boolean {
  const seen = new Set([from.ordinal]);
  const open = [from];
  for (let entity = open.pop(); entity !== undefined; entity = open.pop()) {
    if (entity.ordinal === to.ordinal) return true;
    for (const parent of parentsOf(entity)) {
      if (seen.has(parent.ordinal)) continue;
      seen.add(parent.ordinal);
      open.push(parent);
    }
  }
  return false;
}
