/** Policies and workloads as records: what is applied is compiled first, and becomes one revision. */
import * as z from 'zod';

import { factsOf, loadFacts, storeFacts, type Workload, WORKLOAD_KIND } from '../inventory/workload.ts';
import type { Problem } from '../kernel/problem.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { NO_REVISION, type Revision } from '../kernel/revision.ts';
import type { TrustDomain } from '../kernel/trust-domain.ts';
import type { Records, RecordsReader, StoredRecord, Write } from '../records/records.ts';
import { buildSnapshot, type PolicyText, type Snapshot, type SnapshotInput } from './snapshot.ts';

const POLICY_KIND = 'policy';
/** Which records a snapshot is made from; a change of any other kind leaves decisions as they are. */
export const SNAPSHOT_KINDS: ReadonlySet<string> = new Set([POLICY_KIND, WORKLOAD_KIND]);

const storedPolicy = z.object({ language: z.literal('mesh'), text: z.string() });

/** What changed, for the operator: names of policy files and workloads. */
export type AppliedChange = {
  readonly revision: Revision;
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
};

export type Desired = {
  readonly trustDomain: TrustDomain;
  readonly policies: readonly PolicyText[];
  readonly workloads: readonly Workload[];
};

/** Called with a change that compiles, before it is written: what it rejects does not happen. */
export type Announce = (change: Omit<AppliedChange, 'revision'>) => Promise<void>;

/**
 * Makes the records what is desired, in one revision, and only if it compiles: a broken set changes nothing. Undefined
 * when there was nothing to change. The writes expect the revisions that were read, so that of two that apply at the
 * same time one is refused with `records/conflict`.
 *
 * The change is announced to the ledger before it is written. A crash between the two leaves an announcement without a
 * change; the next start applies the same files again and announces them again.
 */
export async function applyDesired(
  records: Records,
  desired: Desired,
  announce: Announce,
): Promise<Result<AppliedChange | undefined, readonly Problem[]>> {
  const workloads = desired.workloads.map(factsOf);
  const checked = buildSnapshot({ ...desired, workloads, revision: NO_REVISION });
  if (!checked.ok) return checked;
  const wanted: Write[] = [
    ...desired.policies.map(({ file, language, text }) => ({
      kind: POLICY_KIND,
      name: file,
      value: { language, text },
    })),
    ...workloads.map((facts) => ({ kind: WORKLOAD_KIND, name: facts.name, value: storeFacts(facts) })),
  ];
  const current = [
    ...(await records.list(POLICY_KIND, '')).records,
    ...(await records.list(WORKLOAD_KIND, '')).records,
  ];
  const { writes, added, changed, removed } = difference(wanted, current);
  if (writes.length === 0) return ok(undefined);
  await announce({ added, changed, removed });
  const written = await records.write(writes);
  return written.ok ? ok({ revision: written.value, added, changed, removed }) : err([written.problem]);
}

function difference(
  wanted: readonly Write[],
  current: readonly StoredRecord[],
): Omit<AppliedChange, 'revision'> & { readonly writes: readonly Write[] } {
  const key = ({ kind, name }: { readonly kind: string; readonly name: string }): string => `${kind} ${name}`;
  const before = new Map(current.map((record) => [key(record), record]));
  const keep = new Set(wanted.map(key));
  const changes = { added: [] as string[], changed: [] as string[], removed: [] as string[] };
  const writes: Write[] = [];
  for (const write of wanted) {
    const record = before.get(key(write));
    // Both sides were serialised from objects whose fields stand in a fixed order.
    if (record !== undefined && JSON.stringify(record.value) === JSON.stringify(write.value)) continue;
    (record === undefined ? changes.added : changes.changed).push(key(write));
    writes.push({ ...write, expected: record?.revision ?? NO_REVISION });
  }
  for (const record of current) {
    if (keep.has(key(record))) continue;
    changes.removed.push(key(record));
    writes.push({ kind: record.kind, name: record.name, value: undefined, expected: record.revision });
  }
  return { ...changes, writes };
}

/** Reads what a snapshot is made from; `asOf` absent reads the newest revision. */
export async function readSnapshotInput(
  records: RecordsReader,
  trustDomain: TrustDomain,
  asOf?: Revision,
): Promise<SnapshotInput> {
  const policies = await records.list(POLICY_KIND, '', asOf);
  // The second listing is read as of the first, so that no change falls between the two.
  const workloads = await records.list(WORKLOAD_KIND, '', policies.revision);
  return {
    revision: policies.revision,
    trustDomain,
    policies: policies.records.map(({ name, value }) => ({ file: name, ...storedPolicy.parse(value) })),
    workloads: workloads.records.map(({ name, value }) => loadFacts(name, value)),
  };
}

/** The snapshot of a revision; the problems are those of its policies, which were compiled before they were written. */
export async function loadSnapshot(
  records: RecordsReader,
  trustDomain: TrustDomain,
  asOf?: Revision,
): Promise<Result<Snapshot, readonly Problem[]>> {
  return buildSnapshot(await readSnapshotInput(records, trustDomain, asOf));
}
