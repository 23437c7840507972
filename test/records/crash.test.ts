/** Writers that are killed at any moment: nothing acknowledged is lost, nothing is half there, no revision is skipped. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { NO_REVISION, type Revision, toRevision } from '../../src/kernel/revision.ts';
import { openPostgresRecords } from '../../src/records/postgres-records.ts';
import type { Records } from '../../src/records/records.ts';
import { openSqliteRecords } from '../../src/records/sqlite-records.ts';
import { startPostgres } from '../fixtures/postgres-server.ts';
import { takeUntil } from './records-conformance.ts';

const SQLITE_ROUNDS = 50;
const CLIENT_ROUNDS = 15;
const SERVER_ROUNDS = 5;
const MAX_ACKNOWLEDGED = 60;
// A writer that hangs would be waited for for ever: the bound is for that, not for speed.
const bounded = { timeout: 300_000 };

type Acknowledged = readonly [revision: number, name: string, value: string];

/** Runs a writer, and calls `crash` as soon as a random number of batches was acknowledged. */
async function round(args: readonly string[], crash: (child: ChildProcess) => Promise<void>): Promise<Acknowledged[]> {
  const program = fileURLToPath(new URL('crash-writer.child.ts', import.meta.url));
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  const acknowledged: Acknowledged[] = [];
  const until = randomInt(1, MAX_ACKNOWLEDGED);
  let crashing: Promise<void> | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    const said = JSON.parse(line) as Acknowledged | readonly ['refused', string, string];
    if (said[0] === 'refused') assert.fail(`${said[1]}: ${said[2]}`);
    acknowledged.push(said);
    if (acknowledged.length >= until) crashing ??= crash(child);
  }
  await crashing;
  const [, signal] = (await ended) as [number | null, string | null];
  assert.equal(signal, 'SIGKILL', 'the writer ended by itself');
  return acknowledged;
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
}

/** Checks all that was written since `from`, and returns where the store stands. */
async function check(records: Records, from: Revision, acknowledged: readonly Acknowledged[]): Promise<Revision> {
  const head = await records.revision();
  for (const [revision, name, value] of acknowledged) {
    assert.ok(revision <= head, `revision ${revision} was acknowledged, and the store is at ${head}`);
    const stored = await records.get('left', name, toRevision(revision));
    assert.deepEqual(stored, { kind: 'left', name, value, revision });
  }
  const batches = head === from ? [] : await takeUntil(records.watch(from), head);
  assert.deepEqual(
    batches.map(({ revision }) => revision),
    batches.map((_, index) => from + index + 1),
  );
  for (const { changes } of batches) {
    const [left, right] = changes;
    assert.equal(changes.length, 2);
    assert.deepEqual(left, { ...right, kind: 'left' }, 'both halves of a batch, or none');
  }
  const values = async (kind: string): Promise<unknown[]> =>
    (await records.list(kind, '')).records.map(({ name, value, revision }) => [name, value, revision]);
  assert.deepEqual(await values('left'), await values('right'));
  return head;
}

test(`SQLite loses nothing when its writer is killed, ${SQLITE_ROUNDS} times`, bounded, async () => {
  const home = mkdtempSync(join(tmpdir(), 'countersign-crash-'));
  const path = join(home, 'records.db');
  let head = NO_REVISION;
  try {
    for (let index = 0; index < SQLITE_ROUNDS; index += 1) {
      const acknowledged = await round(['sqlite', path], kill);
      await using records = openSqliteRecords(path);
      head = await check(records, head, acknowledged);
    }
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
  assert.ok(head > SQLITE_ROUNDS);
});

test('PostgreSQL loses nothing when its writer is killed, or the server itself', bounded, async () => {
  await using server = await startPostgres();
  const args = ['postgres', server.url];
  const crashServer = async (child: ChildProcess): Promise<void> => {
    await server.stop('immediate');
    await server.start();
    await kill(child);
  };
  let head = NO_REVISION;
  for (let index = 0; index < CLIENT_ROUNDS + SERVER_ROUNDS; index += 1) {
    const acknowledged = await round(args, index < CLIENT_ROUNDS ? kill : crashServer);
    await using records = await openPostgresRecords({ url: server.url, schema: 'crash' });
    head = await check(records, head, acknowledged);
  }
  assert.ok(head > CLIENT_ROUNDS + SERVER_ROUNDS);
});
