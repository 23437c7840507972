/** What a policy is compiled to, by either back end: a function of the request that says whether it is satisfied. */
import type { Plan } from '../plan/plan.ts';
import type { CedarRecord, Entity } from '../value.ts';

export const NOT_SATISFIED = 0;
export const SATISFIED = 1;
/** A condition erred: Cedar skips the policy. */
export const ERROR = 2;

export type RunOutcome = typeof NOT_SATISFIED | typeof SATISFIED | typeof ERROR;
export type Run = (principal: Entity, action: Entity, resource: Entity, context: CedarRecord) => RunOutcome;

/** A part of the scope that the index has not answered already. */
export type ScopeTest = {
  readonly variable: 'principal' | 'resource';
  readonly relation: '==' | 'in';
  readonly entity: Entity;
};

/** `when` wants its body to be true, `unless` false; the first that is not ends the evaluation. */
export type PlannedPolicy = {
  readonly tests: readonly ScopeTest[];
  readonly conditions: readonly { readonly body: Plan; readonly wanted: boolean }[];
};
