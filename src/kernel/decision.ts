/** The one answer: the effect, why, and what it was made from. */
import type { Cause } from './combine.ts';
import type { EventId } from './event-id.ts';
import type { Permit } from './permit.ts';
import type { Revision } from './revision.ts';
import type { Obligation, Reason } from './verdict.ts';

export type LayerReason = Reason & { readonly layer: string };

export type Decision = {
  /** The short id that a refused caller gets and `countersign explain` takes. */
  readonly id: EventId;
  readonly effect: 'allow' | 'deny';
  readonly cause: Cause;
  /** The determining reasons of every layer that spoke, in the order of the tiers. */
  readonly reasons: readonly LayerReason[];
  readonly obligations: readonly Obligation[];
  /** The revision of the records that the policies and facts were read at. */
  readonly revision: Revision;
  /** Wall time in milliseconds since 1970. */
  readonly time: number;
  /** How long the layers took, in microseconds. */
  readonly micros: number;
};

/** What an enforcement point gets: only a permitted answer carries the permit that forwarding demands. */
export type Answer =
  | { readonly kind: 'permitted'; readonly permit: Permit; readonly decision: Decision }
  | { readonly kind: 'denied'; readonly decision: Decision };
