/** A real authority in a folder of its own that goes away with it, and a ledger that keeps what it is told in memory. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { LedgerEvent, RecordMode } from '../../kernel/ledger-event.ts';
import { ProblemError } from '../../kernel/problem.ts';
import { parseSpiffeId, type SpiffeId } from '../../kernel/spiffe-id.ts';
import { parseTrustDomain, type TrustDomain } from '../../kernel/trust-domain.ts';
import { type AuthorityOptions, type CertificateAuthority, openAuthority } from '../certificate-authority.ts';
import { createManualTime, type ManualTime } from './manual-time.ts';

/** A ledger that can be made to refuse, as a full disk does. */
export type MemoryLedger = {
  readonly events: readonly { readonly event: LedgerEvent; readonly mode: RecordMode }[];
  readonly record: AuthorityOptions['record'];
  readonly refuse: (refusing: boolean) => void;
};

export type TestFolder = AsyncDisposable & { readonly path: string };

export type AuthorityBench = {
  readonly time: ManualTime;
  readonly ledger: MemoryLedger;
  readonly problems: readonly { readonly code: string }[];
  readonly options: AuthorityOptions;
};

export async function createFolder(): Promise<TestFolder> {
  const path = await mkdtemp(join(tmpdir(), 'countersign-identity-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

export function createMemoryLedger(): MemoryLedger {
  const events: { event: LedgerEvent; mode: RecordMode }[] = [];
  let refusing = false;
  return {
    events,
    record: async (event, mode) => {
      if (refusing) throw new ProblemError({ code: 'ledger/full', message: 'the disk of the ledger is full' });
      events.push({ event, mode });
    },
    refuse: (now) => {
      refusing = now;
    },
  };
}

/** Everything that `openAuthority` takes, on manual time; nothing is opened yet. */
export function authorityBench(
  folder: TestFolder,
  startMs: number,
  changes: Partial<AuthorityOptions> = {},
): AuthorityBench {
  const time = createManualTime(startMs);
  const ledger = createMemoryLedger();
  const problems: { code: string }[] = [];
  const options: AuthorityOptions = {
    directory: join(folder.path, 'authority'),
    trustDomain: trustDomain('example.org'),
    clock: time.clock,
    timers: time.timers,
    random: randomBytes,
    record: ledger.record,
    onProblem: (problem) => problems.push(problem),
    ...changes,
  };
  return { time, ledger, problems, options };
}

export async function openedAuthority(options: AuthorityOptions): Promise<CertificateAuthority> {
  const authority = await openAuthority(options);
  assert.ok(authority.ok, JSON.stringify(authority));
  return authority.value;
}

export function trustDomain(text: string): TrustDomain {
  const domain = parseTrustDomain(text);
  assert.ok(domain.ok);
  return domain.value;
}

export function spiffeId(text: string): SpiffeId {
  const id = parseSpiffeId(text);
  assert.ok(id.ok);
  return id.value;
}
