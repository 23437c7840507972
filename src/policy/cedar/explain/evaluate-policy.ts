/** One policy evaluated with its errors told, as it is or under an assumption; the scope is the index's matter. */
import { booleanOf } from '../emit/closures.ts';
import type { Environment } from '../emit/environment.ts';
import { EvaluationError } from '../emit/evaluation-error.ts';
import type { PlannedPolicy } from '../emit/policy-function.ts';

/** Whether all conditions hold, or the error of the first that errs before one that does not hold. */
export function evaluateConditions(
  { conditions }: Pick<PlannedPolicy, 'conditions'>,
  environment: Environment,
): boolean | EvaluationError {
  for (const { body, wanted } of conditions) {
    const value = booleanOf(body)(environment);
    if (value instanceof EvaluationError) return value;
    if (value !== wanted) return false;
  }
  return true;
}
