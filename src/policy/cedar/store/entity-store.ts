/** The entities that policies are decided against: resident, interned, changed at any time. */
import { type Problem, ProblemError } from '../../../kernel/problem.ts';
import { err, ok, type Result } from '../../../kernel/result.ts';
import { type EntityUid, formatUid, isActionType } from '../entity-uid.ts';
import { MAX_ANCESTORS, MAX_PROBLEMS } from '../limits.ts';
import type { CedarSchema } from '../schema/cedar-schema.ts';
import { problemOfAction } from '../schema/validate-entity.ts';
import { valueToJson } from '../schema/value-json.ts';
import { CedarRecord, type Entity, type EntityType, fieldsOf } from '../value.ts';
import { type EntityJson, sameData, stageEntity, type StagedEntity } from './entity-json.ts';
import { Hierarchy, type HierarchyFault } from './hierarchy.ts';
import { KnownEntities } from './known-entities.ts';

export type { EntityJson } from './entity-json.ts';

/** Of a cycle in a message: a longer one is understood from its beginning. */
const SHOWN_OF_CYCLE = 8;

export class EntityStore {
  readonly schema: CedarSchema | undefined;
  readonly #known = new KnownEntities();
  readonly #hierarchy: Hierarchy = new Hierarchy(this.#known);
  /** The actions of the schema: they are as it declares them, and stay. */
  readonly #declared = new Set<Entity>();
  #size = 0;

  /** With a schema its actions exist from the start, in their groups, and all entities must conform to it. */
  constructor(options: { readonly schema?: CedarSchema } = {}) {
    this.schema = options.schema;
    if (this.schema !== undefined) this.#declare(this.schema);
  }

