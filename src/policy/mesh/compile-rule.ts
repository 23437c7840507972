/** Third phase, for one rule: closures over constants that were brought into their final form beforehand. */
import { matchIpBlocks, parseIpBlock } from './ip-block.ts';
import type { MeshRequest, Phase } from './mesh-request.ts';
import { isPathTemplate, matchPathTemplate } from './path-template.ts';
import { type AuthorizationPolicy, type Clause, type Clauses, isHttpOnly, type Rule } from './policy.ts';
import { matchNamespaces, matchPrincipals, matchServiceAccounts, matchTrustDomains } from './principal-match.ts';
import { anyOf, matchHosts, matchTexts, type TextMatcher } from './text-match.ts';
import { expandPrincipals, expandTrustDomains, type TrustDomains } from './trust-domain-alias.ts';

export type Predicate = (request: MeshRequest) => boolean;

export type CompiledRule = {
  readonly rule: Rule;
  /** Each clause by itself, for explanations. */
  readonly clauses: ReadonlyMap<Clause, Predicate>;
  /** Whether the rule matches, by what is known of the request; absent where it never does. */
  readonly matches: Readonly<Partial<Record<Phase, Predicate>>>;
};

export function compileRule(rule: Rule, policy: AuthorizationPolicy, domains: TrustDomains): CompiledRule {
  const written = [...rule.sources.flat(), ...rule.operations.flat(), ...rule.conditions];
  const clauses = new Map(written.map((clause) => [clause, compileClause(clause, policy.namespace, domains)]));
  const matches: Partial<Record<Phase, Predicate>> = {};
  for (const phase of ['http', 'tcp', 'connection'] as const) {
    const predicate = compilePhase(rule, policy.action, phase, clauses);
    if (predicate !== undefined) matches[phase] = predicate;
  }
  return { rule, clauses, matches };
}

/** `from`, `to` and `when` must all hold; of the alternatives of `from` and of `to` one must. */
function compilePhase(
  rule: Rule,
  action: AuthorizationPolicy['action'],
  phase: Phase,
  clauses: ReadonlyMap<Clause, Predicate>,
): Predicate | undefined {
  const parts: Predicate[] = [];
  for (const alternatives of [rule.sources, rule.operations, [rule.conditions]]) {
    if (alternatives.length === 0) continue;
    const kept = alternatives.map((alternative) => clausesInPhase(alternative, action, phase));
    // Istio drops an ALLOW rule from TCP as a whole when any of its alternatives speaks of HTTP.
    if (phase === 'tcp' && kept.includes(undefined)) return undefined;
    const possible = kept.filter((alternative) => alternative !== undefined);
    if (possible.length === 0) return undefined;
    const compiled = possible.map((alternative) => alternative.flatMap((clause) => clauses.get(clause) ?? []));
    if (compiled.some((predicates) => predicates.length === 0)) continue;
    parts.push(any(compiled.map(all)));
  }
  return all(parts);
}

/**
 * What of an alternative counts in a phase; undefined when it cannot hold there.
 *
 * INVARIANT (mesh-phases): an HTTP field that cannot be looked at never lets anything through to the workload. On TCP
 * an ALLOW with HTTP fields does not hold, and a DENY holds without them: narrower and wider, as Istio has it. On a
 * connection before its first request an ALLOW holds if some request could match, for each request is decided by
 * itself later; a DENY holds if it would, whatever the request.
 */
export function clausesInPhase(
  clauses: Clauses,
  action: AuthorizationPolicy['action'],
  phase: Phase,
): Clauses | undefined {
  const rest = clauses.filter(({ attribute }) => !isHttpOnly(attribute));
  if (phase === 'http' || rest.length === clauses.length) return clauses;
  const holds = phase === 'tcp' ? action === 'DENY' : action === 'ALLOW';
  return holds ? rest : undefined;
}

function all(predicates: readonly Predicate[]): Predicate {
  const [first, second, third] = predicates;
  if (first === undefined) return () => true;
  if (second === undefined) return first;
  if (third === undefined) return (request) => first(request) && second(request);
  return (request) => {
    for (const holds of predicates) if (!holds(request)) return false;
    return true;
  };
}

function any(predicates: readonly Predicate[]): Predicate {
  const [first, second] = predicates;
  if (first === undefined) return () => false;
  if (second === undefined) return first;
  return (request) => {
    for (const holds of predicates) if (holds(request)) return true;
    return false;
  };
}

function compileClause(clause: Clause, namespace: string, domains: TrustDomains): Predicate {
  const holds = compilePositive(clause, namespace, domains);
  return clause.negated ? (request) => !holds(request) : holds;
}

/** What a request does not have matches no value, so that `notPrincipals: ["*"]` holds for a caller without identity. */
function compilePositive({ attribute, values }: Clause, namespace: string, domains: TrustDomains): Predicate {
  const texts = values.map(({ value }) => value);
  switch (attribute) {
    case 'principal':
      return onPrincipal(matchPrincipals(expandPrincipals(texts, domains)));
    case 'namespace':
      return onPrincipal(matchNamespaces(texts));
    case 'serviceAccount':
      return onPrincipal(matchServiceAccounts(texts, namespace));
    case 'trustDomain':
      return onPrincipal(matchTrustDomains(expandTrustDomains(texts, domains)));
    case 'sourceIp': {
      const matches = matchIpBlocks(texts.flatMap((text) => parseIpBlock(text) ?? []));
      return (request) => matches(request.sourceIp);
    }
    case 'port': {
      const ports = new Set(texts.map(Number));
      return (request) => ports.has(request.destinationPort);
    }
    case 'sni': {
      const matches = matchTexts(texts);
      return (request) => request.sni !== undefined && matches(request.sni);
    }
    case 'method': {
      const matches = matchTexts(texts);
      return (request) => request.http !== undefined && matches(request.http.method);
    }
    case 'path': {
      const matches = matchPaths(texts);
      return (request) => request.http !== undefined && matches(request.http.path);
    }
    case 'host': {
      const matches = matchHosts(texts);
      return (request) => request.http !== undefined && matches(request.http.host);
    }
  }
}

function onPrincipal(matches: TextMatcher): Predicate {
  return (request) => request.principal !== undefined && matches(request.principal);
}

function matchPaths(values: readonly string[]): TextMatcher {
  const plain = values.filter((value) => !isPathTemplate(value));
  const templates = values.filter(isPathTemplate).map(matchPathTemplate);
  return anyOf(plain.length === 0 ? templates : [matchTexts(plain), ...templates]);
}
