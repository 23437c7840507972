/** The decision with what determined it, and no more: for a record of each decision, at a small part of an explanation's cost. */
import type { CedarRequest } from '../authorize/cedar-request.ts';
import { type CompiledPolicy, policiesInScope } from '../authorize/policy-index.ts';
import { type ResolvedRequest, resolveRequest } from '../authorize/resolve-request.ts';
import { EvaluationError } from '../emit/evaluation-error.ts';
import { ERROR, SATISFIED } from '../emit/policy-function.ts';
import { sourceSpan } from '../../source-position.ts';
import type { PolicySyntax } from '../syntax.ts';
import { conditionsOf } from './evaluate-policy.ts';
import type { Explained } from './explain.ts';
import type { CedarExplanation, PolicyError } from './explanation.ts';

export type CedarDetermination = Pick<
  CedarExplanation,
  'decision' | 'determining' | 'errors' | 'deniedByError' | 'problem'
> & {
  /** Of a denial by nobody: the permits for this action on these types, none of which applied; in the order of the set. */
  readonly considered: readonly PolicySyntax[];
};

/** As `explainRequest`, which says besides what would have changed it. */
export function determineRequest(set: Explained, request: CedarRequest): CedarDetermination {
  const resolved = resolveRequest(set.entities, request);
  if (!resolved.ok) return { ...NOTHING, problem: resolved.problem };
  const { principal, action, resource, context } = resolved.value;
  const bucket = set.index.bucket(action, principal.type, resource.type);
  const satisfied: PolicySyntax[] = [];
  const errors: PolicyError[] = [];
  for (const policy of policiesInScope(bucket, principal, resource)) {
    const outcome = policy.run(principal, action, resource, context);
    if (outcome === SATISFIED) satisfied.push(policy.syntax);
    else if (outcome === ERROR) errors.push(errorOf(policy, resolved.value));
  }
  const forbids = satisfied.filter(isForbid);
  if (forbids.length > 0) return { ...NOTHING, determining: forbids, errors };
  if (set.failClosed && errors.some(({ policy }) => isForbid(policy)))
    return { ...NOTHING, errors, deniedByError: true };
  if (satisfied.length > 0) return { ...NOTHING, decision: 'allow', determining: satisfied, errors };
  const considered = bucket.policies.map(({ syntax }) => syntax).filter((policy) => !isForbid(policy));
  return { ...NOTHING, errors, considered };
}

const NOTHING = { decision: 'deny', determining: [], errors: [], deniedByError: false, considered: [] } as const;

function isForbid({ effect }: PolicySyntax): boolean {
  return effect === 'forbid';
}

/** Evaluated once more, by what tells its errors. */
function errorOf({ syntax, planned }: CompiledPolicy, request: ResolvedRequest): PolicyError {
  const outcome = conditionsOf(planned)(request);
  // INVARIANT (back ends): they err on the same requests.
  if (!(outcome instanceof EvaluationError)) throw new Error(`\`${syntax.id}\` erred once, and not again`);
  return { policy: syntax, message: outcome.message, at: sourceSpan(syntax.source, outcome.span) };
}
