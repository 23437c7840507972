/** What a deployment expects to see: the calls that must be allowed and refused in its first round. */
import type { JsonObject } from '../kernel/json.ts';
import type { LedgerEvent } from '../kernel/ledger-event.ts';

/**
 * One line of the account: a decision on a call, or a connection that was refused before anything was asked.
 * `from` is a workload's name, its SPIFFE ID when it is not declared here, or `nobody` for a caller that proved
 * nothing.
 */
export type Call = {
  readonly id: string;
  readonly time: number;
  readonly from: string;
  readonly to: string;
  /** `POST /orders`, or `connect` for a connection. */
  readonly what: string;
  readonly outcome: 'allowed' | 'refused';
  /** The determining policy, or the code of the problem. */
  readonly because: string;
};

export type Expectation = {
  readonly from: string;
  readonly to: string;
  readonly what: string;
  readonly outcome: 'allowed' | 'refused';
  /** Absent: for any reason. */
  readonly because?: string;
};

function meets(call: Call, wanted: Expectation): boolean {
  return (
    call.from === wanted.from &&
    call.to === wanted.to &&
    call.what === wanted.what &&
    call.outcome === wanted.outcome &&
    (wanted.because === undefined || call.because === wanted.because)
  );
}

export type Comparison = {
  /** Expected, and not seen. */
  readonly missing: readonly Expectation[];
  /** Seen, and not expected. */
  readonly unexpected: readonly Call[];
};

export function compareCalls(expected: readonly Expectation[], calls: readonly Call[]): Comparison {
  return {
    missing: expected.filter((wanted) => !calls.some((call) => meets(call, wanted))),
    unexpected: calls.filter((call) => !expected.some((wanted) => meets(call, wanted))),
  };
}

/**
 * The call that a ledger event tells of; undefined for every other event, and for an allowed connection on an HTTP
 * port, whose requests tell more. `nameOf` turns a SPIFFE ID into a declared workload's name.
 */
export function callOf(event: LedgerEvent, nameOf: (id: string) => string | undefined): Call | undefined {
  const base = { id: event.id, time: event.time };
  const named = (id: string): string => nameOf(id) ?? id;
  if (event.kind === 'connection.refused') {
    const { claimedId, code, resource, expected } = event.data as Readonly<Record<string, string | undefined>>;
    const from = claimedId === undefined ? 'nobody' : `unproven ${named(claimedId)}`;
    const to = named(resource ?? expected ?? '');
    return { ...base, from, to, what: 'connect', outcome: 'refused', because: code ?? '' };
  }
  if (event.kind !== 'decision') return undefined;
  const { effect, request, reasons } = event.data as {
    effect?: string;
    request?: { subject?: Named; action?: { name?: string; properties?: JsonObject }; resource?: Named };
    reasons?: readonly { policy?: string }[];
  };
  const properties = request?.action?.properties ?? {};
  const isRequest = request?.action?.name === 'http:request';
  if (!isRequest && effect === 'allow' && properties['protocol'] === 'http') return undefined;
  const subject = request?.subject;
  return {
    ...base,
    from: subject?.type === 'workload' ? named(subject.id ?? '') : 'nobody',
    to: named(request?.resource?.id ?? ''),
    what: isRequest ? `${textOf(properties['method'])} ${textOf(properties['path'])}` : 'connect',
    outcome: effect === 'allow' ? 'allowed' : 'refused',
    because: reasons?.find((reason) => reason.policy !== undefined)?.policy ?? 'no policy',
  };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '?';
}

type Named = { readonly type?: string; readonly id?: string };
