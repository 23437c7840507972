/** Policies as functions without code generation, over closures. */
import { booleanOf } from './closures.ts';
import { ERROR, NOT_SATISFIED, type PlannedPolicy, type Run, SATISFIED } from './policy-function.ts';

export function interpretPolicies(policies: readonly PlannedPolicy[]): readonly Run[] {
  return policies.map(interpret);
}

function interpret({ tests, conditions }: PlannedPolicy): Run {
  const closures = conditions.map(({ body, wanted }) => ({ evaluate: booleanOf(body), wanted }));
  return (principal, action, resource, context) => {
    for (const { variable, relation, entity } of tests) {
      const actual = variable === 'principal' ? principal : resource;
      if (!(relation === '==' ? actual.ordinal === entity.ordinal : actual.isIn(entity))) return NOT_SATISFIED;
    }
    if (closures.length === 0) return SATISFIED;
    const environment = { principal, action, resource, context };
    for (const { evaluate, wanted } of closures) {
      const value = evaluate(environment);
      if (typeof value !== 'boolean') return ERROR;
      if (value !== wanted) return NOT_SATISFIED;
    }
    return SATISFIED;
  };
}
