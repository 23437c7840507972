/** Who is in whom: the parents of entities, and of each all ancestors, kept complete through every change. */
import { AncestorTable } from '../ancestor-table.ts';
import { MAX_ANCESTORS } from '../limits.ts';
import type { Entity } from '../value.ts';
import type { KnownEntities } from './known-entities.ts';

/** What entities with the same parents share. */
type Lineage = {
  readonly key: string | number;
  /** By ordinal, at least one. */
  readonly parents: readonly Entity[];
  /** Undefined until it is computed for the first time. */
  ancestors: AncestorTable | undefined;
  readonly members: Entity[];
};

export type HierarchyFault =
  /** Each is in the next, and the last in the first. */
  | { readonly kind: 'cycle'; readonly entities: readonly Entity[] }
  | { readonly kind: 'too-many-ancestors'; readonly entity: Entity; readonly count: number };

type Outcome = { readonly tables: ReadonlyMap<Lineage, AncestorTable>; readonly fault?: HierarchyFault };

/**
 * INVARIANT (ancestors): between two calls, the ancestors of an entity are its parents and their ancestors, and nobody
 * is among his own. An entity that is removed has no parents, so nothing is reached through it.
 */
export class Hierarchy {
  readonly #known: KnownEntities;
  readonly #lineages = new Map<string | number, Lineage>();
  /** By ordinal of the member, as `#positions`: where in `members` it stands. */
  readonly #lineageOf: (Lineage | undefined)[] = [];
  readonly #positions: number[] = [];
  /** By ordinal of a parent: the lineages that it is in. */
  readonly #below = new Map<number, Set<Lineage>>();
  #version = 0;

  constructor(known: KnownEntities) {
    this.#known = known;
  }

  /** Grows with every change of anybody's ancestors. */
  get version(): number {
    return this.#version;
  }

  parentsOf(entity: Entity): readonly Entity[] {
    return this.#lineageOf[entity.ordinal]?.parents ?? [];
  }

  /** All or none: on a fault nothing has changed. */
  setParents(changes: ReadonlyMap<Entity, readonly Entity[]>): HierarchyFault | undefined {
    const moved = new Map<Entity, readonly Entity[]>();
    for (const [entity, given] of changes) {
      const before = this.parentsOf(entity);
      const parents = given.length < 2 ? given : inOrder(given);
      if (keyOf(parents) === keyOf(before)) continue;
      moved.set(entity, before);
      this.#move(entity, parents);
    }
    const { tables, fault } = this.#compute(this.#outdated(moved.keys()));
    if (fault === undefined) this.#commit(moved.keys(), tables);
    else this.#restore(moved);
    return fault;
  }

