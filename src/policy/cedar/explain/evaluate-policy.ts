/** One policy as a function with its errors told, over what is or what is assumed; closures are made once. */
import type { CompiledPolicy } from '../authorize/policy-index.ts';
import { booleanOf } from '../emit/closures.ts';
import type { Environment } from '../emit/environment.ts';
import { EvaluationError } from '../emit/evaluation-error.ts';
import type { PlannedPolicy, ScopeTest } from '../emit/policy-function.ts';

export type Evaluate = (environment: Environment) => boolean | EvaluationError;

/** Whether all conditions hold, or the error of the first that errs before one that does not hold. */
export function conditionsOf({ conditions }: Pick<PlannedPolicy, 'conditions'>): Evaluate {
  const closures = conditions.map(({ body, wanted }) => ({ evaluate: booleanOf(body), wanted }));
  return (environment) => {
    for (const { evaluate, wanted } of closures) {
      const value = evaluate(environment);
      if (value instanceof EvaluationError) return value;
      if (value !== wanted) return false;
    }
    return true;
  };
}

/** Everything of the scope but the action and the types. */
export function inScope({ scope }: CompiledPolicy, environment: Environment): boolean {
  if (scope.lookup !== undefined && !passes(scope.lookup, environment)) return false;
  return scope.tests.every((test) => passes(test, environment));
}

function passes({ variable, relation, entity }: ScopeTest, environment: Environment): boolean {
  const actual = environment[variable];
  if (relation === '==') return actual.ordinal === entity.ordinal;
  const { assumption } = environment;
  return assumption?.kind === 'membership' ? assumption.isIn(actual, entity) : actual.isIn(entity);
}
