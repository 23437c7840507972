/**
 * The scope of a policy against the index: what the kinds of the request's entities decide once for all, what a lookup
 * by principal or resource decides, and what is left to test.
 */
import type { ScopeTest } from '../emit/policy-function.ts';
import type { Constants } from '../plan/plan-expression.ts';
import type { PolicySyntax, ScopeConstraint, ScopeEntity } from '../syntax.ts';
import type { Entity, EntityType } from '../value.ts';

export type Scope = {
  /** All entities, or those that are one of these or in one of these. */
  readonly action: { readonly kind: 'any' } | { readonly kind: '==' | 'in'; readonly entities: readonly Entity[] };
  readonly principalType: EntityType | undefined;
  readonly resourceType: EntityType | undefined;
  /** The most selective test, by which the policy is looked up. */
  readonly lookup: ScopeTest | undefined;
  /** All others. */
  readonly tests: readonly ScopeTest[];
};

export function scopeOf(policy: PolicySyntax, constants: Constants): Scope {
  const principal = entityTest(policy.principal, 'principal', constants);
  const resource = entityTest(policy.resource, 'resource', constants);
  const tests = [principal, resource].filter((test) => test !== undefined);
  // An entity selects more than a group does; of two alike the principal usually selects more.
  const lookup = tests.find(({ relation }) => relation === '==') ?? tests[0];
  return {
    action: actionOf(policy, constants),
    principalType: typeOf(policy.principal, constants),
    resourceType: typeOf(policy.resource, constants),
    lookup,
    tests: tests.filter((test) => test !== lookup),
  };
}

function actionOf({ action }: PolicySyntax, constants: Constants): Scope['action'] {
  switch (action.kind) {
    case 'any':
      return action;
    case '==':
      return { kind: '==', entities: [constants.entity(action.entity.type, action.entity.id)] };
    case 'in':
      return { kind: 'in', entities: action.entities.map(({ type, id }) => constants.entity(type, id)) };
  }
}

function entityTest(
  constraint: ScopeConstraint,
  variable: ScopeTest['variable'],
  constants: Constants,
): ScopeTest | undefined {
  switch (constraint.kind) {
    case 'any':
      return undefined;
    case '==':
    case 'in':
      return { variable, relation: constraint.kind, entity: entityOf(constraint.entity, constants) };
    case 'is':
      if (constraint.in === undefined) return undefined;
      return { variable, relation: 'in', entity: entityOf(constraint.in, constants) };
  }
}

function entityOf(entity: ScopeEntity, constants: Constants): Entity {
  // Links have been filled in by the parser; a template by itself is never compiled.
  if (typeof entity === 'string') throw new Error(`the slot ${entity} was not filled`);
  return constants.entity(entity.type, entity.id);
}

/** `==` fixes the type as `is` does. */
function typeOf(constraint: ScopeConstraint, constants: Constants): EntityType | undefined {
  if (constraint.kind === 'is') return constants.entityType(constraint.entityType);
  if (constraint.kind !== '==' || typeof constraint.entity === 'string') return undefined;
  return constants.entityType(constraint.entity.type);
}

export function admitsAction(scope: Scope, action: Entity): boolean {
  switch (scope.action.kind) {
    case 'any':
      return true;
    case '==':
      return scope.action.entities.some(({ ordinal }) => ordinal === action.ordinal);
    case 'in':
      return scope.action.entities.some((entity) => action.isIn(entity));
  }
}

export function admitsTypes(scope: Scope, principal: EntityType, resource: EntityType): boolean {
  return (
    (scope.principalType === undefined || scope.principalType === principal) &&
    (scope.resourceType === undefined || scope.resourceType === resource)
  );
}
