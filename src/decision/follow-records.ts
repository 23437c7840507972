/** Keeps a decision point on the newest revision of the records, for as long as it runs. */
import type { Problem } from '../kernel/problem.ts';
import { ProblemError } from '../kernel/problem.ts';
import type { TrustDomain } from '../kernel/trust-domain.ts';
import type { Records } from '../records/records.ts';
import type { DecisionPoint } from './decision-point.ts';
import { loadSnapshot, SNAPSHOT_KINDS } from './policy-records.ts';
import type { Snapshot } from './snapshot.ts';

export type FollowOptions = {
  readonly records: Records;
  readonly trustDomain: TrustDomain;
  readonly decisionPoint: DecisionPoint;
  readonly signal: AbortSignal;
  /** Told after each swap. */
  readonly onSwap: (snapshot: Snapshot) => void;
  /** Told when a revision does not compile (another version wrote it); what was in force stays in force. */
  readonly onRefused: (problems: readonly Problem[]) => void;
};

/** Settles when `signal` aborts or the records are closed; rejects when the store is broken. */
export async function followRecords(options: FollowOptions): Promise<void> {
  const { records, decisionPoint, signal } = options;
  for (;;) {
    try {
      for await (const { changes } of records.watch(decisionPoint.snapshot.revision, { signal })) {
        if (changes.some(({ kind }) => SNAPSHOT_KINDS.has(kind))) await reload(options);
      }
      return;
    } catch (error) {
      if (signal.aborted) return;
      // Fallen behind what is kept: the newest state says all that the missed changes would have.
      if (!(error instanceof ProblemError) || error.problem.code !== 'records/compacted') throw error;
      await reload(options);
    }
  }
}

async function reload({ records, trustDomain, decisionPoint, onSwap, onRefused }: FollowOptions): Promise<void> {
  const snapshot = await loadSnapshot(records, trustDomain);
  if (!snapshot.ok) return onRefused(snapshot.problem);
  // A watch may tell of a revision that an earlier reload has already read.
  if (snapshot.value.revision <= decisionPoint.snapshot.revision) return;
  decisionPoint.swap(snapshot.value);
  onSwap(snapshot.value);
}
