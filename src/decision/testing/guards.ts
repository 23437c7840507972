/** Rego policies of the tests: modules and data by file name, in force beside the refunds and the mesh of the shop. */
import type { RegoLayerSettings } from '../../inventory/rego-layers.ts';
import { factsOf } from '../../inventory/workload.ts';
import type { Problem } from '../../kernel/problem.ts';
import type { Result } from '../../kernel/result.ts';
import { toRevision } from '../../kernel/revision.ts';
import { buildSnapshot, type PolicyText, type Snapshot } from '../snapshot.ts';
import { SHOP, WORKLOADS } from './shop.ts';

export type RegoTexts = Readonly<Record<string, string>>;

/** A layer as a declaration has it that says no more than its name and folder. */
export function layerIn(folder: string, more: Partial<RegoLayerSettings> = {}): RegoLayerSettings {
  return { name: folder, folder, version: 'v1', errors: 'fault', ...more };
}

export function regoPolicies(texts: RegoTexts): readonly PolicyText[] {
  return Object.entries(texts).map(([file, text]) => {
    return { language: file.endsWith('.rego') ? 'rego' : 'rego-data', file, text };
  });
}

export function buildRego(
  texts: RegoTexts,
  rego?: readonly RegoLayerSettings[],
  others: readonly PolicyText[] = [],
): Promise<Result<Snapshot, readonly Problem[]>> {
  const policies = [...others, ...regoPolicies(texts)];
  const settings = { revision: toRevision(1), trustDomain: SHOP, namespace: 'shop' };
  const workloads = WORKLOADS.map(factsOf);
  return buildSnapshot({ ...settings, policies, workloads, ...(rego === undefined ? {} : { rego }) });
}

export async function regoSnapshot(...given: Parameters<typeof buildRego>): Promise<Snapshot> {
  const built = await buildRego(...given);
  if (!built.ok) throw new Error(built.problem.map(({ message }) => message).join('; '));
  return built.value;
}
