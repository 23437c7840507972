/** Rego policies as a layer: `deny` forbids, `allow` permits. */
import type { RegoLayerSettings } from '../inventory/rego-layers.ts';
import type { AccessRequest } from '../kernel/access-request.ts';
import type { SourceSpan } from '../kernel/source-span.ts';
import type { Reason, Verdict } from '../kernel/verdict.ts';
import type { PreparedDecision } from '../policy/rego/compile.ts';
import type { EvaluateOptions, RegoFailure } from '../policy/rego/evaluate/begin.ts';
import { Budget } from '../policy/rego/evaluate/budget.ts';
import { get } from '../policy/rego/values/access.ts';
import type { RegoValue } from '../policy/rego/values/value.ts';
import type { Asking, Layer } from './layer.ts';
import type { Attribution } from './rego-attribution.ts';
import { type Ask, explainVerdict, type Safeguard } from './rego-explanation.ts';
import type { OtherLayers, RegoHost } from './rego-host.ts';
import { denialsOf, permissionOf } from './rego-verdict.ts';

/** One document of the package that decides. */
export type RegoRule = {
  readonly name: 'allow' | 'deny';
  readonly decision: PreparedDecision;
  /** Where it is written first. */
  readonly span: SourceSpan;
  /** Of which of several rules; absent where there is one. */
  readonly attribution?: Attribution;
  /** The rules that it negates. */
  readonly safeguards: readonly Safeguard[];
};

export type RegoDecisions = {
  readonly settings: RegoLayerSettings;
  /** As it is written: `shop.guard`. */
  readonly package: string;
  readonly deny: RegoRule | undefined;
  readonly allow: RegoRule | undefined;
};

/** Whoever waits for the decision waits for its policies: a policy that takes longer is wrong. */
const MAX_MILLISECONDS = 1000;
/** About as long on a slow machine. */
const MAX_STEPS = 10_000_000;

const SILENT: Verdict = { kind: 'abstain', speaks: false, reasons: [] };

/** With `allow` it stands with the applications' policies, and speaks for all that it is asked; else it only guards. */
export function regoLayer(decisions: RegoDecisions, others: OtherLayers): Layer {
  const { settings, allow, deny } = decisions;
  const decide = (request: AccessRequest, asking: Asking): Verdict => {
    if (!isConcerned(settings, request)) return SILENT;
    if (asking.waiting?.includes(settings.name) === true) return inCircles(decisions, asking);
    const input = inputOf(settings, request);
    if (input === undefined) return withoutInput(decisions);
    const evaluator = evaluatorOf(decisions, others, { request, input }, asking);
    const denied = deny === undefined ? undefined : denial(decisions, deny, evaluator);
    if (denied !== undefined) return denied;
    return allow === undefined ? SILENT : permission(decisions, allow, evaluator);
  };
  return {
    name: settings.name,
    tier: allow === undefined ? 'guardrails' : 'application',
    decide,
    explain: (request, asking) => {
      const verdict = decide(request, asking);
      const input = inputOf(settings, request);
      if (input === undefined) return { verdict, remedies: [] };
      // Another budget for each: what explains is slower than what decides.
      const ask: Ask = (decision) => evaluatorOf(decisions, others, { request, input }, asking).explain(decision);
      return { verdict, ...explainVerdict(decisions, verdict, ask) };
    },
  };
}

function isConcerned({ actions, resources }: RegoLayerSettings, { action, resource }: AccessRequest): boolean {
  return (actions?.includes(action.name) ?? true) && (resources?.includes(resource.type) ?? true);
}

/** A request is JSON already, and has no member that is undefined. */
function inputOf({ input }: RegoLayerSettings, request: AccessRequest): RegoValue | undefined {
  let value: RegoValue | undefined = request;
  for (const name of input?.split('.') ?? []) value = value === undefined ? undefined : get(value, name);
  return value;
}

type Evaluator = {
  readonly value: (rule: RegoRule) => ReturnType<PreparedDecision['evaluate']>;
  readonly attribute: (rule: RegoRule) => ReturnType<Attribution>;
  readonly explain: Ask;
};

