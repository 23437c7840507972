/** The slow variant of a decision: all determining policies, all errors, and for a denial what was missing. */
import type { CedarRequest } from '../authorize/cedar-request.ts';
import { type CompiledPolicy, policiesInScope, type PolicyIndex } from '../authorize/policy-index.ts';
import { resolveRequest } from '../authorize/resolve-request.ts';
import { EvaluationError } from '../emit/evaluation-error.ts';
import { sourceSpan } from '../parse/source-position.ts';
import type { EntityStore } from '../store/entity-store.ts';
import { evaluateConditions } from './evaluate-policy.ts';
import type { CedarExplanation, PolicyError } from './explanation.ts';

export type Explained = {
  readonly entities: EntityStore;
  readonly policies: readonly CompiledPolicy[];
  readonly index: PolicyIndex;
  /** A forbid that errs denies. */
  readonly failClosed: boolean;
};

export function explainRequest(set: Explained, request: CedarRequest): CedarExplanation {
  const resolved = resolveRequest(set.entities, request);
  if (!resolved.ok) {
    return {
      decision: 'deny',
      determining: [],
      errors: [],
      deniedByError: false,
      problem: resolved.problem,
      misses: [],
    };
  }
  const { principal, action, resource } = resolved.value;
  const bucket = set.index.bucket(action, principal.type, resource.type);
  const satisfied: CompiledPolicy[] = [];
  const failed: PolicyError[] = [];
  for (const policy of policiesInScope(bucket, principal, resource)) {
    const { syntax } = policy;
    const outcome = evaluateConditions(policy.planned, resolved.value);
    if (outcome === true) satisfied.push(policy);
    if (outcome instanceof EvaluationError) {
      failed.push({ policy: syntax, message: outcome.message, at: sourceSpan(syntax.source, outcome.span) });
    }
  }
  const forbids = satisfied.filter(({ syntax }) => syntax.effect === 'forbid');
  const permits = satisfied.filter(({ syntax }) => syntax.effect === 'permit');
  const erringForbid = set.failClosed && failed.some(({ policy }) => policy.effect === 'forbid');
  const allowed = forbids.length === 0 && permits.length > 0 && !erringForbid;
  const determining = forbids.length > 0 ? forbids : permits;
  return {
    decision: allowed ? 'allow' : 'deny',
    determining: allowed || forbids.length > 0 ? determining.map(({ syntax }) => syntax) : [],
    errors: failed,
    deniedByError: erringForbid && forbids.length === 0,
    misses: [],
  };
}
