/** The policies of one workload, ready to decide: DENY before ALLOW, with verdicts that were made beforehand. */
import type { Explanation, Reason, Verdict } from '../../kernel/verdict.ts';
import type { CompiledRule, Predicate } from './compile-rule.ts';
import { type MeshRequest, type Phase, phaseOf } from './mesh-request.ts';
import type { EffectiveMode, PeerModes } from './peer-mode.ts';
import { type AuthorizationPolicy, policyName } from './policy.ts';
import { quote } from './quote.ts';

export type CompiledPolicy = { readonly policy: AuthorizationPolicy; readonly rules: readonly CompiledRule[] };

/** What decides about one workload. */
export type Guarded = { readonly modes: PeerModes; readonly policies: readonly CompiledPolicy[] };

export type MeshGuard = {
  /** The hot path: allocates nothing, and returns one of a few frozen verdicts. */
  readonly decide: (request: MeshRequest) => Verdict;
  /** The same verdict with every policy that determined it, and what would have made a denial a permit. */
  readonly explain: (request: MeshRequest) => Explanation;
};

type Branch = { readonly matches: Predicate; readonly verdict: Verdict };
type Plan = { readonly deny: readonly Branch[]; readonly allow: readonly Branch[] };

/**
 * INVARIANT (mesh-order): a connection that must be mutual TLS and is not is refused before any rule is looked at; a
 * DENY that matches is final; an ALLOW permits only after every DENY was found not to match.
 */
export function compileDecide({ modes, policies }: Guarded): MeshGuard['decide'] {
  const refuse = compileStrict(modes);
  const plans: Readonly<Record<Phase, Plan>> = {
    http: planFor('http', policies),
    tcp: planFor('tcp', policies),
    connection: planFor('connection', policies),
  };
  const otherwise = verdictOtherwise(policies);
  return (request) => {
    const refused = request.mtls ? undefined : refuse(request.destinationPort);
    if (refused !== undefined) return refused;
    const { deny, allow } = plans[phaseOf(request)];
    for (const { matches, verdict } of deny) if (matches(request)) return verdict;
    for (const { matches, verdict } of allow) if (matches(request)) return verdict;
    return otherwise;
  };
}

function planFor(phase: Phase, policies: readonly CompiledPolicy[]): Plan {
  const branches = (action: AuthorizationPolicy['action']): Branch[] =>
    enforced(policies, action).flatMap(({ policy, rules }) =>
      rules.flatMap((compiled): Branch[] => {
        const matches = compiled.matches[phase];
        return matches === undefined ? [] : [{ matches, verdict: verdictOfRule(policy, compiled) }];
      }),
    );
  return { deny: branches('DENY'), allow: branches('ALLOW') };
}

export function enforced(
  policies: readonly CompiledPolicy[],
  action: AuthorizationPolicy['action'],
): readonly CompiledPolicy[] {
  return policies.filter(({ policy }) => policy.action === action && !policy.dryRun);
}

function verdictOfRule(policy: AuthorizationPolicy, { rule }: CompiledRule): Verdict {
  const does = policy.action === 'DENY' ? 'denies' : 'allows';
  const message = `${rule.name} of ${quote(policyName(policy))} ${does} it`;
  const reason: Reason = { policy: policyName(policy), rule: rule.name, span: rule.span, message };
  return frozen({ kind: policy.action === 'DENY' ? 'forbid' : 'permit', reasons: [reason] });
}

/** What holds when no rule matches. */
function verdictOtherwise(policies: readonly CompiledPolicy[]): Verdict {
  const allow = enforced(policies, 'ALLOW');
  if (allow.length > 0) return frozen({ kind: 'abstain', speaks: true, reasons: allow.map(reasonOfSilence) });
  const deny = enforced(policies, 'DENY');
  if (deny.length === 0) return frozen({ kind: 'abstain', speaks: false, reasons: [] });
  const reasons = deny.map(({ policy }): Reason => {
    const message = `no rule of ${quote(policyName(policy))} denies it, and no ALLOW policy selects the workload`;
    return { policy: policyName(policy), span: policy.span, message };
  });
  return frozen({ kind: 'permit', reasons });
}

function reasonOfSilence({ policy, rules }: CompiledPolicy): Reason {
  const name = policyName(policy);
  const message =
    rules.length === 0 ? `${quote(name)} has no rules and allows nothing` : `no rule of ${quote(name)} allows it`;
  return { policy: name, span: policy.span, message };
}

/** The verdict for a connection that is not mutual TLS, by port; undefined where it may come in plain text. */
function compileStrict({ workload, ports }: PeerModes): (port: number) => Verdict | undefined {
  const fallback = verdictOfMode(workload);
  if (ports.size === 0) return () => fallback;
  const byPort = new Map([...ports].map(([port, mode]) => [port, verdictOfMode(mode)]));
  return (port) => (byPort.has(port) ? byPort.get(port) : fallback);
}

function verdictOfMode(mode: EffectiveMode): Verdict | undefined {
  const reason = reasonOfMode(mode);
  return reason === undefined ? undefined : frozen({ kind: 'forbid', reasons: [reason] });
}

/** Undefined for a mode that lets plain text in. */
export function reasonOfMode({ strict, setBy }: EffectiveMode): Reason | undefined {
  if (!strict || setBy === undefined) return undefined;
  const policy = policyName(setBy.policy);
  const message = `${quote(policy)} demands mutual TLS, and the caller came without a verified certificate`;
  return { policy, span: setBy.span, message };
}

function frozen(verdict: Verdict): Verdict {
  for (const reason of verdict.reasons) Object.freeze(reason);
  Object.freeze(verdict.reasons);
  return Object.freeze(verdict);
}
