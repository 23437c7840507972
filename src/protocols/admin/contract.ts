/** The admin contract: what a running server answers to its own tools. */
import type { ExplainedDecision } from '../../decision/explain.ts';
import type { AccessRequest } from '../../kernel/access-request.ts';
import type { LayerReason } from '../../kernel/decision.ts';
import type { EventId } from '../../kernel/event-id.ts';
import type { LedgerEvent } from '../../kernel/ledger-event.ts';
import type { Problem } from '../../kernel/problem.ts';
import type { Obligation } from '../../kernel/verdict.ts';

/** Paths of the contract; `:id` is a decision id. */
export const ROUTES = {
  status: '/v1/status',
  explanation: '/v1/explanations/:id',
  decisions: '/v1/decisions',
  events: '/v1/events',
  join: '/v1/workloads/:name/processes',
} as const;

export type WorkloadStatus = {
  readonly name: string;
  readonly id: string;
  /** `waiting`: nobody has been attested as it yet. */
  readonly state: 'running' | 'waiting' | 'finished' | 'failed';
  readonly pid?: number;
  readonly attestation: string;
  readonly svid: { readonly serial: string; readonly notBefore: number; readonly notAfter: number };
  /** Where its proxy takes mutual TLS, and the app's own port behind it. */
  readonly inbound?: { readonly host: string; readonly port: number; readonly appPort: number };
  readonly outbound: readonly { readonly service: string; readonly port: number }[];
};

export type Status = {
  readonly version: string;
  readonly directory: string;
  readonly trustDomain: string;
  readonly pid: number;
  /** Wall time in milliseconds since 1970. */
  readonly startedAt: number;
  readonly revision: number;
  readonly ledger: { readonly directory: string; readonly entries: number };
  readonly workloadApi: string;
  /** The path of the socket on which applications ask. */
  readonly accessApi: string;
  readonly workloads: readonly WorkloadStatus[];
};

/** The answer to `POST /v1/decisions`, whose body is the question in AuthZEN's JSON. */
export type Decided = {
  readonly id: EventId;
  readonly effect: 'allow' | 'deny';
  /** What determined it; for the operator, who may read all of it with `explain`. */
  readonly reasons: readonly LayerReason[];
  /** Of a permit: what whoever forwards must also do. */
  readonly obligations: readonly Obligation[];
};

/** One line of `GET /v1/events` (newline-delimited JSON), from the ledger's end on. */
export type FollowedEvent = { readonly sequence: number; readonly event: LedgerEvent };

/**
 * The answer to `POST /v1/workloads/:name/processes`: the caller's process and its descendants are that workload from
 * now on, until the connection closes.
 */
export type Joined = { readonly id: string; readonly environment: Readonly<Record<string, string>> };

/** What the server does for each route; `process/` provides it. */
export type AdminOperations = {
  readonly status: () => Status;
  /** The refused connection, when the id is of one; undefined when there is no such event. */
  readonly explain: (id: string) => Promise<Explained | Problem>;
  /** Decides and records it in the name of the operator, whose uid is the kernel's word. */
  readonly decide: (request: AccessRequest, uid: number) => Promise<Decided>;
  readonly follow: (listener: (followed: FollowedEvent) => void) => () => void;
  /** `pid` is the kernel's word. The returned function ends the membership. */
  readonly join: (name: string, pid: number) => Promise<Problem | (Joined & { readonly leave: () => void })>;
};

export type Explained =
  | { readonly kind: 'decision'; readonly decision: ExplainedDecision; readonly names: Names }
  | { readonly kind: 'event'; readonly event: LedgerEvent; readonly names: Names };

/** SPIFFE ID to the name under which it is declared. */
export type Names = Readonly<Record<string, string>>;

export function isProblem(value: object): value is Problem {
  return 'code' in value && 'message' in value;
}
