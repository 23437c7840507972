/** Fourth phase: why it was decided so, by every policy that had a part in it, and what would have to change. */
import type { Reason, Remedy, Verdict } from '../../kernel/verdict.ts';
import { clausesInPhase, type CompiledRule } from './compile-rule.ts';
import { actualOf, wantedOfAll } from './describe-clause.ts';
import { type CompiledPolicy, enforced, type Guarded, type MeshGuard, reasonOfMode } from './guard.ts';
import { MAX_REMEDIES } from './limits.ts';
import { type MeshRequest, phaseOf } from './mesh-request.ts';
import { type AuthorizationPolicy, type Clause, type Clauses, isHttpOnly, policyName } from './policy.ts';
import { quote } from './quote.ts';

type Match = { readonly compiled: CompiledPolicy; readonly rule: CompiledRule };

export function compileExplain(guarded: Guarded, decide: MeshGuard['decide']): MeshGuard['explain'] {
  return (request) => {
    const verdict = decide(request);
    const mode = guarded.modes.ports.get(request.destinationPort) ?? guarded.modes.workload;
    const strict = request.mtls ? undefined : reasonOfMode(mode);
    const denials = matchesOf(enforced(guarded.policies, 'DENY'), request);
    const grants = matchesOf(enforced(guarded.policies, 'ALLOW'), request);
    const determining = verdict.kind === 'forbid' ? denials : grants;
    const reasons = [strict ?? [], determining.map((match) => reasonOfMatch(match, request))].flat(2);
    const dryRun = dryRunReasons(guarded.policies, request);
    const all = [...(reasons.length > 0 ? reasons : verdict.reasons), ...dryRun];
    return {
      verdict: { ...verdict, reasons: all },
      remedies: remediesOf(guarded, request, verdict, { strict, denials, grants }),
    };
  };
}

function matchesOf(policies: readonly CompiledPolicy[], request: MeshRequest): readonly Match[] {
  const phase = phaseOf(request);
  return policies.flatMap((compiled) =>
    compiled.rules.filter((rule) => rule.matches[phase]?.(request) === true).map((rule) => ({ compiled, rule })),
  );
}

function reasonOfMatch({ compiled: { policy }, rule }: Match, request: MeshRequest): Reason {
  const clauses = decidingClauses(rule, policy.action, request);
  const does = policy.action === 'DENY' ? 'denies' : 'allows';
  const message = `${rule.rule.name} of ${quote(policyName(policy))} ${does} ${wantedOfAll(clauses)}`;
  return { policy: policyName(policy), rule: rule.rule.name, span: clauses[0]?.span ?? rule.rule.span, message };
}

/** Why the rule matched: the clauses of the first operation and of the first source that hold, and the conditions. */
function decidingClauses(
  { rule, clauses }: CompiledRule,
  action: AuthorizationPolicy['action'],
  request: MeshRequest,
): Clauses {
  const phase = phaseOf(request);
  const holding = (alternatives: readonly Clauses[]): Clauses => {
    for (const alternative of alternatives) {
      const counted = clausesInPhase(alternative, action, phase);
      if (counted?.every((clause) => clauses.get(clause)?.(request) === true) === true) return counted;
    }
    return [];
  };
  return [...holding(rule.operations), ...holding(rule.sources), ...rule.conditions];
}

/** Policies in dry run decide nothing; what they would have done stands at the end of the reasons. */
function dryRunReasons(policies: readonly CompiledPolicy[], request: MeshRequest): readonly Reason[] {
  const dry = policies.filter(({ policy }) => policy.dryRun);
  return dry.map((compiled) => {
    const [match] = matchesOf([compiled], request);
    const { policy } = compiled;
    const verb = policy.action === 'DENY' ? 'deny' : 'allow';
    const would = match === undefined ? `would not ${verb} it` : `would ${verb} it by ${match.rule.rule.name}`;
    const message = `in dry run, without effect: ${quote(policyName(policy))} ${would}`;
    return { policy: policyName(policy), span: match?.rule.rule.span ?? policy.span, message };
  });
}

