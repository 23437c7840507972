/** The functions by which areas of one band are wired to each other; `src/process/` hands them over. */
import type { AccessRequest } from './access-request.ts';
import type { Answer } from './decision.ts';
import type { Actor, LedgerEvent, RecordMode } from './ledger-event.ts';
import type { Revision } from './revision.ts';

/**
 * The decision point. Never throws for a request: what cannot be decided or recorded is denied. In the mode
 * `required` the decision is durable in the ledger when the promise settles.
 *
 * `asker`: who asked, where it is not the enforcement point that proved the subject itself: an application or an
 * operator asks about whom it likes, and so the record names the asker as the actor.
 */
export type Decide = (request: AccessRequest, asker?: Actor) => Promise<Answer>;

/**
 * Calls back after every change that may change an answer, with the revision then in force. Live connections are
 * asked again on each call. Returns the function that ends the subscription.
 */
export type OnDecisionsChanged = (listener: (revision: Revision) => void) => () => void;

/**
 * The ledger's door. `required`: settles when the event is durable. `prompt`: settles when it is queued, at once
 * unless the queue is full. Rejects with a `ProblemError` when the event cannot be recorded; the caller must then
 * not let the effect happen.
 */
export type RecordEvent = (event: LedgerEvent, mode: RecordMode) => Promise<void>;
