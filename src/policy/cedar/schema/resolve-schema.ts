/** From the JSON form of a schema, which cedar-wasm has accepted, to the model: names resolved, common types put in. */
import { type EntityUid, formatUid } from '../entity-uid.ts';
import type {
  ActionSchema,
  AttributeType,
  CedarSchema,
  CedarType,
  EntityTypeSchema,
  RecordType,
} from './cedar-schema.ts';
import { recordFields } from './cedar-schema.ts';

/** The parts of the JSON form that mean something here; cedar-wasm has seen to it that there are no others. */
export type SchemaJson = { readonly [namespace: string]: NamespaceJson };
type NamespaceJson = {
  readonly commonTypes?: { readonly [name: string]: TypeJson };
  readonly entityTypes: { readonly [name: string]: EntityTypeJson };
  readonly actions: { readonly [id: string]: ActionJson };
};
type EntityTypeJson = {
  readonly memberOfTypes?: readonly string[];
  readonly shape?: TypeJson;
  readonly tags?: TypeJson;
  readonly enum?: readonly string[];
};
type ActionJson = {
  readonly memberOf?: readonly { readonly type?: string | null; readonly id: string }[] | null;
  readonly appliesTo?: {
    readonly principalTypes: readonly string[];
    readonly resourceTypes: readonly string[];
    readonly context?: TypeJson;
  } | null;
};
type TypeJson = {
  readonly type: string;
  readonly name?: string;
  readonly element?: TypeJson;
  readonly attributes?: { readonly [name: string]: TypeJson };
  readonly required?: boolean;
};

const EMPTY_RECORD: RecordType = recordOf(new Map());

/** In the namespace `__cedar` always, and without it wherever the schema has nothing of that name. */
const BUILT_IN: ReadonlyMap<string, CedarType> = new Map<string, CedarType>([
  ['String', { kind: 'String' }],
  ['Long', { kind: 'Long' }],
  ['Bool', { kind: 'Boolean' }],
  ['ipaddr', { kind: 'Extension', name: 'ipaddr' }],
  ['decimal', { kind: 'Extension', name: 'decimal' }],
  ['datetime', { kind: 'Extension', name: 'datetime' }],
  ['duration', { kind: 'Extension', name: 'duration' }],
]);

export function resolveSchema(json: SchemaJson, source: string | object): CedarSchema {
  const names = new Names(json);
  const entityTypes = new Map<string, EntityTypeSchema>();
  const actions = new Map<string, ActionSchema>();
  const actionsByType = new Map<string, Map<string, ActionSchema>>();
  for (const [namespace, content] of Object.entries(json)) {
    for (const [id, type] of Object.entries(content.entityTypes)) {
      const schema = entityTypeOf(type, qualified(namespace, id), namespace, names);
      entityTypes.set(schema.name, schema);
    }
    const byId = new Map<string, ActionSchema>();
    for (const [id, action] of Object.entries(content.actions)) {
      const schema = actionOf(action, { type: qualified(namespace, 'Action'), id }, namespace, names);
      actions.set(formatUid(schema.uid), schema);
      byId.set(id, schema);
    }
    actionsByType.set(qualified(namespace, 'Action'), byId);
  }
  return { entityTypes, actions, actionOf: (uid) => actionsByType.get(uid.type)?.get(uid.id), source };
}

function recordOf(attributes: ReadonlyMap<string, AttributeType>): RecordType {
  return { kind: 'Record', attributes, fields: recordFields(attributes) };
}

function qualified(namespace: string, name: string): string {
  return namespace === '' ? name : `${namespace}::${name}`;
}

function entityTypeOf(json: EntityTypeJson, name: string, namespace: string, names: Names): EntityTypeSchema {
  return {
    name,
    ancestorTypes: names.ancestorTypes(name),
    shape: json.shape === undefined ? EMPTY_RECORD : names.record(json.shape, namespace),
    ...(json.tags === undefined ? {} : { tags: names.type(json.tags, namespace) }),
    ...(json.enum === undefined ? {} : { ids: new Set(json.enum) }),
  };
}

