/** Istio's policies in YAML to functions: the door of the mesh layer. */
import type { Problem } from '../../kernel/problem.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import type { SourceSpan } from '../../kernel/source-span.ts';
import type { TrustDomain } from '../../kernel/trust-domain.ts';
import { checkDocuments } from './check.ts';
import { compileRule } from './compile-rule.ts';
import { compileExplain } from './explain.ts';
import { type CompiledPolicy, compileDecide, type Guarded, type MeshGuard } from './guard.ts';
import { parseFile, type PolicyFile } from './parse.ts';
import { peerModes } from './peer-mode.ts';
import {
  type AuthorizationPolicy,
  type MeshWorkload,
  type PeerAuthentication,
  type Policy,
  type PolicyKind,
  policyName,
  selects,
} from './policy.ts';
import type { TrustDomains } from './trust-domain-alias.ts';

export type { MeshGuard } from './guard.ts';

export type MeshSource = {
  readonly files: readonly PolicyFile[];
  /** Whose policies hold for every namespace; `istio-system` unless said otherwise. */
  readonly rootNamespace?: string;
  /** Of objects that name none; `default` unless said otherwise. */
  readonly defaultNamespace?: string;
  readonly trustDomain: TrustDomain;
  /** Trust domains whose identities count as the mesh's own, one by one. None unless said otherwise. */
  readonly trustDomainAliases?: readonly TrustDomain[];
};

export type PolicySummary = {
  readonly kind: PolicyKind;
  readonly namespace: string;
  readonly name: string;
  /** Where its name is written. */
  readonly span: SourceSpan;
  /** Labels that a workload must have; none selects all. */
  readonly selector: Readonly<Record<string, string>>;
  /** Decides nothing. */
  readonly dryRun: boolean;
};

/** The workloads that a policy has a part in deciding about; of an overruled PeerAuthentication there are none. */
export type MeshAttachment<W> = { readonly policy: PolicySummary; readonly workloads: readonly W[] };

export type MeshPolicySet = {
  /** Sorted by name. */
  readonly policies: readonly PolicySummary[];
  readonly warnings: readonly Problem[];
  /** Costs as much as the policies of the workload's namespace and of the root's; keep what it returns. */
  readonly forWorkload: (workload: MeshWorkload) => MeshGuard;
  /** For every policy; one without workloads is likely a mistake in its selector. */
  readonly attachments: <W extends MeshWorkload>(workloads: readonly W[]) => readonly MeshAttachment<W>[];
};

/** All problems that were found, in the order of the files, or a set in which every policy means what it says. */
export function compileMesh(source: MeshSource): Result<MeshPolicySet, readonly Problem[]> {
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  const report = (problem: Problem): void => void problems.push(problem);
  const documents = source.files.flatMap((file) => parseFile(file, report));
  const { rootNamespace = 'istio-system', defaultNamespace = 'default', trustDomain, trustDomainAliases = [] } = source;
  const context = { rootNamespace, defaultNamespace, report, warn: (warning: Problem) => void warnings.push(warning) };
  const policies = checkDocuments(documents, context).toSorted(byName);
  if (problems.length > 0) return err(problems);
  return ok(policySet(policies, warnings, rootNamespace, { all: [trustDomain, ...trustDomainAliases] }));
}

function policySet(
  policies: readonly Policy[],
  warnings: readonly Problem[],
  rootNamespace: string,
  domains: TrustDomains,
): MeshPolicySet {
  const summaries = new Map(policies.map((policy) => [policy, summaryOf(policy)]));
  const byNamespace = Map.groupBy(policies, ({ namespace }) => namespace);
  const compiled = new Map<AuthorizationPolicy, CompiledPolicy>();
  for (const policy of policies) {
    if (policy.kind !== 'AuthorizationPolicy') continue;
    compiled.set(policy, { policy, rules: policy.rules.map((rule) => compileRule(rule, policy, domains)) });
  }
  const guardedOf = (workload: MeshWorkload): Guarded => {
    const namespaces = new Set([rootNamespace, workload.namespace]);
    const near = [...namespaces].flatMap((namespace) => byNamespace.get(namespace) ?? []).toSorted(byName);
    const peers = near.filter((policy): policy is PeerAuthentication => policy.kind === 'PeerAuthentication');
    const rules = near.filter((policy): policy is AuthorizationPolicy => policy.kind === 'AuthorizationPolicy');
    const selected = rules.filter((policy) => selects(policy, workload));
    const modes = peerModes(peers, workload, rootNamespace);
    return { modes, policies: selected.flatMap((policy) => compiled.get(policy) ?? []) };
  };
  return {
    policies: [...summaries.values()],
    warnings,
    forWorkload: (workload) => {
      const guarded = guardedOf(workload);
      const decide = compileDecide(guarded);
      return { decide, explain: compileExplain(guarded, decide) };
    },
    attachments: (workloads) => {
      const attached = new Map(policies.map((policy) => [policy, [] as (typeof workloads)[number][]]));
      for (const workload of workloads) {
        const guarded = guardedOf(workload);
        for (const policy of guarded.modes.policies) attached.get(policy)?.push(workload);
        for (const { policy } of guarded.policies) attached.get(policy)?.push(workload);
      }
      return [...summaries].map(([policy, summary]) => ({ policy: summary, workloads: attached.get(policy) ?? [] }));
    },
  };
}

function summaryOf(policy: Policy): PolicySummary {
  const { kind, namespace, name, span, labels } = policy;
  const dryRun = policy.kind === 'AuthorizationPolicy' && policy.dryRun;
  return { kind, namespace, name, span, selector: Object.fromEntries(labels), dryRun };
}

function byName(a: Policy, b: Policy): number {
  const [left, right] = [policyName(a), policyName(b)];
  return left < right ? -1 : Number(left > right);
}
