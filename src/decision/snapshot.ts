/** Everything that the decisions of one revision are made from: immutable, built as a whole, swapped as a whole. */
import type { WorkloadFacts } from '../inventory/workload.ts';
import { DEFAULT_TIERS, type Tier } from '../kernel/combine.ts';
import type { Problem } from '../kernel/problem.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { NO_REVISION, type Revision } from '../kernel/revision.ts';
import type { TrustDomain } from '../kernel/trust-domain.ts';
import { compileMesh, type MeshPolicySet } from '../policy/mesh/compile.ts';
import type { Layer } from './layer.ts';
import { meshLayer } from './mesh-layer.ts';

/** A policy file as it is kept in the records; `file` is its name, relative to the folder of policies. */
export type PolicyText = { readonly language: 'mesh'; readonly file: string; readonly text: string };

export type SnapshotInput = {
  readonly revision: Revision;
  readonly trustDomain: TrustDomain;
  /** Of policies that name none. */
  readonly namespace: string;
  readonly policies: readonly PolicyText[];
  readonly workloads: readonly WorkloadFacts[];
};

/** A policy, and the workloads that it is attached to: none is worth a warning, since it then does nothing. */
export type Attachment = {
  readonly policy: string;
  readonly file: string;
  readonly line: number;
  readonly workloads: readonly string[];
};

export type Snapshot = {
  readonly revision: Revision;
  readonly tiers: readonly { readonly tier: Tier; readonly layers: readonly Layer[] }[];
  /** By resource id, a workload's SPIFFE ID. */
  readonly workloads: ReadonlyMap<string, WorkloadFacts>;
  readonly attachments: readonly Attachment[];
  /** What compiles and probably does not mean what its author thought. */
  readonly warnings: readonly Problem[];
};

/** Compiles the policies of one revision; on any problem there is no snapshot, and the caller keeps the one it has. */
export function buildSnapshot(input: SnapshotInput): Result<Snapshot, readonly Problem[]> {
  const { revision, trustDomain, namespace: defaultNamespace, policies, workloads } = input;
  const byId = new Map(workloads.map((workload) => [workload.id as string, workload]));
  const mesh = compileMesh({
    files: policies.map(({ file, text }) => ({ file, text })),
    trustDomain,
    defaultNamespace,
  });
  if (!mesh.ok) return err(mesh.problem);
  const layers = [meshLayer(mesh.value, byId)];
  return ok({
    revision,
    tiers: DEFAULT_TIERS.map((tier) => ({ tier, layers: layers.filter((layer) => layer.tier === tier.name) })),
    workloads: byId,
    attachments: attachmentsOf(mesh.value, workloads),
    warnings: mesh.value.warnings.filter((warning) => concerns(warning, workloads)),
  });
}

/** What a DENY does to TCP connections is of no concern where every workload speaks HTTP. */
function concerns({ code }: Problem, workloads: readonly WorkloadFacts[]): boolean {
  return code !== 'mesh/deny-widens-on-tcp' || workloads.some(({ protocol }) => protocol === 'tcp');
}

function attachmentsOf(mesh: MeshPolicySet, workloads: readonly WorkloadFacts[]): Attachment[] {
  return mesh.attachments(workloads).map(({ policy, workloads: attached }) => ({
    policy: `${policy.kind} ${policy.namespace}/${policy.name}`,
    file: policy.span.file,
    line: policy.span.line,
    workloads: attached.map(({ name }) => name),
  }));
}

/** What is in force before the first revision: nothing, so that everything is denied. */
export const EMPTY_SNAPSHOT: Snapshot = {
  revision: NO_REVISION,
  tiers: [],
  workloads: new Map(),
  attachments: [],
  warnings: [],
};
