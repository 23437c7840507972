/** Every uid that a store has met: one object each, counted, and forgotten when nothing speaks of it any more. */
import type { EntityUid } from '../entity-uid.ts';
import { CedarRecord, CedarSet, Entity, type EntityType, type Value } from '../value.ts';

/**
 * INVARIANT (mentions): outside an operation of the store, every known entity exists or is mentioned: by an attribute,
 * a tag or the parents of another, or by a policy. Ordinals of the forgotten are given out again, so the memory of a
 * store follows what it holds, whatever came and went.
 */
export class KnownEntities {
  readonly #types = new Map<string, EntityType>();
  readonly #internedTypes = new Set<EntityType>();
  readonly #freeTypeOrdinals: number[] = [];
  /** By ordinal, as `#mentions` is; nothing has the ordinal 0. */
  readonly #entities: (Entity | undefined)[] = [undefined];
  readonly #mentions: number[] = [0];
  readonly #freeOrdinals: number[] = [];
  /** May have lost their last mention, or never had one. */
  #suspects: Entity[] = [];

  /** How many uids are known, existing or only spoken of. */
  get size(): number {
    return this.#entities.length - 1 - this.#freeOrdinals.length;
  }

  /** No entity has a larger one. */
  get lastOrdinal(): number {
    return this.#entities.length - 1;
  }

  type(name: string): EntityType | undefined {
    return this.#types.get(name);
  }

  types(): Iterable<EntityType> {
    return this.#types.values();
  }

  byOrdinal(ordinal: number): Entity | undefined {
    return this.#entities[ordinal];
  }

  find({ type, id }: EntityUid): Entity | undefined {
    return this.#types.get(type)?.entities.get(id);
  }

  /** Kept until the next `forget` at least, and from then on as long as it exists or is mentioned. */
  resolve(typeName: string, id: string): Entity {
    const type = this.#types.get(typeName) ?? this.#addType(typeName);
    const known = type.entities.get(id);
    if (known !== undefined) return known;
    const ordinal = this.#freeOrdinals.pop() ?? this.#entities.length;
    const entity = new Entity(type, id, ordinal);
    this.#entities[ordinal] = entity;
    this.#mentions[ordinal] = 0;
    type.entities.set(id, entity);
    this.#suspects.push(entity);
    return entity;
  }

  internType(name: string): EntityType {
    const type = this.#types.get(name) ?? this.#addType(name);
    this.#internedTypes.add(type);
    return type;
  }

  #addType(name: string): EntityType {
    const ordinal = this.#freeTypeOrdinals.pop() ?? this.#types.size + 1;
    const type = { name, ordinal, entities: new Map<string, Entity>() };
    this.#types.set(name, type);
    return type;
  }

  mention(entity: Entity): void {
    this.#mentions[entity.ordinal] = (this.#mentions[entity.ordinal] ?? 0) + 1;
  }

  release(entity: Entity): void {
    const left = (this.#mentions[entity.ordinal] ?? 0) - 1;
    this.#mentions[entity.ordinal] = left;
    if (left === 0) this.suspect(entity);
  }

  /** To be looked at by the next `forget`. */
  suspect(entity: Entity): void {
    this.#suspects.push(entity);
  }

  mentionAll(value: Value): void {
    forEachEntity(value, (entity) => this.mention(entity));
  }

  releaseAll(value: Value): void {
    forEachEntity(value, (entity) => this.release(entity));
  }

  /** Ends an operation of the store: drops what neither exists nor is mentioned. */
  forget(): void {
    const suspects = this.#suspects;
    if (suspects.length === 0) return;
    this.#suspects = [];
    for (const entity of suspects) {
      const { ordinal, type } = entity;
      // One that was suspected twice is gone already.
      if (entity.exists || this.#mentions[ordinal] !== 0 || this.#entities[ordinal] !== entity) continue;
      this.#entities[ordinal] = undefined;
      this.#freeOrdinals.push(ordinal);
      type.entities.delete(entity.id);
      if (type.entities.size > 0 || this.#internedTypes.has(type)) continue;
      this.#types.delete(type.name);
      this.#freeTypeOrdinals.push(type.ordinal);
    }
  }
}

/** Values are at most `MAX_EXPRESSION_DEPTH` deep. */
function forEachEntity(value: Value, visit: (entity: Entity) => void): void {
  if (typeof value !== 'object') return;
  if (value instanceof Entity) visit(value);
  else if (value instanceof CedarSet) for (const element of value.elements) forEachEntity(element, visit);
  else if (value instanceof CedarRecord) for (const field of Object.values(value)) forEachEntity(field as Value, visit);
}
