/** The limits of the ledger; each says why it is what it is. */

/** Nesting of an event's data: decisions nest about six deep, and a cycle must end somewhere. */
export const MAX_EVENT_DEPTH = 64;

/**
 * The body of one frame: one write and one `fdatasync`. Four of the largest events fit, and at 600 bytes an event
 * 6,500 do, far past the point where a larger batch is faster. A reader holds one frame in memory.
 */
export const MAX_BATCH_BYTES: number = 4 * 1024 * 1024;

/** Frames that are not batches carry a note or a few numbers; the largest is a header with 53 Merkle nodes. */
export const MAX_CONTROL_BYTES: number = 16 * 1024;

/** A checkpoint is three short lines and a signature; a note may carry up to 16 signatures (C2SP signed-note). */
export const MAX_NOTE_BYTES: number = 8 * 1024;

/** Of the log in its checkpoints, a line of a note: a host name and a path. */
export const MAX_ORIGIN_BYTES = 256;

export type LedgerLimits = {
  /** A segment is closed when it reaches this: recovery reads one segment at start, about half a second of work. */
  readonly segmentBytes: number;
  /** Events that wait for a place in the next batch; beyond it `record` refuses, so that memory stays bounded. */
  readonly waitingBytes: number;
  /** A `prompt` event waits this long for company: with the disk's own time it stays below the promised 50 ms. */
  readonly promptDelayMs: number;
  /** A checkpoint is signed when so many events are not yet under one: what a forger of the tail could rewrite. */
  readonly checkpointEvents: number;
  /** A checkpoint is signed so long after the first event that is not under one: 230 bytes per interval of work. */
  readonly checkpointIntervalMs: number;
  /** After a failed write the disk is tried again no more often than this; in between, `record` refuses at once. */
  readonly retryMs: number;
};

export const DEFAULT_LEDGER_LIMITS: LedgerLimits = {
  segmentBytes: 64 * 1024 * 1024,
  waitingBytes: 32 * 1024 * 1024,
  promptDelayMs: 20,
  checkpointEvents: 65_536,
  checkpointIntervalMs: 10_000,
  retryMs: 1_000,
};
