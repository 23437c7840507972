/** What a deployment expects to see: the calls that must be allowed and refused in its first round. */
import { ANONYMOUS, CONNECT, HTTP_REQUEST, WORKLOAD } from '../kernel/access-request.ts';
import type { JsonObject } from '../kernel/json.ts';
import type { LedgerEvent } from '../kernel/ledger-event.ts';

/**
 * One line of the account: a decision on a call, or a connection that was refused before anything was asked.
 * `from` is a workload's name, its SPIFFE ID when it is not declared here, `nobody` for a caller that proved nothing,
 * or type and id of anybody else, such as `user alice`; `to` likewise.
 */
export type Call = {
  readonly id: string;
  readonly time: number;
  readonly from: string;
  readonly to: string;
  /** `POST /orders`, `connect` for a connection, or the name of an application's own action. */
  readonly what: string;
  readonly outcome: 'allowed' | 'refused';
  /** The determining policy, or the code of the problem. */
  readonly because: string;
  /** The workload or the operator that asked, where it was not the caller itself who came. */
  readonly asker?: string;
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
  const action = request?.action?.name;
  if (action === CONNECT && effect === 'allow' && properties['protocol'] === 'http') return undefined;
  const shown = ({ type, id = '' }: Named): string => (type === WORKLOAD ? named(id) : `${textOf(type)} ${id}`);
  return {
    ...base,
    from: request?.subject?.type === ANONYMOUS.type ? 'nobody' : shown(request?.subject ?? {}),
    to: shown(request?.resource ?? {}),
    what: action === HTTP_REQUEST ? `${textOf(properties['method'])} ${textOf(properties['path'])}` : textOf(action),
    outcome: effect === 'allow' ? 'allowed' : 'refused',
    because: reasons?.find((reason) => reason.policy !== undefined)?.policy ?? 'no policy',
    ...(event.data['asked'] === true ? { asker: named(event.actor.id) } : {}),
  };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '?';
}

type Named = { readonly type?: string; readonly id?: string };
