/** The slow variant of a decision: all determining policies, all errors, and for a denial what was missing. */
import type { CedarRequest } from '../authorize/cedar-request.ts';
import { type Bucket, type CompiledPolicy, policiesInScope, type PolicyIndex } from '../authorize/policy-index.ts';
import { type ResolvedRequest, resolveRequest } from '../authorize/resolve-request.ts';
import { EvaluationError } from '../emit/evaluation-error.ts';
import { sourceSpan } from '../../source-position.ts';
import type { EntityStore } from '../store/entity-store.ts';
import { conditionsOf } from './evaluate-policy.ts';
import type { CedarExplanation, PolicyError } from './explanation.ts';
import { nearMisses } from './near-misses.ts';
import { noPermitFor } from './no-permit.ts';
import { Trials } from './trials.ts';

export type Explained = {
  readonly entities: EntityStore;
  readonly policies: readonly CompiledPolicy[];
  readonly index: PolicyIndex;
  /** A forbid that errs denies. */
  readonly failClosed: boolean;
};

export function explainRequest(set: Explained, request: CedarRequest): CedarExplanation {
  const resolved = resolveRequest(set.entities, request);
  if (!resolved.ok) return { ...NOTHING, decision: 'deny', problem: resolved.problem };
  const { principal, action, resource } = resolved.value;
  const bucket = set.index.bucket(action, principal.type, resource.type);
  const found = evaluateAll(bucket, resolved.value);
  const forbids = found.satisfied.filter(({ syntax }) => syntax.effect === 'forbid');
  const permits = found.satisfied.filter(({ syntax }) => syntax.effect === 'permit');
  const erringForbids = set.failClosed ? found.erring.filter(({ syntax }) => syntax.effect === 'forbid') : [];
  const allowed = permits.length > 0 && forbids.length === 0 && erringForbids.length === 0;
  const determining = forbids.length > 0 || !allowed ? forbids : permits;
  const base = {
    ...NOTHING,
    determining: determining.map(({ syntax }) => syntax),
    errors: found.errors,
    deniedByError: erringForbids.length > 0 && forbids.length === 0,
  };
  if (allowed) return { ...base, decision: 'allow' };
  const missed = bucket.policies.filter(({ syntax }) => syntax.effect === 'permit');
  return {
    ...base,
    ...nearMisses([...forbids, ...erringForbids], permits.length > 0 ? [] : missed, {
      trials: new Trials(resolved.value, bucket, set.failClosed),
      hierarchy: set.entities,
    }),
    decision: 'deny',
    ...(missed.length === 0 ? { noPermit: noPermitFor(set.policies, resolved.value) } : {}),
  };
}

const NOTHING = { determining: [], errors: [], deniedByError: false, misses: [], omittedMisses: 0 } as const;

type Found = {
  readonly satisfied: readonly CompiledPolicy[];
  readonly erring: readonly CompiledPolicy[];
  readonly errors: readonly PolicyError[];
};

function evaluateAll(bucket: Bucket, request: ResolvedRequest): Found {
  const satisfied: CompiledPolicy[] = [];
  const erring: CompiledPolicy[] = [];
  const errors: PolicyError[] = [];
  for (const policy of policiesInScope(bucket, request.principal, request.resource)) {
    const { syntax, planned } = policy;
    const outcome = conditionsOf(planned)(request);
    if (outcome === true) satisfied.push(policy);
    if (!(outcome instanceof EvaluationError)) continue;
    erring.push(policy);
    errors.push({ policy: syntax, message: outcome.message, at: sourceSpan(syntax.source, outcome.span) });
  }
  return { satisfied, erring, errors };
}
