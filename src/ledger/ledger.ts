/** The ledger as its users see it: what is acknowledged survives a crash and cannot be changed unseen. */
import type { LedgerEvent } from '../kernel/ledger-event.ts';
import type { RecordEvent } from '../kernel/ports.ts';
import type { Problem } from '../kernel/problem.ts';
import type { Checkpoint } from './checkpoint.ts';

export type LedgerEntry = { readonly sequence: number; readonly event: LedgerEvent };

/** From `first` up to, not including, `end`. */
export type SequenceRange = { readonly first: number; readonly end: number };

/** Told once when recording begins to fail and once when it works again, not per event. */
export type LedgerTrouble =
  | { readonly kind: 'unavailable'; readonly problem: Problem }
  /** `lostEvents`: `prompt` events that were queued when the disk failed; a `ledger.gap` event says so too. */
  | { readonly kind: 'recovered'; readonly lostEvents: number };

export type Ledger = AsyncDisposable & {
  /** The port of the kernel; may be handed on as a function. */
  readonly record: RecordEvent;
  /**
   * All of them or none, next to each other, durable when it settles. Rejects as `record` does; with more than
   * `MAX_BATCH_BYTES` it is `ledger/too-large`.
   */
  readonly append: (events: readonly LedgerEvent[]) => Promise<SequenceRange>;
  /** Settles when everything that was queued before is durable. */
  readonly flush: () => Promise<void>;
  /** How many events are durable; the next sequence number. */
  readonly size: number;
  /** A signed checkpoint of everything that is durable. */
  readonly checkpoint: () => Promise<Checkpoint>;
  /**
   * Calls back with entries after they became durable, in order and without gaps from the next event on. Returns the
   * function that ends it.
   */
  readonly onAppended: (listener: (entries: readonly LedgerEntry[]) => void) => () => void;
};
