/** An event with its place in the ledger. */
import type { LedgerEvent } from '../kernel/ledger-event.ts';

export type LedgerEntry = { readonly sequence: number; readonly event: LedgerEvent };

/** From `first` up to, not including, `end`. */
export type SequenceRange = { readonly first: number; readonly end: number };
