/** The kinds of requests that a schema allows: each action with each type of principal and of resource. */
import { type EntityUid, formatUid, isActionType } from '../entity-uid.ts';
import type { ActionSchema, CedarSchema } from './cedar-schema.ts';
import { ancestorsOfAction } from './validate-entity.ts';

export type RequestEnvironment = {
  readonly principalType: string;
  readonly action: ActionSchema;
  readonly resourceType: string;
};

export function* requestEnvironments(schema: CedarSchema): Generator<RequestEnvironment> {
  for (const action of schema.actions.values()) {
    for (const principalType of action.principalTypes) {
      for (const resourceType of action.resourceTypes) yield { principalType, action, resourceType };
    }
  }
}

/** What a schema says about `in`: which types, and which actions, can be in which. */
export class Hierarchy {
  readonly #schema: CedarSchema;
  /** By `formatUid`: an action, and all groups it is in. */
  readonly #actions = new Map<string, ReadonlySet<string>>();
  readonly #actionTypes = new Map<string, Set<string>>();

  constructor(schema: CedarSchema) {
    this.#schema = schema;
    for (const [name, action] of schema.actions) {
      const ancestors = ancestorsOfAction(schema, action);
      this.#actions.set(name, new Set([name, ...ancestors]));
      const types = this.#actionTypes.get(action.uid.type) ?? new Set<string>();
      this.#actionTypes.set(action.uid.type, types);
      for (const ancestor of ancestors) {
        const group = schema.actions.get(ancestor);
        if (group !== undefined) types.add(group.uid.type);
      }
    }
  }

  /** Whether an entity of the one type can be in one of the other, or be it. */
  canBeIn(type: string, other: string): boolean {
    if (type === other) return true;
    const isBelow = this.#schema.entityTypes.get(type)?.ancestorTypes.has(other) === true;
    return isBelow || this.#actionTypes.get(type)?.has(other) === true;
  }

  /** Of an action this is known: it is in a group or it is not, and in nothing that is no action. */
  isActionIn(action: EntityUid, others: readonly EntityUid[]): boolean {
    const known = this.#actions.get(formatUid(action));
    return others.some((other) => isActionType(other.type) && known?.has(formatUid(other)) === true);
  }
}
