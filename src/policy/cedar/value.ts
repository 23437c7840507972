/** Cedar's values as JavaScript values: what attributes hold and what expressions give. All are immutable. */
import { AncestorTable } from './ancestor-table.ts';
import { Datetime } from './extensions/datetime.ts';
import { Decimal } from './extensions/decimal.ts';
import { Duration } from './extensions/duration.ts';
import { IpAddress } from './extensions/ip-address.ts';
import type { Long } from './long.ts';

export type ExtensionValue = Decimal | IpAddress | Datetime | Duration;

/** Strings are well formed (no lone surrogate), as Cedar's are. */
export type Value = boolean | Long | string | Entity | CedarSet | CedarRecord | ExtensionValue;

/**
 * A record, or the attributes or the tags of an entity. Its fields are properties of the object itself, under the keys
 * that `fieldKey` makes, so that V8 gives records of one shape one hidden class and no field meets a prototype's name.
 */
export class CedarRecord {
  [key: `$${string}`]: Value | undefined;

  /** A later field of the same name wins; whoever must refuse it looks before. */
  static of(fields: Iterable<readonly [name: string, value: Value]>): CedarRecord {
    const record = new CedarRecord();
    for (const [name, value] of fields) record[fieldKey(name)] = value;
    return record;
  }

  static readonly EMPTY: CedarRecord = new CedarRecord();
}

/** The property that holds a field: with `$` in front, `__proto__` and `constructor` are names like any other. */
export function fieldKey(name: string): `$${string}` {
  return `$${name}`;
}

/** Fields in the order in which they were given. */
export function fieldsOf(record: CedarRecord): (readonly [name: string, value: Value])[] {
  return Object.entries(record).map(([key, value]) => [key.slice(1), value as Value] as const);
}

/** A type that some entity or some policy names. `ordinal` counts from 1; 0 stands for all types that nothing names. */
export type EntityType = {
  readonly name: string;
  readonly ordinal: number;
  /** The entities of this type that the store knows, by id. */
  readonly entities: Map<string, Entity>;
};

/**
 * One object for each uid that is known, whether it has data or is only spoken of. Within one store two entities are
 * the same exactly when their ordinals are. One that the store knows has a positive ordinal; one that only a request
 * names a negative one.
 */
export class Entity {
  readonly type: EntityType;
  readonly id: string;
  readonly ordinal: number;
  /** False for one that is only spoken of: it has no attributes, and can have no parents. */
  exists: boolean;
  attributes: CedarRecord;
  tags: CedarRecord;
  /** Ordinals of all entities that this one is in, itself not among them. */
  ancestors: AncestorTable;

  constructor(type: EntityType, id: string, ordinal: number) {
    this.type = type;
    this.id = id;
    this.ordinal = ordinal;
    this.exists = false;
    this.attributes = CedarRecord.EMPTY;
    this.tags = CedarRecord.EMPTY;
    this.ancestors = AncestorTable.EMPTY;
  }

  /** Whether it is the other, or has it among its ancestors: Cedar's `in`. */
  isIn(other: Entity): boolean {
    return this.ordinal === other.ordinal || this.ancestors.has(other.ordinal);
  }
}

/** Below this many elements comparing one by one is faster than hashing, and takes no memory. */
const SMALL_SET = 8;

/** A set: duplicates are gone, the order of what remains is that of the first occurrences and means nothing. */
export class CedarSet {
  readonly elements: readonly Value[];
  /** Whether every element is an entity, as the right side of `in` must be. */
  readonly entitiesOnly: boolean;
  readonly #entities: AncestorTable | undefined;
  readonly #keys: ReadonlySet<unknown> | undefined;

  private constructor(elements: readonly Value[]) {
    this.elements = elements;
    this.entitiesOnly = elements.every((element) => element instanceof Entity);
    const large = elements.length > SMALL_SET;
    this.#entities = large && this.entitiesOnly ? AncestorTable.of(ordinalsOf(elements)) : undefined;
    this.#keys = large && !this.entitiesOnly ? new Set(elements.map(setKey)) : undefined;
  }

  static of(elements: readonly Value[]): CedarSet {
    if (elements.length === 0) return CedarSet.EMPTY;
    if (elements.length === 1) return new CedarSet(elements);
    const unique = new Map<unknown, Value>();
    for (const element of elements) {
      const key = setKey(element);
      if (!unique.has(key)) unique.set(key, element);
    }
    return new CedarSet([...unique.values()]);
  }

  contains(value: Value): boolean {
    if (this.#entities !== undefined) return value instanceof Entity && this.#entities.has(value.ordinal);
    if (this.#keys !== undefined) return this.#keys.has(setKey(value));
    for (const element of this.elements) if (equal(element, value)) return true;
    return false;
  }

  containsAll(other: CedarSet): boolean {
    for (const element of other.elements) if (!this.contains(element)) return false;
    return true;
  }

  containsAny(other: CedarSet): boolean {
    const [few, many] = this.elements.length < other.elements.length ? [this, other] : [other, this];
    for (const element of few.elements) if (many.contains(element)) return true;
    return false;
  }

  static readonly EMPTY: CedarSet = new CedarSet([]);
}

function* ordinalsOf(elements: readonly Value[]): Generator<number> {
  for (const element of elements) if (element instanceof Entity) yield element.ordinal;
}

/** Cedar's `==`: never an error, and false between values of different types. */
export function equal(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object') return false;
  if (a instanceof Entity) return b instanceof Entity && a.ordinal === b.ordinal;
  if (a instanceof CedarSet) {
    return b instanceof CedarSet && a.elements.length === b.elements.length && a.containsAll(b);
  }
  if (a instanceof CedarRecord) return b instanceof CedarRecord && equalRecords(a, b);
  return isExtensionValue(b) && a.key === b.key;
}

function equalRecords(a: CedarRecord, b: CedarRecord): boolean {
  const fields = Object.keys(a) as (keyof CedarRecord)[];
  if (fields.length !== Object.keys(b).length) return false;
  for (const field of fields) {
    const other = b[field];
    if (other === undefined || !equal(a[field] as Value, other)) return false;
  }
  return true;
}

export function isExtensionValue(value: Value): value is ExtensionValue {
  return (
    value instanceof Decimal || value instanceof IpAddress || value instanceof Datetime || value instanceof Duration
  );
}

/** Equal for equal values and for no others, as a key of a JavaScript `Set`. */
function setKey(value: Value): unknown {
  // A string that looks like the key of an entity must not be one.
  if (typeof value === 'string') return `"${value}`;
  if (typeof value !== 'object') return value;
  return structuralKey(value);
}

function structuralKey(value: Value): string {
  if (typeof value !== 'object') return typeof value === 'string' ? JSON.stringify(value) : String(value);
  if (value instanceof Entity) return `#${value.ordinal}`;
  if (value instanceof CedarSet) return `[${value.elements.map(structuralKey).sort().join(',')}]`;
  if (value instanceof CedarRecord) {
    const fields = fieldsOf(value).map(([name, field]) => `${JSON.stringify(name)}:${structuralKey(field)}`);
    return `{${fields.sort().join(',')}}`;
  }
  return value.key;
}
