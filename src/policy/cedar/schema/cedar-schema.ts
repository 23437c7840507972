/** A Cedar schema as entities, requests and contexts are checked against it: every name resolved, no common type left. */
import type { EntityUid } from '../entity-uid.ts';
import { fieldKey } from '../value.ts';

export type CedarType =
  | { readonly kind: 'String' | 'Long' | 'Boolean' }
  | { readonly kind: 'Set'; readonly element: CedarType }
  | RecordType
  | { readonly kind: 'Entity'; readonly name: string }
  | { readonly kind: 'Extension'; readonly name: ExtensionTypeName };

export type ExtensionTypeName = 'ipaddr' | 'decimal' | 'datetime' | 'duration';

/** Attributes in the order of their names. */
export type RecordType = {
  readonly kind: 'Record';
  readonly attributes: ReadonlyMap<string, AttributeType>;
  /** The same, prepared for reading records of this type without end: those of a schema have them. */
  readonly fields?: readonly RecordField[];
};
export type AttributeType = { readonly type: CedarType; readonly required: boolean };
export type RecordField = AttributeType & { readonly name: string; readonly key: FieldKey };
type FieldKey = ReturnType<typeof fieldKey>;

export function recordFields(attributes: ReadonlyMap<string, AttributeType>): readonly RecordField[] {
  return Array.from(attributes, ([name, { type, required }]) => ({ name, key: fieldKey(name), type, required }));
}

export type EntityTypeSchema = {
  /** With its namespace, as every name here. */
  readonly name: string;
  /** The types that its `memberOfTypes` name, and theirs: what may stand among the ancestors of such an entity. */
  readonly ancestorTypes: ReadonlySet<string>;
  readonly shape: RecordType;
  /** The type of every tag; without it such an entity has none. */
  readonly tags?: CedarType;
  /** Of an `enum`: all ids that there are. */
  readonly ids?: ReadonlySet<string>;
};

export type ActionSchema = {
  readonly uid: EntityUid;
  /** The groups it is directly in. */
  readonly parents: readonly EntityUid[];
  /** Empty for an action that only groups others. */
  readonly principalTypes: ReadonlySet<string>;
  readonly resourceTypes: ReadonlySet<string>;
  readonly context: RecordType;
};

export type CedarSchema = {
  readonly entityTypes: ReadonlyMap<string, EntityTypeSchema>;
  /** By `formatUid` of the action. */
  readonly actions: ReadonlyMap<string, ActionSchema>;
  /** Without allocation. */
  readonly actionOf: (uid: EntityUid) => ActionSchema | undefined;
  /** As it was given, the text form or the JSON form: for the validator. */
  readonly source: string | object;
};
