/** Which connections to a workload must be mutual TLS, after all PeerAuthentications that reach it. */
import { type MeshWorkload, type MtlsSetting, type PeerAuthentication, selects } from './policy.ts';

/** A mode, and the policy that set it; nobody set Istio's default, PERMISSIVE. */
export type EffectiveMode = {
  readonly strict: boolean;
  readonly setBy?: { readonly policy: PeerAuthentication; readonly span: MtlsSetting['span'] };
};

export type PeerModes = {
  readonly workload: EffectiveMode;
  readonly ports: ReadonlyMap<number, EffectiveMode>;
  /** Those that take part: one at most for the mesh, the namespace and the workload. */
  readonly policies: readonly PeerAuthentication[];
};

/**
 * Port before workload before namespace before mesh; UNSET keeps what the wider scope says. Of several in one scope
 * the oldest counts, then the first by name. `policies` are those of the workload's namespace and of the root's.
 */
export function peerModes(
  policies: readonly PeerAuthentication[],
  workload: MeshWorkload,
  rootNamespace: string,
): PeerModes {
  const wide = policies.filter(({ labels }) => labels.size === 0);
  const mesh = oldest(wide.filter(({ namespace }) => namespace === rootNamespace));
  const own = policies.filter(({ namespace }) => namespace === workload.namespace && namespace !== rootNamespace);
  const namespace = oldest(own.filter(({ labels }) => labels.size === 0));
  // One that selects in the root namespace is not looked at; it was warned of.
  const selecting = oldest(own.filter((policy) => policy.labels.size > 0 && selects(policy, workload)));
  const chain = [mesh, namespace, selecting].filter((policy) => policy !== undefined);
  let mode: EffectiveMode = { strict: false };
  for (const policy of chain) mode = narrowed(mode, policy, policy.mtls);
  const ports = [...(selecting?.ports ?? [])].flatMap(([port, setting]): [number, EffectiveMode][] =>
    selecting === undefined ? [] : [[port, narrowed(mode, selecting, setting)]],
  );
  return { workload: mode, ports: new Map(ports), policies: chain };
}

function narrowed(wider: EffectiveMode, policy: PeerAuthentication, setting: MtlsSetting | undefined): EffectiveMode {
  if (setting === undefined || setting.mode === 'UNSET') return wider;
  return { strict: setting.mode === 'STRICT', setBy: { policy, span: setting.span } };
}

function oldest(policies: readonly PeerAuthentication[]): PeerAuthentication | undefined {
  return policies.toSorted(byAge)[0];
}

function byAge(a: PeerAuthentication, b: PeerAuthentication): number {
  if (a.createdAt !== b.createdAt) return a.createdAt < b.createdAt ? -1 : 1;
  return a.name < b.name ? -1 : Number(a.name > b.name);
}
