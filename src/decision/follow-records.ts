/** Keeps a decision point on the newest revision of the records, for as long as it runs. */
import type { Problem } from '../kernel/problem.ts';
import { ProblemError } from '../kernel/problem.ts';
import type { Revision } from '../kernel/revision.ts';
import type { Records } from '../records/records.ts';
import type { DecisionPoint } from './decision-point.ts';
import { loadSnapshot, SNAPSHOT_KINDS } from './policy-records.ts';
import type { Snapshot } from './snapshot.ts';

export type FollowOptions = {
  readonly records: Records;
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
  // Up to here everything is taken into account, be it in force or refused.
  let taken = decisionPoint.snapshot.revision;
  let behind = false;
  for (;;) {
    try {
      if (behind) taken = await reload(options);
      behind = false;
      for await (const { revision, changes } of records.watch(taken, { signal })) {
        // An earlier reload may have read this revision already, since each reads the newest.
        if (revision > taken && changes.some(({ kind }) => SNAPSHOT_KINDS.has(kind))) taken = await reload(options);
      }
      return;
    } catch (error) {
      if (signal.aborted) return;
      // Fallen behind what is kept: the newest state says all that the missed changes would have.
      if (!(error instanceof ProblemError) || error.problem.code !== 'records/compacted') throw error;
      behind = true;
    }
  }
}

/** Puts the newest revision in force, if it compiles. Gives that revision: it is taken into account either way. */
async function reload({ records, decisionPoint, onSwap, onRefused }: FollowOptions): Promise<Revision> {
  const revision = await records.revision();
  const snapshot = await loadSnapshot(records, revision);
  if (!snapshot.ok) onRefused(snapshot.problem);
  else {
    decisionPoint.swap(snapshot.value);
    onSwap(snapshot.value);
  }
  return revision;
}
