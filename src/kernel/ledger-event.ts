/** The envelope of everything that is recorded: decisions, identities, policy changes, sessions. */
import type { EventId } from './event-id.ts';
import type { JsonObject } from './json.ts';

/** Who caused the event: a workload by SPIFFE ID, an operator by `uid:1000`, the system by the part's name. */
export type Actor = { readonly type: 'workload' | 'operator' | 'system' | 'anonymous'; readonly id: string };

export type LedgerEventKind =
  | 'server.started'
  | 'server.stopped'
  | 'ledger.gap'
  | 'authority.created'
  | 'svid.issued'
  | 'attestation.refused'
  | 'workload.started'
  | 'workload.stopped'
  | 'policy.changed'
  | 'policy.refused'
  | 'decision'
  | 'connection.refused'
  | 'connection.closed';

/** What a caller hands over; the ledger gives it a sequence number, and nothing else is added. */
export type LedgerEvent = {
  readonly id: EventId;
  /** Wall time in milliseconds since 1970. */
  readonly time: number;
  readonly kind: LedgerEventKind;
  readonly actor: Actor;
  /** W3C Trace Context trace-id, 32 lower case hex digits, where the event belongs to a request. */
  readonly traceId?: string;
  /** Never a secret or a private key. */
  readonly data: JsonObject;
};

/** `required`: durable before the effect. `prompt`: queued, durable within 50 ms, lost by a crash in that window. */
export type RecordMode = 'required' | 'prompt';
