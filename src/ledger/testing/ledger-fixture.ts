/** What tests of the ledger start from: a key in memory, events that are realistic, a directory that goes away. */
import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type Clock, systemClock } from '../../kernel/clock.ts';
import { makeEventId } from '../../kernel/event-id.ts';
import type { LedgerEvent } from '../../kernel/ledger-event.ts';
import type { LedgerEntry } from '../ledger.ts';
import { type CheckpointSigner, toVerifierKey } from '../note-key.ts';
import { type ReadOptions, readEvents } from '../read-events.ts';

export function makeSigner(name = 'example.org/ledger'): CheckpointSigner {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return { verifierKey: toVerifierKey(name, publicKey), sign: (text) => sign(null, text, privateKey) };
}

export type Scratch = AsyncDisposable & { readonly directory: string };

export async function makeScratch(): Promise<Scratch> {
  const directory = await mkdtemp(join(tmpdir(), 'countersign-ledger-'));
  return { directory, [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }) };
}

/** The wall clock stands where it is put; the other runs. */
export type SettableClock = Clock & { set: (now: number) => void };

export function makeClock(start = 1_700_000_000_000): SettableClock {
  let wall = start;
  return { now: () => wall, set: (now: number): void => void (wall = now), monotonic: systemClock.monotonic };
}

/** Ids of numbers: different numbers, different ids, of the time given. */
export function makeEvent(number: number, time: number = 1_700_000_000_000 + number): LedgerEvent {
  const chance = (bytes: number): Uint8Array =>
    Uint8Array.from({ length: bytes }, (_, index) => Math.floor(number / 32 ** (bytes - 1 - index)) % 32);
  const workload = { type: 'workload', id: 'spiffe://shop.example/ns/web/sa/frontend' } as const;
  return {
    id: makeEventId(time, chance),
    time,
    kind: 'decision',
    actor: workload,
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    data: {
      effect: 'allow',
      cause: { kind: 'granted' },
      subject: workload,
      action: {
        name: 'http:request',
        properties: { method: 'GET', path: `/api/orders/${number}`, host: 'orders.shop.example:8443' },
      },
      resource: { type: 'workload', id: 'spiffe://shop.example/ns/orders/sa/api' },
      reasons: [{ layer: 'mesh', policy: 'orders/allow-web', message: 'permitted by rules[0]' }],
      revision: 4211,
      micros: 3.25,
    },
  };
}

export function makeEvents(count: number, from = 0): readonly LedgerEvent[] {
  return Array.from({ length: count }, (_, index) => makeEvent(from + index));
}

export async function readAll(directory: string, options: ReadOptions = {}): Promise<readonly LedgerEntry[]> {
  return await Array.fromAsync(readEvents(directory, options));
}