type Found = {
  readonly strict: Reason | undefined;
  readonly denials: readonly Match[];
  readonly grants: readonly Match[];
};

function remediesOf(
  { policies }: Guarded,
  request: MeshRequest,
  verdict: Verdict,
  { strict, denials, grants }: Found,
): readonly Remedy[] {
  if (verdict.kind === 'permit') return [];
  const remedies: Remedy[] = [];
  if (strict?.policy !== undefined && strict.span !== undefined) {
    const message = `call over mutual TLS: ${quote(strict.policy)} lets nothing else in`;
    remedies.push({ message, policy: strict.policy, span: strict.span });
  }
  for (const match of denials) {
    const { policy, rule, span } = reasonOfMatch(match, request);
    const message = `narrow ${rule ?? ''} of ${quote(policy ?? '')}, which denies it; no ALLOW outweighs a DENY`;
    remedies.push({ message, ...(policy === undefined ? {} : { policy }), ...(span === undefined ? {} : { span }) });
  }
  const allow = enforced(policies, 'ALLOW');
  if (grants.length === 0 && allow.length > 0) remedies.push(...nearestRules(allow, request));
  if (allow.length === 0 && verdict.kind === 'abstain') {
    remedies.push({
      message: 'write an AuthorizationPolicy that selects the workload: none does, and default is deny',
    });
  }
  return remedies.slice(0, MAX_REMEDIES);
}

/** The rules that came nearest to allowing it, the one with the fewest failing clauses first. */
function nearestRules(policies: readonly CompiledPolicy[], request: MeshRequest): readonly Remedy[] {
  const ranked = policies.flatMap(({ policy, rules }) => {
    const name = policyName(policy);
    if (rules.length === 0) {
      const message = `add a rule to ${quote(name)}, which has none and allows nothing`;
      return [{ failing: Infinity, remedy: { message, policy: name, span: policy.span } }];
    }
    return rules.map((rule) => {
      const { failing, wanted } = nearestAlternative(rule, request);
      const shown = wanted.filter(
        (clause) => failing.includes(clause) || clause.attribute === 'method' || clause.attribute === 'path',
      );
      const wants = wantedOfAll(shown);
      const message = `${rule.rule.name} of ${quote(name)} allows ${wants}, the request is ${actualOf(failing, request)}`;
      return { failing: failing.length, remedy: { message, policy: name, span: failing[0]?.span ?? rule.rule.span } };
    });
  });
  return ranked.toSorted((a, b) => a.failing - b.failing).map(({ remedy }) => remedy);
}

/** The alternatives of a rule that fail least, together: operation, source and conditions. */
function nearestAlternative(
  { rule, clauses }: CompiledRule,
  request: MeshRequest,
): { readonly failing: Clauses; readonly wanted: Clauses } {
  const phase = phaseOf(request);
  // On TCP one HTTP field anywhere makes the rule void; before the first request HTTP fields may still come true.
  const fails = (clause: Clause): boolean => {
    if (phase !== 'http' && isHttpOnly(clause.attribute)) return phase === 'tcp';
    return clauses.get(clause)?.(request) !== true;
  };
  const best = (alternatives: readonly Clauses[]): Clauses => {
    const counted = alternatives.map((alternative) => ({ alternative, count: alternative.filter(fails).length }));
    return counted.toSorted((a, b) => a.count - b.count)[0]?.alternative ?? [];
  };
  const voiding = phase === 'tcp' ? rule.operations.flat().filter(({ attribute }) => isHttpOnly(attribute)) : [];
  const chosen = [...best(rule.operations), ...best(rule.sources), ...rule.conditions];
  const wanted = [...new Set([...chosen, ...voiding])];
  return { failing: wanted.filter(fails), wanted };
}