  #declare(schema: CedarSchema): void {
    // Whoever keeps by a type's ordinal what the schema says of the type must not meet another type there.
    for (const name of schema.entityTypes.keys()) this.internType(name);
    const resolve = ({ type, id }: EntityUid): Entity => this.#known.resolve(type, id);
    const actions = [...schema.actions.values()].map(({ uid, parents }) => ({
      entity: resolve(uid),
      attributes: CedarRecord.EMPTY,
      tags: CedarRecord.EMPTY,
      parents: parents.map(resolve),
    }));
    const fault = this.#hierarchy.setParents(parentsOf(actions));
    if (fault !== undefined) throw new ProblemError(problemOf(fault));
    for (const action of actions) {
      this.#keep(action);
      this.#declared.add(action.entity);
    }
    this.#known.forget();
  }

  /** Existing entities; those that are only spoken of are not counted. */
  get size(): number {
    return this.#size;
  }

  /** All uids that the store holds in memory: the existing ones, and those that they or policies speak of. */
  get knownSize(): number {
    return this.#known.size;
  }

  /** No entity has a larger one; what exists keeps its ordinal for as long as it does. */
  get lastOrdinal(): number {
    return this.#known.lastOrdinal;
  }

  /** Grows whenever the ancestors of any entity may have changed: what depends on the hierarchy compares it. */
  get hierarchyVersion(): number {
    return this.#hierarchy.version;
  }

  /**
   * Adds entities, or replaces those that are there, all or none. Parents and references need not exist, then or ever.
   * Codes: `cedar/bad-entity`, `cedar/duplicate-entity`, `cedar/entity-cycle`, `cedar/too-many-ancestors`, those of
   * `valueFromJson`, and with a schema those of its check.
   */
  put(entities: readonly EntityJson[]): Result<void, readonly Problem[]> {
    try {
      const staged = this.#stage(entities);
      if (!staged.ok) return staged;
      const fault = this.#hierarchy.setParents(parentsOf(staged.value));
      if (fault !== undefined) return err([problemOf(fault)]);
      for (const entity of staged.value) this.#keep(entity);
      return ok(undefined);
    } finally {
      // What was only met while reading, or lost its last mention, goes.
      this.#known.forget();
    }
  }

  #stage(entities: readonly EntityJson[]): Result<readonly StagedEntity[], readonly Problem[]> {
    const resolve = (type: string, id: string): Entity => this.#known.resolve(type, id);
    const staged = new Map<Entity, StagedEntity>();
    const problems: Problem[] = [];
    for (const json of entities) {
      const read = stageEntity(json, resolve, this.schema);
      const problem = read.ok ? this.#conflict(read.value, staged) : read.problem;
      if (problem !== undefined) problems.push(problem);
      else if (read.ok && !this.#declared.has(read.value.entity)) staged.set(read.value.entity, read.value);
      if (problems.length >= MAX_PROBLEMS) break;
    }
    return problems.length > 0 ? err(problems) : ok([...staged.values()]);
  }

  /** Cedar takes an entity twice, and an action of the schema, when it is the same again. */
  #conflict(given: StagedEntity, staged: ReadonlyMap<Entity, StagedEntity>): Problem | undefined {
    const uid = uidOf(given.entity);
    if (this.schema !== undefined && isActionType(uid.type)) {
      const { attributes, tags } = given;
      const parents = given.parents.map(uidOf);
      return problemOfAction(this.schema, { uid, attributes, tags, parents }, this.#namesAbove(given.parents));
    }
    const earlier = staged.get(given.entity);
    if (earlier === undefined || sameData(given, earlier)) return undefined;
    const message = `\`${formatUid(uid)}\` was given twice, and differently`;
    return {
      code: 'cedar/duplicate-entity',
      message,
      hint: 'give each entity once, with all its attributes and parents',
    };
  }

  /** The parents and their ancestors, by `formatUid`. */
  #namesAbove(parents: readonly Entity[]): ReadonlySet<string> {
    const ordinals = parents.flatMap(({ ordinal, ancestors }) => [ordinal, ...ancestors]);
    const entities = ordinals.map((ordinal) => this.#known.byOrdinal(ordinal)).filter((entity) => entity !== undefined);
    return new Set(entities.map((entity) => formatUid(uidOf(entity))));
  }

  #keep({ entity, attributes, tags }: StagedEntity): void {
    // The new mentions first, so that what both speak of is not suspected.
    this.#known.mentionAll(attributes);
    this.#known.mentionAll(tags);
    if (entity.exists) this.#releaseData(entity);
    else this.#size += 1;
    entity.exists = true;
    entity.attributes = attributes;
    entity.tags = tags;
  }

  #releaseData(entity: Entity): void {
    this.#known.releaseAll(entity.attributes);
    this.#known.releaseAll(entity.tags);
  }

  /**
   * Returns how many there were to remove. Who has a removed entity as a parent still is in it, but through it in
   * nothing more: as Cedar decides when the entity is not given. Actions of the schema stay.
   */
  remove(uids: Iterable<EntityUid>): number {
    const removed = new Map<Entity, readonly Entity[]>();
    for (const uid of uids) {
      const entity = this.get(uid);
      if (entity !== undefined && !this.#declared.has(entity)) removed.set(entity, []);
    }
    // Fewer parents make no cycle and no more ancestors.
    this.#hierarchy.setParents(removed);
    for (const entity of removed.keys()) {
      this.#releaseData(entity);
      entity.exists = false;
      entity.attributes = CedarRecord.EMPTY;
      entity.tags = CedarRecord.EMPTY;
      this.#known.suspect(entity);
    }
    this.#size -= removed.size;
    this.#known.forget();
    return removed.size;
  }

  /** Undefined also for one that is only spoken of. */
  get(uid: EntityUid): Entity | undefined {
    const entity = this.#known.find(uid);
    return entity?.exists === true ? entity : undefined;
  }

  /** The object of a uid, made when there is none, and kept for as long as the store: for constants of policies. */
  intern(uid: EntityUid): Entity {
    const entity = this.#known.resolve(uid.type, uid.id);
    this.#known.mention(entity);
    this.#known.forget();
    return entity;
  }

  /** As `intern`: the type and its ordinal stay. */
  internType(name: string): EntityType {
    return this.#known.internType(name);
  }

  /** For requests, without allocation; an entity in its `entities` may only be spoken of. */
  type(name: string): EntityType | undefined {
    return this.#known.type(name);
  }

  types(): Iterable<EntityType> {
    return this.#known.types();
  }

  /** Undefined also for one that is only spoken of. */
  entityByOrdinal(ordinal: number): Entity | undefined {
    const entity = this.#known.byOrdinal(ordinal);
    return entity?.exists === true ? entity : undefined;
  }

  /** The existing ones by ordinal, as they are at the time of the call. */
  entitiesOf(type: string): readonly Entity[] {
    const entities = [...(this.#known.type(type)?.entities.values() ?? [])].filter(({ exists }) => exists);
    return entities.sort((a, b) => a.ordinal - b.ordinal);
  }

  parentsOf(entity: Entity): readonly Entity[] {
    return this.#hierarchy.parentsOf(entity);
  }

  /** What `put` takes; integers that JavaScript's numbers do not hold are bigints. */
  toJson(entity: Entity): EntityJson {
    const json = {
      uid: uidOf(entity),
      attrs: recordToJson(entity.attributes),
      parents: this.parentsOf(entity).map(uidOf),
    };
    const tags = recordToJson(entity.tags);
    return Object.keys(tags).length === 0 ? json : { ...json, tags };
  }
}

function uidOf({ type, id }: Entity): EntityUid {
  return { type: type.name, id };
}

function recordToJson(record: CedarRecord): { readonly [name: string]: unknown } {
  return Object.fromEntries(fieldsOf(record).map(([name, value]) => [name, valueToJson(value)]));
}

function parentsOf(staged: readonly StagedEntity[]): ReadonlyMap<Entity, readonly Entity[]> {
  return new Map(staged.map(({ entity, parents }) => [entity, parents]));
}

function problemOf(fault: HierarchyFault): Problem {
  switch (fault.kind) {
    case 'cycle': {
      const names = fault.entities.map((entity) => `\`${formatUid(uidOf(entity))}\``);
      const [first = '', ...others] = names;
      const hidden = others.length - SHOWN_OF_CYCLE;
      const shown = hidden > 0 ? [...others.slice(0, SHOWN_OF_CYCLE), `${hidden} more`] : others;
      const message = `${first} would be in itself: ${[first, ...shown, first].join(' is in ')}`;
      return { code: 'cedar/entity-cycle', message, hint: 'take one of these parents away' };
    }
    case 'too-many-ancestors': {
      const name = `\`${formatUid(uidOf(fault.entity))}\``;
      const message = `${name} would be in ${fault.count} entities, and ${MAX_ANCESTORS} are the most`;
      return { code: 'cedar/too-many-ancestors', message, hint: 'is a parent meant to be an attribute?' };
    }
  }
}
