/** What a group of batches does to the store, decided against what is current: one rule for every engine. */
import { err, ok, type Result } from '../kernel/result.ts';
import { NO_REVISION, type Revision, toRevision } from '../kernel/revision.ts';
import { type Batch, type BatchEntry, keyOf } from './batch.ts';
import { conflict } from './problems.ts';

/** A version of a record; `superseded` is the revision that replaced it, null while it is current. */
export type VersionRow = {
  readonly kind: string;
  readonly name: string;
  readonly revision: Revision;
  readonly superseded: Revision | null;
  /** Its place in its batch, so that a watcher sees the order that was written. */
  readonly position: number;
  /** JSON; null says that the record is deleted from this revision on. */
  readonly value: string | null;
};

/** The current version in the store of one record; `deleted` when that version is a deletion. */
export type CurrentVersion = { readonly revision: Revision; readonly deleted: boolean };

export type Plan = {
  /** One for each batch, in order; a conflict uses up no revision. */
  readonly outcomes: readonly Result<Revision>[];
  /** The stored versions that are current no longer, and since when. */
  readonly supersede: readonly { readonly kind: string; readonly name: string; readonly superseded: Revision }[];
  readonly insert: readonly VersionRow[];
  /** The revision after the group. */
  readonly head: Revision;
};

type Draft = { -readonly [Key in keyof VersionRow]: VersionRow[Key] };

/**
 * INVARIANT (revisions): each batch that is written takes the next revision, so revisions have no gap; a batch sees
 * the effect of those before it in the group. `current` is asked once for each record and may answer undefined.
 */
export function planGroup(
  head: Revision,
  batches: readonly Batch[],
  current: (kind: string, name: string) => CurrentVersion | undefined,
): Plan {
  const drafts = new Map<string, Draft>();
  const stored = new Map<string, CurrentVersion | undefined>();
  const supersede: { kind: string; name: string; superseded: Revision }[] = [];
  const insert: Draft[] = [];
  let last = head;

  const actualOf = ({ kind, name }: BatchEntry, key: string): Revision => {
    const draft = drafts.get(key);
    if (draft !== undefined) return draft.value === null ? NO_REVISION : draft.revision;
    if (!stored.has(key)) stored.set(key, current(kind, name));
    const found = stored.get(key);
    return found === undefined || found.deleted ? NO_REVISION : found.revision;
  };

  const outcomes = batches.map(({ entries }): Result<Revision> => {
    const keys = entries.map(({ kind, name }) => keyOf(kind, name));
    for (const [index, entry] of entries.entries()) {
      const actual = actualOf(entry, keys[index] ?? '');
      const { kind, name, expected } = entry;
      if (expected !== undefined && expected !== actual) return err(conflict(kind, name, expected, actual));
    }
    last = toRevision(last + 1);
    for (const [position, { kind, name, text }] of entries.entries()) {
      const key = keys[position] ?? '';
      const replaced = drafts.get(key);
      if (replaced !== undefined) replaced.superseded = last;
      else if (stored.get(key) !== undefined) supersede.push({ kind, name, superseded: last });
      const draft: Draft = { kind, name, revision: last, superseded: null, position, value: text ?? null };
      drafts.set(key, draft);
      insert.push(draft);
    }
    return ok(last);
  });
  return { outcomes, supersede, insert, head: last };
}
