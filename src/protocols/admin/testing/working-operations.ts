/** A server's operations with real behaviour, in memory: events that are followed, processes that join and leave. */
import type { EventId } from '../../../kernel/event-id.ts';
import type { LedgerEvent } from '../../../kernel/ledger-event.ts';
import type { AdminOperations, FollowedEvent, Status } from '../contract.ts';

export type WorkingOperations = {
  readonly operations: AdminOperations;
  /** Appends an event and tells those who follow. */
  readonly append: (data: LedgerEvent['data']) => FollowedEvent;
  readonly followers: () => number;
  /** Settles when so many follow. */
  readonly whenFollowers: (count: number) => Promise<void>;
  /** The pids that are `reports` now. */
  readonly members: () => readonly number[];
  /** Settles when the members are these. */
  readonly whenMembers: (count: number) => Promise<void>;
};

export const REPORTS = 'spiffe://shop.example/ns/shop/sa/reports';

export function workingOperations(status: Partial<Status> = {}): WorkingOperations {
  const log: FollowedEvent[] = [];
  const listeners = new Set<(followed: FollowedEvent) => void>();
  const members: number[] = [];
  const waiting = new Set<() => void>();
  const changed = (): void => waiting.forEach((look) => look());
  const when = (holds: () => boolean): Promise<void> => {
    if (holds()) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = (): void => {
      if (!holds()) return;
      waiting.delete(look);
      resolve();
    };
    waiting.add(look);
    return promise;
  };
  const append = (data: LedgerEvent['data']): FollowedEvent => {
    const id = String(log.length).padStart(16, '0') as EventId;
    const event: LedgerEvent = {
      id,
      time: 1_700_000_000_000,
      kind: 'decision',
      actor: { type: 'system', id: 'test' },
      data,
    };
    const followed = { sequence: log.length, event };
    log.push(followed);
    for (const listener of listeners) listener(followed);
    return followed;
  };
  const operations: AdminOperations = {
    status: () => ({
      version: '0.1.0',
      directory: '/srv/shop',
      trustDomain: 'shop.example',
      pid: process.pid,
      startedAt: 1_700_000_000_000,
      revision: 3,
      ledger: { directory: '/srv/shop/.countersign/ledger', entries: log.length },
      workloadApi: 'unix:///srv/shop/.countersign/workload.sock',
      accessApi: '/srv/shop/.countersign/access.sock',
      workloads: [],
      ...status,
    }),
    explain: (id) => {
      const found = log.find(({ event }) => event.id === id);
      if (found !== undefined) return Promise.resolve({ kind: 'event', event: found.event, names: {} });
      if (id === 'broken') return Promise.reject(new Error('the disk is gone'));
      if (id === 'bad') return Promise.resolve({ code: 'event-id/bad', message: '`bad` is not a decision id' });
      return Promise.resolve({ code: 'admin/no-such-event', message: `no event \`${id}\` is in the ledger` });
    },
    decide: (request, uid) => {
      const { event } = append({ request, uid });
      const effect = request.subject.id === 'alice' ? 'allow' : 'deny';
      return Promise.resolve({ id: event.id, effect, reasons: [], obligations: [] });
    },
    follow: (listener) => {
      listeners.add(listener);
      changed();
      return () => {
        listeners.delete(listener);
        changed();
      };
    },
    join: (name, pid) => {
      if (name !== 'reports') {
        return Promise.resolve({ code: 'admin/no-such-workload', message: `no workload \`${name}\` is declared` });
      }
      if (members.includes(pid)) {
        return Promise.resolve({ code: 'attestation/ambiguous', message: `process ${pid} is \`reports\` already` });
      }
      members.push(pid);
      changed();
      const leave = (): void => {
        members.splice(members.indexOf(pid), 1);
        changed();
      };
      return Promise.resolve({ id: REPORTS, environment: { PORT: '7009' }, leave });
    },
  };
  return {
    operations,
    append,
    followers: () => listeners.size,
    whenFollowers: (count) => when(() => listeners.size === count),
    members: () => [...members],
    whenMembers: (count) => when(() => members.length === count),
  };
}
