/** Everything that the decisions of one revision are made from: immutable, built as a whole, swapped as a whole. */
import { type CedarNames, DEFAULT_CEDAR_NAMES } from '../inventory/cedar-names.ts';
import { impliedRegoLayers, type RegoLayerSettings } from '../inventory/rego-layers.ts';
import type { WorkloadFacts } from '../inventory/workload.ts';
import { DEFAULT_TIERS } from '../kernel/combine.ts';
import type { Problem } from '../kernel/problem.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { NO_REVISION, type Revision } from '../kernel/revision.ts';
import type { TrustDomain } from '../kernel/trust-domain.ts';
import type { CedarPolicySet } from '../policy/cedar/compile.ts';
import { compileMesh, type MeshPolicySet } from '../policy/mesh/compile.ts';
import { cedarLayer } from './cedar-layer.ts';
import { type CedarFile, compileCedarFiles } from './cedar-policies.ts';
import { evaluate } from './evaluate.ts';
import type { LayeredTier } from './layer.ts';
import { meshLayer } from './mesh-layer.ts';
import type { OtherLayers } from './rego-host.ts';
import { type RegoDecisions, regoLayer } from './rego-layer.ts';
import type { RegoFile } from './rego-policies.ts';

export const POLICY_LANGUAGES = ['mesh', 'cedar', 'cedar-schema', 'cedar-entities', 'rego', 'rego-data'] as const;

/** A file of the folder of policies as it is kept in the records; `file` is its name, relative to that folder. */
export type PolicyText = {
  readonly language: (typeof POLICY_LANGUAGES)[number];
  readonly file: string;
  readonly text: string;
};

export type SnapshotInput = {
  readonly revision: Revision;
  readonly trustDomain: TrustDomain;
  /** Of policies that name none. */
  readonly namespace: string;
  readonly policies: readonly PolicyText[];
  readonly workloads: readonly WorkloadFacts[];
  /** How subjects, actions and resources are called in Cedar. */
  readonly cedar?: CedarNames;
  /** Which Rego files decide what. */
  readonly rego?: readonly RegoLayerSettings[];
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
  readonly tiers: readonly LayeredTier[];
  /** By resource id, a workload's SPIFFE ID. */
  readonly workloads: ReadonlyMap<string, WorkloadFacts>;
  readonly attachments: readonly Attachment[];
  /** What compiles and probably does not mean what its author thought. */
  readonly warnings: readonly Problem[];
};

/** Compiles the policies of one revision; on any problem there is no snapshot, and the caller keeps the one it has. */
export async function buildSnapshot(input: SnapshotInput): Promise<Result<Snapshot, readonly Problem[]>> {
  const cedar = await compileCedarFiles(input.policies.filter(isCedar));
  const rego = await compileRegoLayers(input);
  // What is wrong with the other languages is told as well.
  const snapshot = assembleSnapshot(input, {
    ...(cedar.ok && cedar.value !== undefined ? { cedar: cedar.value } : {}),
    ...(rego.ok ? { rego: rego.value } : {}),
  });
  if (cedar.ok && rego.ok) return snapshot;
  const problems = [snapshot, cedar, rego].flatMap((result) => (result.ok ? [] : result.problem));
  return err(problems);
}

/** Rego's compiler and its built-in functions are loaded where there is Rego: they are half of the program. */
async function compileRegoLayers({
  policies,
  rego = impliedRegoLayers(''),
  ...facts
}: SnapshotInput): Promise<Result<readonly RegoDecisions[], readonly Problem[]>> {
  const files = policies.filter(isRego);
  if (files.length === 0 && rego.every(({ implied }) => implied === true)) return ok([]);
  const { compileRegoFiles } = await import('./rego-policies.ts');
  return compileRegoFiles(files, rego, facts);
}

/** With the layers that take time to compile handed over; the other languages are compiled here. */
export function assembleSnapshot(
  input: SnapshotInput,
  compiled: { readonly cedar?: CedarPolicySet; readonly rego?: readonly RegoDecisions[] },
): Result<Snapshot, readonly Problem[]> {
  const { revision, trustDomain, namespace: defaultNamespace, policies, workloads } = input;
  const byId = new Map(workloads.map((workload) => [workload.id as string, workload]));
  const files = policies.filter(({ language }) => language === 'mesh').map(({ file, text }) => ({ file, text }));
  const mesh = compileMesh({ files, trustDomain, defaultNamespace });
  if (!mesh.ok) return err(mesh.problem);
  const { cedar, rego = [] } = compiled;
  const others: OtherLayers = {
    decide: (asker, request, asking) => evaluate({ tiers: without(asker, tiers) }, request, asking),
  };
  const layers = [
    meshLayer(mesh.value, byId),
    ...(cedar === undefined ? [] : [cedarLayer(cedar, input.cedar ?? DEFAULT_CEDAR_NAMES)]),
    ...rego.map((decisions) => regoLayer(decisions, others)),
  ];
  const tiers = DEFAULT_TIERS.map((tier) => ({ tier, layers: layers.filter((layer) => layer.tier === tier.name) }));
  const warnings = mesh.value.warnings.filter((warning) => concerns(warning, workloads));
  return ok({
    revision,
    tiers,
    workloads: byId,
    attachments: attachmentsOf(mesh.value, workloads),
    warnings: [...warnings, ...(cedar?.warnings ?? [])],
  });
}

function without(name: string, tiers: readonly LayeredTier[]): readonly LayeredTier[] {
  return tiers.map(({ tier, layers }) => ({ tier, layers: layers.filter((layer) => layer.name !== name) }));
}

function isCedar(policy: PolicyText): policy is PolicyText & CedarFile {
  return policy.language === 'cedar' || policy.language === 'cedar-schema' || policy.language === 'cedar-entities';
}

function isRego(policy: PolicyText): policy is PolicyText & RegoFile {
  return policy.language === 'rego' || policy.language === 'rego-data';
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