function actionOf(json: ActionJson, uid: EntityUid, namespace: string, names: Names): ActionSchema {
  const { principalTypes = [], resourceTypes = [], context } = json.appliesTo ?? {};
  return {
    uid,
    // A group without a type is of the type that the actions of this namespace have.
    parents: (json.memberOf ?? []).map(({ type, id }) => ({ type: names.entity(type ?? 'Action', namespace), id })),
    principalTypes: new Set(principalTypes.map((type) => names.entity(type, namespace))),
    resourceTypes: new Set(resourceTypes.map((type) => names.entity(type, namespace))),
    context: context === undefined ? EMPTY_RECORD : names.record(context, namespace),
  };
}

type CommonType = { readonly json: TypeJson; readonly namespace: string };

/**
 * What every name means. One without a namespace is looked for in the namespace it stands in and then in the empty one
 * (RFC 70), in each first among the common types.
 */
class Names {
  readonly #common = new Map<string, CommonType>();
  readonly #parents = new Map<string, readonly string[]>();
  readonly #resolved = new Map<string, CedarType>();

  constructor(json: SchemaJson) {
    for (const [namespace, { commonTypes = {}, entityTypes, actions }] of Object.entries(json)) {
      for (const [id, type] of Object.entries(commonTypes)) {
        this.#common.set(qualified(namespace, id), { json: type, namespace });
      }
      for (const id of Object.keys(entityTypes)) this.#parents.set(qualified(namespace, id), []);
      if (Object.keys(actions).length > 0) this.#parents.set(qualified(namespace, 'Action'), []);
    }
    for (const [namespace, { entityTypes }] of Object.entries(json)) {
      for (const [id, { memberOfTypes = [] }] of Object.entries(entityTypes)) {
        this.#parents.set(
          qualified(namespace, id),
          memberOfTypes.map((type) => this.entity(type, namespace)),
        );
      }
    }
  }

  ancestorTypes(name: string): ReadonlySet<string> {
    const ancestors = new Set<string>();
    const queue = [...(this.#parents.get(name) ?? [])];
    for (let type = queue.pop(); type !== undefined; type = queue.pop()) {
      if (ancestors.has(type)) continue;
      ancestors.add(type);
      queue.push(...(this.#parents.get(type) ?? []));
    }
    return ancestors;
  }

  /** The whole name of an entity type. */
  entity(name: string, namespace: string): string {
    const local = qualified(namespace, name);
    return !name.includes('::') && this.#parents.has(local) ? local : name;
  }

  record(json: TypeJson, namespace: string): RecordType {
    const type = this.type(json, namespace);
    if (type.kind !== 'Record') throw new TypeError(`cedar-wasm accepted a ${type.kind} where a record must stand`);
    return type;
  }

  type(json: TypeJson, namespace: string): CedarType {
    switch (json.type) {
      case 'String':
      case 'Long':
      case 'Boolean':
        return { kind: json.type };
      case 'Set':
        return { kind: 'Set', element: this.type(required(json.element), namespace) };
      case 'Record':
        return recordOf(this.#attributes(json.attributes ?? {}, namespace));
      case 'Entity':
        return { kind: 'Entity', name: this.entity(required(json.name), namespace) };
      case 'Extension':
        return required(BUILT_IN.get(required(json.name)));
      case 'EntityOrCommon':
        return this.#named(required(json.name), namespace);
    }
    return this.#named(json.type, namespace);
  }

  #attributes(json: { readonly [name: string]: TypeJson }, namespace: string): ReadonlyMap<string, AttributeType> {
    const names = Object.keys(json).sort();
    return new Map(
      names.map((name) => {
        const attribute = required(json[name]);
        return [name, { type: this.type(attribute, namespace), required: attribute.required !== false }];
      }),
    );
  }

  #named(name: string, namespace: string): CedarType {
    const local = name.includes('::') ? name : qualified(namespace, name);
    for (const candidate of [local, name]) {
      const common = this.#common.get(candidate);
      if (common !== undefined) return this.#commonType(candidate, common);
      if (this.#parents.has(candidate)) return { kind: 'Entity', name: candidate };
    }
    return required(BUILT_IN.get(name.replace(/^__cedar::/u, '')));
  }

  /** One object for each common type, however often it is named: what names itself twice each time must not explode. */
  #commonType(name: string, { json, namespace }: CommonType): CedarType {
    const known = this.#resolved.get(name);
    if (known !== undefined) return known;
    const type = this.type(json, namespace);
    this.#resolved.set(name, type);
    return type;
  }
}

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new TypeError('cedar-wasm accepted a schema that lacks a part');
  return value;
}
