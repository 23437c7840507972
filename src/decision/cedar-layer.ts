/** Cedar policies as a layer of the application tier. */
import type { CedarNames } from '../inventory/cedar-names.ts';
import { type AccessRequest, WORKLOAD } from '../kernel/access-request.ts';
import type { Explanation, Reason, Remedy, Verdict } from '../kernel/verdict.ts';
import type { CedarRequest } from '../policy/cedar/authorize/cedar-request.ts';
import type { CedarPolicySet } from '../policy/cedar/compile.ts';
import type { CedarDetermination } from '../policy/cedar/explain/determine.ts';
import type { CedarExplanation, FailedCondition, NearMiss } from '../policy/cedar/explain/explanation.ts';
import { sourceSpan } from '../policy/source-position.ts';
import type { PolicySyntax } from '../policy/cedar/syntax.ts';
import { concerns } from './cedar-concern.ts';
import { cedarRequestOf, uidsOf } from './cedar-mapping.ts';
import type { Layer } from './layer.ts';

const SILENT: Verdict = { kind: 'abstain', speaks: false, reasons: [] };

/** Permits that did not permit, in one record: an explanation has the nearest of all. */
const MAX_REASONS = 8;

type Translated =
  /** `speaks`: some permit of the set is for such an action on such a resource. */
  | { readonly kind: 'asked'; readonly request: CedarRequest; readonly speaks: boolean }
  | { readonly kind: 'settled'; readonly verdict: Verdict };

/**
 * The set must have been compiled with `forbidErrors: 'deny'`, and its entities stay as they are. Silent where no policy's
 * scope admits the action and the type of the resource, and with a schema where that does not declare the action.
 */
export function cedarLayer(set: CedarPolicySet, names: CedarNames): Layer {
  const concernOf = concerns(set.policies, set.entities);
  const { schema } = set.entities;

  const translate = (request: AccessRequest): Translated => {
    if (set.policies.length === 0) return { kind: 'settled', verdict: SILENT };
    const uids = uidsOf(names, request);
    if (!uids.ok) return fault(uids.problem);
    const { action, resource } = uids.value;
    if (schema !== undefined && schema.actionOf(action) === undefined) return { kind: 'settled', verdict: SILENT };
    const concern = concernOf(action, resource.type);
    if (concern === 'none') return { kind: 'settled', verdict: SILENT };
    const translated = cedarRequestOf(uids.value, request, schema);
    if (!translated.ok) return fault(translated.problem);
    return { kind: 'asked', request: translated.value, speaks: concern === 'permit' };
  };

  return {
    name: 'cedar',
    tier: 'application',
    decide: (request) => {
      const translated = translate(request);
      if (translated.kind === 'settled') return translated.verdict;
      return verdictOf(set.determine(translated.request), translated.speaks);
    },
    explain: (request) => {
      const translated = translate(request);
      if (translated.kind === 'settled') {
        return { verdict: translated.verdict, remedies: remediesOfSilence(request, translated.verdict) };
      }
      const verdict = verdictOf(set.determine(translated.request), translated.speaks);
      return { verdict, ...changesOf(set.explain(translated.request)) };
    },
  };
}

function fault(message: string): Translated {
  return { kind: 'settled', verdict: { kind: 'fault', reasons: [{ message }] } };
}

function verdictOf(determination: CedarDetermination, speaks: boolean): Verdict {
  const { decision, determining, problem, deniedByError } = determination;
  if (problem !== undefined) {
    return { kind: 'fault', reasons: [{ message: `the request cannot be asked in Cedar: ${problem.message}` }] };
  }
  if (decision === 'allow')
    return { kind: 'permit', reasons: determining.map((policy) => reason(policy, 'permits it')) };
  if (deniedByError) return { kind: 'fault', reasons: erringForbids(determination) };
  if (determining.length === 0) return { kind: 'abstain', speaks, reasons: reasonsOfDenial(determination) };
  return { kind: 'forbid', reasons: determining.map((policy) => reason(policy, 'forbids it')) };
}

/** A forbid that could not be evaluated might have forbidden: that denies, and says so. */
function erringForbids({ errors }: CedarDetermination): Reason[] {
  return errors
    .filter(({ policy }) => policy.effect === 'forbid')
    .map(({ policy, message, at }) => ({
      ...reason(policy, `might forbid it, and could not be evaluated: ${message}`),
      span: at,
    }));
}

/** Which permits there are, without the values that they read: those stay out of the record. */
function reasonsOfDenial({ considered, errors }: CedarDetermination): Reason[] {
  if (considered.length === 0) return [{ message: 'the permits for this action are for subjects of other types' }];
  return considered.slice(0, MAX_REASONS).map((policy) => {
    const error = errors.find((each) => each.policy === policy);
    if (error === undefined) return reason(policy, 'does not permit it');
    return reason(policy, `could not be evaluated, and so does not permit it: ${error.message}`);
  });
}

function reason(policy: PolicySyntax, does: string): Reason {
  const described = policy.annotations.get('description');
  const message = `\`${policy.id}\` ${does}${described === undefined ? '' : `: ${described}`}`;
  return { policy: policy.id, span: sourceSpan(policy.source, policy.span), message };
}

function changesOf({ misses, noPermit }: CedarExplanation): Omit<Explanation, 'verdict'> {
  return {
    remedies: [...misses.flatMap(remediesOf), ...(noPermit === undefined ? [] : [{ message: noPermit.message }])],
    unmet: misses.flatMap(({ policy, failed }) => failed.map((condition) => unmet(policy, condition))),
  };
}

function unmet({ id, effect }: PolicySyntax, { at, text, wanted, values, error }: FailedCondition): Reason {
  const read = values.map(({ expression, value }) => `\`${expression}\` is \`${value}\``).join(', ');
  const state = error === undefined ? stateOf(effect, wanted) : `could not be evaluated: ${error}`;
  return { policy: id, rule: `\`${text}\``, span: at, message: [state, read].filter((part) => part !== '').join('; ') };
}

function stateOf(effect: PolicySyntax['effect'], wanted: boolean): string {
  if (effect === 'forbid') return wanted ? 'holds' : 'does not hold';
  return wanted ? 'does not hold' : 'holds, and must not';
}

/** Only changes that were tried out, and did not leave the request denied. */
function remediesOf({ policy, failed, changes }: NearMiss): Remedy[] {
  const helpful = changes.filter(({ allows }) => allows !== false);
  const at = failed[0]?.at;
  return helpful.map(({ message }) => ({
    message: `${policy.effect === 'permit' ? 'for' : 'against'} \`${policy.id}\`: ${message}`,
    policy: policy.id,
    ...(at === undefined ? {} : { span: at }),
  }));
}

/** Of workloads the mesh speaks already. */
function remediesOfSilence({ action, resource }: AccessRequest, verdict: Verdict): readonly Remedy[] {
  if (verdict.kind !== 'abstain' || resource.type === WORKLOAD) return [];
  return [
    { message: `write a Cedar policy that permits \`${action.name}\` on a resource of type \`${resource.type}\`` },
  ];
}
