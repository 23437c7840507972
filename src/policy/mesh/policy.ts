/** The objects that policies are, checked: every part that a reason may point at knows where it is written. */
import type { SourceSpan } from '../../kernel/source-span.ts';
import type { Located } from './yaml-node.ts';

/** What a clause looks at. */
export type Attribute =
  | 'principal'
  | 'namespace'
  | 'serviceAccount'
  | 'trustDomain'
  | 'sourceIp'
  | 'port'
  | 'sni'
  | 'method'
  | 'path'
  | 'host';

/** These exist in an HTTP request only; on TCP Istio reads a rule without them, see `compile-rule.ts`. */
export function isHttpOnly(attribute: Attribute): boolean {
  return attribute === 'method' || attribute === 'path' || attribute === 'host';
}

/** One list of values: it holds when one of them matches, or, `negated`, when none does. */
export type Clause = {
  readonly attribute: Attribute;
  readonly negated: boolean;
  /** As the author wrote it: `methods`, `notPaths`, `source.ip`. */
  readonly field: string;
  readonly values: readonly Located[];
  /** The list as a whole. */
  readonly span: SourceSpan;
};

/** All clauses must hold. */
export type Clauses = readonly Clause[];

/** Matches when one of `sources` (if any), one of `operations` (if any) and all `conditions` hold. */
export type Rule = {
  /** As in `rules[0]`. */
  readonly name: string;
  readonly span: SourceSpan;
  readonly sources: readonly Clauses[];
  readonly operations: readonly Clauses[];
  readonly conditions: Clauses;
};

export type PolicyKind = 'AuthorizationPolicy' | 'PeerAuthentication';

type Named = {
  readonly namespace: string;
  readonly name: string;
  /** Where its name is written. */
  readonly span: SourceSpan;
  /** All of these labels; none selects every workload. */
  readonly labels: ReadonlyMap<string, string>;
};

export type AuthorizationPolicy = Named & {
  readonly kind: 'AuthorizationPolicy';
  readonly action: 'ALLOW' | 'DENY';
  /** Decides nothing; `explain` tells what it would have done. */
  readonly dryRun: boolean;
  readonly rules: readonly Rule[];
};

export type MtlsMode = 'UNSET' | 'DISABLE' | 'PERMISSIVE' | 'STRICT';
export type MtlsSetting = { readonly mode: MtlsMode; readonly span: SourceSpan };

export type PeerAuthentication = Named & {
  readonly kind: 'PeerAuthentication';
  readonly mtls?: MtlsSetting;
  readonly ports: ReadonlyMap<number, MtlsSetting>;
  /** Milliseconds since 1970; -Infinity, older than all, when the object does not say. */
  readonly createdAt: number;
};

export type Policy = AuthorizationPolicy | PeerAuthentication;

/** `AuthorizationPolicy shop/payments`: how reasons and messages name a policy. */
export function policyName({ kind, namespace, name }: Pick<Policy, 'kind' | 'namespace' | 'name'>): string {
  return `${kind} ${namespace}/${name}`;
}

export type MeshWorkload = { readonly namespace: string; readonly labels: Readonly<Record<string, string>> };

/** Whether all labels of the policy are labels of the workload. */
export function selects({ labels }: Policy, workload: MeshWorkload): boolean {
  for (const [key, value] of labels) {
    if (!Object.hasOwn(workload.labels, key) || workload.labels[key] !== value) return false;
  }
  return true;
}
