/** Rows of versions as an engine reads them, made into records, listings and batches of changes. */
import type { JsonValue } from '../kernel/json.ts';
import { type Revision, toRevision } from '../kernel/revision.ts';
import { compacted, futureRevision } from './problems.ts';
import type { Changes, RecordChange, StoredRecord } from './records.ts';

/** How many bytes of values a watcher reads at once, beyond the first batch: bounds memory, not what is read. */
export const PAGE_BYTES: number = 4 * 1024 * 1024;
/** How many batches a watcher reads at once: enough that catching up is not one round trip for each. */
export const PAGE_REVISIONS = 256;

/** Where the store stands. */
export type StoreState = { readonly head: Revision; readonly compacted: Revision };

/** Throws unless the history still holds, and already holds, what `asked` asks for. */
export function checkReachable(asked: Revision, state: StoreState): void {
  if (asked < state.compacted) throw compacted(asked, state.compacted);
  if (asked > state.head) throw futureRevision(asked, state.head);
}

export type RecordRow = { readonly name: string; readonly revision: number; readonly value: string };

export function recordOf(kind: string, row: RecordRow): StoredRecord {
  const value = JSON.parse(row.value) as JsonValue;
  return { kind, name: row.name, value, revision: toRevision(row.revision) };
}

export type ChangeRow = {
  readonly revision: number;
  readonly kind: string;
  readonly name: string;
  readonly value: string | null;
};

/** The rows must be in the order of revision and position. */
export function changesOf(rows: Iterable<ChangeRow>): readonly Changes[] {
  const batches: { readonly revision: Revision; readonly changes: RecordChange[] }[] = [];
  for (const { revision, kind, name, value } of rows) {
    const last = batches.at(-1);
    const change = { kind, name, value: value === null ? undefined : (JSON.parse(value) as JsonValue) };
    if (last?.revision === revision) last.changes.push(change);
    else batches.push({ revision: toRevision(revision), changes: [change] });
  }
  return batches;
}
