/** The revisioned store: the port that every part of the control plane reads, writes and watches. */
import type { JsonValue } from '../kernel/json.ts';
import type { Result } from '../kernel/result.ts';
import type { Revision } from '../kernel/revision.ts';

export type StoredRecord = {
  readonly kind: string;
  readonly name: string;
  readonly value: JsonValue;
  /** The revision of the batch that last wrote this record. */
  readonly revision: Revision;
};

export type Write = {
  readonly kind: string;
  readonly name: string;
  /** `undefined` deletes. Deleting what does not exist is allowed, and is a change like any other. */
  readonly value: JsonValue | undefined;
  /** The revision that the record must have now; `NO_REVISION`: it must not exist. Absent: whatever it has. */
  readonly expected?: Revision;
};

/** `value: undefined` says that the record was deleted. */
export type RecordChange = { readonly kind: string; readonly name: string; readonly value: JsonValue | undefined };

/** All that one batch changed, in the order of the batch. */
export type Changes = { readonly revision: Revision; readonly changes: readonly RecordChange[] };

/** `revision` is the one that the listing shows: a watch from it misses nothing and repeats nothing. */
export type Listing = { readonly records: readonly StoredRecord[]; readonly revision: Revision };

/**
 * What can be read. A read sees every write that was acknowledged before it began. `asOf` reads as it was at that
 * revision. A kind or name that could not be written is not found.
 *
 * Rejects with a `ProblemError`: `records/compacted` when `asOf` lies before what is kept, `records/future-revision`
 * when it was never reached, and those of a broken environment.
 */
export type RecordsReader = {
  get(kind: string, name: string, asOf?: Revision): Promise<StoredRecord | undefined>;
  /** The records whose name begins with `prefix`, byte for byte, in the order of the bytes of their names. */
  list(kind: string, prefix: string, asOf?: Revision): Promise<Listing>;
  /** The revision of the last batch; `NO_REVISION` when nothing was ever written. */
  revision(): Promise<Revision>;
  [Symbol.asyncDispose](): Promise<void>;
};

export type Records = RecordsReader & {
  /**
   * Writes all of the batch or none, as one new revision, durable when the promise settles. Refusals are returned:
   * `records/conflict` (an expectation does not hold; nothing was written), `records/bad-key`, `/bad-value`,
   * `/bad-batch`, `/too-large`, `/overloaded`.
   *
   * Rejects with a `ProblemError` when the store is broken. Nothing was written then, unless the code is
   * `records/outcome-unknown`: the batch may or may not have been written, and the caller must read to know.
   */
  write(batch: readonly Write[]): Promise<Result<Revision>>;
  /**
   * Every batch after `from`, in order, without a gap and without a repetition; first those that are there, then
   * each as it is written. Ends when `signal` aborts and when the store is closed. Throws the `ProblemError`
   * `records/compacted` when `from` lies before what is kept (list again, then watch from the listing), and
   * `records/future-revision` when it was never reached.
   */
  watch(from: Revision, options?: { readonly signal?: AbortSignal }): AsyncIterable<Changes>;
  /**
   * Forgets the history before `before`: what was replaced or deleted at or before it. What is current stays. Reads
   * and watches from `before` on stay exact; earlier ones are refused from now on.
   */
  compact(before: Revision): Promise<void>;
};