  #commit(moved: Iterable<Entity>, tables: ReadonlyMap<Lineage, AncestorTable>): void {
    let changed = false;
    for (const [lineage, table] of tables) {
      if (lineage.ancestors !== undefined && same(lineage.ancestors, table)) continue;
      lineage.ancestors = table;
      for (const member of lineage.members) member.ancestors = table;
      changed = true;
    }
    for (const entity of moved) {
      const table = this.#lineageOf[entity.ordinal]?.ancestors ?? AncestorTable.EMPTY;
      if (entity.ancestors !== table) changed = true;
      entity.ancestors = table;
    }
    if (changed) this.#version += 1;
  }

  /** An entity still has its old table, which its old lineage gets back if nobody else was in it. */
  #restore(moved: ReadonlyMap<Entity, readonly Entity[]>): void {
    for (const [entity, before] of moved) {
      this.#move(entity, before);
      const lineage = this.#lineageOf[entity.ordinal];
      if (lineage !== undefined) lineage.ancestors ??= entity.ancestors;
    }
  }

  #move(entity: Entity, parents: readonly Entity[]): void {
    this.#leave(entity);
    if (parents.length > 0) this.#join(entity, parents);
  }

  #leave(entity: Entity): void {
    const lineage = this.#lineageOf[entity.ordinal];
    if (lineage === undefined) return;
    this.#lineageOf[entity.ordinal] = undefined;
    const last = lineage.members.pop();
    const position = this.#positions[entity.ordinal];
    if (last !== undefined && last !== entity && position !== undefined) {
      lineage.members[position] = last;
      this.#positions[last.ordinal] = position;
    }
    if (lineage.members.length > 0) return;
    this.#lineages.delete(lineage.key);
    for (const parent of lineage.parents) {
      const below = this.#below.get(parent.ordinal);
      below?.delete(lineage);
      if (below?.size === 0) this.#below.delete(parent.ordinal);
      this.#known.release(parent);
    }
  }

  #join(entity: Entity, parents: readonly Entity[]): void {
    const key = keyOf(parents);
    let lineage = this.#lineages.get(key);
    // A literal of one is the smallest array; most lineages of many parents have one member.
    if (lineage !== undefined) lineage.members.push(entity);
    else this.#lineages.set(key, (lineage = { key, parents, ancestors: undefined, members: [entity] }));
    // Without gaps, which would turn the arrays into hash tables.
    while (this.#lineageOf.length <= entity.ordinal) {
      this.#lineageOf.push(undefined);
      this.#positions.push(0);
    }
    this.#lineageOf[entity.ordinal] = lineage;
    this.#positions[entity.ordinal] = lineage.members.length - 1;
    if (lineage.members.length > 1) return;
    for (const parent of parents) {
      const below = this.#below.get(parent.ordinal);
      if (below === undefined) this.#below.set(parent.ordinal, new Set([lineage]));
      else below.add(lineage);
      this.#known.mention(parent);
    }
  }

  /** The new lineages, and all that lie below an entity that moved. */
  #outdated(moved: Iterable<Entity>): ReadonlySet<Lineage> {
    const outdated = new Set<Lineage>();
    const pending: Entity[] = [];
    for (const entity of moved) {
      const own = this.#lineageOf[entity.ordinal];
      if (own !== undefined && own.ancestors === undefined) outdated.add(own);
      pending.push(entity);
    }
    for (let entity = pending.pop(); entity !== undefined; entity = pending.pop()) {
      for (const lineage of this.#below.get(entity.ordinal) ?? []) {
        if (outdated.has(lineage)) continue;
        outdated.add(lineage);
        for (const member of lineage.members) if (this.#below.has(member.ordinal)) pending.push(member);
      }
    }
    return outdated;
  }

  /**
   * Their tables, parents before children; with a stack of its own, since a chain may be as long as there are entities.
   * A lineage that is met again before it is done closes a cycle: every cycle that a change makes runs through
   * outdated lineages only, since it lies below an entity that moved.
   */
  #compute(outdated: ReadonlySet<Lineage>): Outcome {
    const tables = new Map<Lineage, AncestorTable>();
    const open = new Map<Lineage, number>();
    for (const start of outdated) {
      if (tables.has(start)) continue;
      const stack = [{ lineage: start, next: 0 }];
      open.set(start, 0);
      for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
        const parent = top.lineage.parents[top.next];
        if (parent === undefined) {
          const table = this.#union(top.lineage.parents, tables);
          const [entity] = top.lineage.members;
          if (table.size > MAX_ANCESTORS && entity !== undefined) {
            return { tables, fault: { kind: 'too-many-ancestors', entity, count: table.size } };
          }
          tables.set(top.lineage, table);
          open.delete(top.lineage);
          stack.pop();
          continue;
        }
        top.next += 1;
        const above = this.#lineageOf[parent.ordinal];
        if (above === undefined || !outdated.has(above) || tables.has(above)) continue;
        const since = open.get(above);
        if (since !== undefined) {
          const entities = stack.slice(since).map(({ lineage, next }) => lineage.parents[next - 1] as Entity);
          return { tables, fault: { kind: 'cycle', entities } };
        }
        open.set(above, stack.length);
        stack.push({ lineage: above, next: 0 });
      }
    }
    return { tables };
  }

  #union(parents: readonly Entity[], tables: ReadonlyMap<Lineage, AncestorTable>): AncestorTable {
    const above: AncestorTable[] = [];
    for (const parent of parents) {
      const lineage = this.#lineageOf[parent.ordinal];
      const table = lineage === undefined ? undefined : (tables.get(lineage) ?? lineage.ancestors);
      if (table !== undefined) above.push(table);
    }
    const ordinals = parents.map(({ ordinal }) => ordinal);
    return AncestorTable.union(ordinals, above);
  }
}

function inOrder(parents: readonly Entity[]): readonly Entity[] {
  return [...new Set(parents)].sort((a, b) => a.ordinal - b.ordinal);
}

/** A number for the most frequent kind, one parent: it takes no memory of its own. */
function keyOf(parents: readonly Entity[]): string | number {
  const [first] = parents;
  if (first === undefined) return 0;
  return parents.length === 1 ? first.ordinal : parents.map(({ ordinal }) => ordinal).join();
}

function same(a: AncestorTable, b: AncestorTable): boolean {
  if (a.size !== b.size) return false;
  for (const ordinal of a) if (!b.has(ordinal)) return false;
  return true;
}