/** The budget is shared by both rules, and by whoever is asked in between. */
function evaluatorOf(
  { settings }: RegoDecisions,
  others: OtherLayers,
  { request, input }: { readonly request: AccessRequest; readonly input: RegoValue },
  asking: Asking,
): Evaluator {
  const { now, waiting = [] } = asking;
  const budget = asking.budget ?? new Budget(MAX_STEPS, performance.now() + MAX_MILLISECONDS, () => performance.now());
  const asker = settings.name;
  const host: RegoHost = { asker, request, asking: { now, waiting: [...waiting, asker], budget }, others };
  const options = { budget, host, now: () => now };
  const optionsOf = ({ name }: RegoRule): EvaluateOptions => {
    return { ...options, strictErrors: name === 'deny' && settings.errors === 'fault' };
  };
  return {
    value: (rule) => rule.decision.evaluate(input, optionsOf(rule)),
    attribute: (rule) => rule.attribution?.(input, optionsOf(rule)) ?? (() => undefined),
    explain: (decision) => decision.explain(input, options),
  };
}

function denial(decisions: RegoDecisions, rule: RegoRule, evaluator: Evaluator): Verdict | undefined {
  const outcome = evaluator.value(rule);
  if (!outcome.ok) return failure(decisions, rule, outcome.problem);
  const denials = denialsOf(outcome.value);
  if (!denials.ok) return fault(decisions, rule, denials.problem);
  if (denials.value.length === 0) return undefined;
  const placeOf = evaluator.attribute(rule);
  const reasons = denials.value.map(({ message, value }) => {
    return { ...reason(decisions, rule, message), span: placeOf(value) ?? rule.span };
  });
  return { kind: 'forbid', reasons };
}

function permission(decisions: RegoDecisions, rule: RegoRule, evaluator: Evaluator): Verdict {
  const outcome = evaluator.value(rule);
  if (!outcome.ok) return failure(decisions, rule, outcome.problem);
  const permitted = permissionOf(outcome.value);
  if (!permitted.ok) return fault(decisions, rule, permitted.problem);
  const { kind, message } = permitted.value;
  const because = message === undefined ? '' : `: ${message}`;
  if (kind === 'allowed') {
    const { obligations } = permitted.value;
    const reasons = [reason(decisions, rule, `\`${decisions.package}\` allows it${because}`)];
    return { kind: 'permit', reasons, ...(obligations.length > 0 && { obligations }) };
  }
  const said = outcome.value === undefined ? 'has no value' : 'is false';
  const text = `\`allow\` of \`${decisions.package}\` ${said}${because}`;
  return { kind: 'abstain', speaks: true, reasons: [reason(decisions, rule, text)] };
}

function reason(decisions: RegoDecisions, { name, span }: RegoRule, message: string): Reason {
  return { policy: decisions.package, rule: name, span, message };
}

function fault(decisions: RegoDecisions, rule: RegoRule, message: string): Verdict {
  const text = `\`${rule.name}\` of \`${decisions.package}\` ${message}`;
  return { kind: 'fault', reasons: [reason(decisions, rule, text)] };
}

function failure(decisions: RegoDecisions, rule: RegoRule, { message, at = rule.span }: RegoFailure): Verdict {
  return fault(decisions, { ...rule, span: at }, `could not be evaluated: ${message}`);
}

function withoutInput({ settings, package: name }: RegoDecisions): Verdict {
  const message = `the request has no \`${settings.input}\`, which is the input of \`${name}\``;
  return { kind: 'fault', reasons: [{ policy: name, message }] };
}

function inCircles({ settings, package: name }: RegoDecisions, { waiting = [] }: Asking): Verdict {
  const circle = [...waiting.slice(waiting.indexOf(settings.name)), settings.name];
  const message = `\`${name}\` waits for its own answer: ${circle.map((each) => `\`${each}\``).join(' asks ')}`;
  return { kind: 'fault', reasons: [{ policy: name, message }] };
}
