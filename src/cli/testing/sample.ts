/** What a shop did one day, as the ledger has it: the calls, events, explanations and problems that are shown. */
import { decisionEvent } from '../../decision/decision-event.ts';
import { evaluate } from '../../decision/evaluate.ts';
import { explainDecision } from '../../decision/explain.ts';
import type { Snapshot } from '../../decision/snapshot.ts';
import { cedarSnapshot, refund } from '../../decision/testing/refunds.ts';
import { allow, httpRequest, idOf, snapshotOf, WORKLOADS } from '../../decision/testing/shop.ts';
import type { AccessRequest } from '../../kernel/access-request.ts';
import { type EventId, parseEventId } from '../../kernel/event-id.ts';
import type { JsonObject } from '../../kernel/json.ts';
import type { Actor, LedgerEvent, LedgerEventKind } from '../../kernel/ledger-event.ts';
import type { Explained, Names, WorkloadStatus } from '../../protocols/admin/contract.ts';
import type { Deployed } from './working-operations.ts';

export const NOON: number = Date.UTC(2026, 0, 2, 12);
const MINUTE = 60_000;

export const NAMES: Names = Object.fromEntries(WORKLOADS.map(({ id, name }) => [id, name]));

export function idNumber(number: number): EventId {
  const id = parseEventId(`1jmc6k2v5d8q${String(number).padStart(4, '0')}`);
  if (!id.ok) throw new Error(id.problem.message);
  return id.value;
}

export function event(kind: LedgerEventKind, data: JsonObject, number = 0): LedgerEvent {
  return { id: idNumber(number), time: NOON, kind, actor: { type: 'system', id: 'countersign' }, data };
}

/** A decision that was recorded at noon, explained by `history` now. */
export async function explained(
  request: AccessRequest,
  snapshot: Snapshot = snapshotOf(),
  history: Snapshot | 'gone' = snapshot,
  asker?: Actor,
): Promise<Explained> {
  const made = {
    id: idNumber(1),
    ...evaluate(snapshot, request, { now: NOON }),
    revision: snapshot.revision,
    time: NOON,
    micros: 2,
  };
  const decision = await explainDecision(decisionEvent(made, request, asker), () =>
    Promise.resolve(history === 'gone' ? undefined : history),
  );
  if (decision === undefined) throw new Error('it is no decision');
  return { kind: 'decision', decision, names: NAMES };
}

/** An application asked whether somebody may refund something, by Cedar policies. */
export async function explainedRefund(context: JsonObject): Promise<Explained> {
  const snapshot = await cedarSnapshot();
  return explained(refund({ context }), snapshot, snapshot, { type: 'workload', id: idOf('payments') });
}

export function explainedEvent(happened: LedgerEvent): Explained {
  return { kind: 'event', event: happened, names: NAMES };
}

/** Nobody knows the caller's certificate. */
export const UNTRUSTED: LedgerEvent = event('connection.refused', {
  direction: 'inbound',
  resource: idOf('payments'),
  code: 'svid/untrusted',
  message: 'no authority of `shop.example` signed the certificate',
  hint: 'was it issued by another deployment?',
  claimedId: idOf('orders'),
  peer: { ip: '10.0.0.7', port: 40_000 },
});

/** There was a certificate, and a policy took away what it was good for. */
export const CLOSED: LedgerEvent = {
  ...event('connection.closed', {
    direction: 'inbound',
    resource: idOf('payments'),
    code: 'proxy/not-allowed-any-more',
    message: 'the policies changed, and no longer allow the connection',
    peer: { ip: '10.0.0.7', port: 40_000 },
  }),
  actor: { type: 'workload', id: idOf('orders') },
};

export const ONLY_STOREFRONT: Snapshot = snapshotOf([allow('payments', 'storefront')], 4);

const workloads: readonly WorkloadStatus[] = [
  {
    name: 'payments',
    id: idOf('payments'),
    state: 'running',
    pid: 4242,
    attestation: 'being started by us',
    svid: { serial: '5f3a9c0d11223344', notBefore: NOON, notAfter: NOON + 60 * MINUTE },
    inbound: { host: '127.0.0.1', port: 17_003, appPort: 7003 },
    outbound: [],
  },
  {
    name: 'reports',
    id: idOf('reports'),
    state: 'waiting',
    attestation: 'uid 1000, path /usr/bin/reports',
    svid: { serial: '77', notBefore: NOON, notAfter: NOON + 60 * MINUTE },
    outbound: [{ service: 'orders', port: 7101 }],
  },
];

/** One event every ten minutes: the last now, the first an hour and a half ago. */
const events = Array.from({ length: 10 }, (_, index): LedgerEvent => {
  const kind = index % 2 === 0 ? 'decision' : 'svid.issued';
  return { ...event(kind, { number: index }, index), time: NOON - (9 - index) * 10 * MINUTE };
});

export async function deployedShop(changes: Partial<Deployed> = {}): Promise<Deployed> {
  return {
    directory: '/srv/shop',
    running: true,
    workloads,
    events,
    explanations: [await explained(httpRequest({ from: 'storefront' }))],
    report: {
      kind: 'intact',
      events: 10,
      segments: 1,
      lastCheckpoint: { origin: 'shop.example/ledger', size: 8, root: 'AA==', note: '' },
      eventsAfterCheckpoint: 2,
      closed: true,
      unfinishedBytes: 0,
    },
    findings: [
      { what: 'Node', state: 'ok', detail: '24.21.0' },
      { what: 'policies', state: 'note', detail: 'one is attached to no workload' },
    ],
    now: NOON,
    roundAsExpected: true,
    ...changes,
  };
}
