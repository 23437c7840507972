import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';

import { systemClock } from '../kernel/clock.ts';
import { ProblemError } from '../kernel/problem.ts';
import type { Ledger, LedgerTrouble } from './ledger.ts';
import { type LedgerOptions, openLedger } from './open-ledger.ts';
import { type Fault, makeFailingFiles, type Operation } from './testing/failing-files.ts';
import { makeEvent, makeEvents, makeScratch, makeSigner, readAll } from './testing/ledger-fixture.ts';
import { verifyLedger } from './verify-ledger.ts';

const signer = makeSigner();

type Failing = {
  readonly ledger: Ledger;
  readonly troubles: readonly LedgerTrouble[];
  /** Lets the time pass that must lie between two tries. */
  readonly wait: () => void;
};

async function openFailing(directory: string, options: Partial<LedgerOptions>): Promise<Failing> {
  const troubles: LedgerTrouble[] = [];
  let skipped = 0;
  const clock = { now: systemClock.now, monotonic: (): number => systemClock.monotonic() + skipped };
  const onTrouble = (trouble: LedgerTrouble): void => void troubles.push(trouble);
  const limits = { retryMs: 1_000_000, promptDelayMs: 1_000_000, segmentBytes: 64 * 1024 };
  const ledger = await openLedger({ directory, signer, clock, onTrouble, limits, ...options });
  return { ledger, troubles, wait: () => (skipped += 2_000_000) };
}

function unavailable(error: unknown): boolean {
  return error instanceof ProblemError && error.problem.code === 'ledger/unavailable';
}

async function assertIntact(directory: string, closed: boolean): Promise<void> {
  const report = await verifyLedger(directory, signer.verifierKey);
  assert.ok(report.kind === 'intact', report.kind === 'damaged' ? report.problem.message : '');
  assert.equal(report.closed, closed);
}

const WAYS: readonly (readonly [Operation, Fault])[] = [
  ['write', 'failed'],
  ['write', 'half'],
  ['write', 'failed-but-persisted'],
  ['datasync', 'failed'],
  ['datasync', 'failed-but-persisted'],
];

for (const [operation, fault] of WAYS) {
  test(`when a ${operation} has ${fault}, callers are refused, told once, and it goes on with the gap on record`, async () => {
    await using scratch = await makeScratch();
    const { directory } = scratch;
    const files = makeFailingFiles();
    const { ledger, troubles, wait } = await openFailing(directory, { files });
    await ledger.append(makeEvents(3));

    files.fail(operation, fault);
    await ledger.record(makeEvent(10), 'prompt');
    await assert.rejects(ledger.record(makeEvent(11), 'required'), unavailable);
    await assert.rejects(ledger.record(makeEvent(12), 'prompt'), unavailable);
    await assert.rejects(ledger.record(makeEvent(13), 'required'), unavailable);
    wait();
    await assert.rejects(ledger.record(makeEvent(14), 'required'), unavailable, 'the disk still fails');
    assert.deepEqual(
      troubles.map(({ kind }) => kind),
      ['unavailable'],
    );
    assert.equal(ledger.size, 3);

    files.heal();
    await assert.rejects(ledger.record(makeEvent(15), 'required'), unavailable, 'not tried again yet');
    wait();
    await Promise.all([ledger.record(makeEvent(20), 'required'), ledger.record(makeEvent(21), 'prompt')]);
    assert.deepEqual(troubles.slice(1), [{ kind: 'recovered', lostEvents: 1 }]);
    await ledger[Symbol.asyncDispose]();

    const events = (await readAll(directory)).map(({ event }) => event);
    assert.deepEqual(events.slice(0, 3), makeEvents(3));
    assert.equal(events[3]?.kind, 'ledger.gap');
    assert.deepEqual(events[3]?.data, { reason: 'storage-failure', lastSequence: 2, lostEvents: 1 });
    assert.deepEqual(events.slice(4), [makeEvent(20), makeEvent(21)]);
    await assertIntact(directory, true);
  });
}

test('after a failed fdatasync the file is cut off and never written again', async () => {
  await using scratch = await makeScratch();
  const files = makeFailingFiles();
  const { ledger, wait } = await openFailing(scratch.directory, { files });
  await ledger.append(makeEvents(3));
  files.fail('datasync', 'failed-but-persisted');
  await assert.rejects(ledger.append(makeEvents(1, 3)), unavailable);
  files.heal();
  const { open, truncate } = { ...files.counts };
  wait();
  await ledger.append(makeEvents(1, 4));
  assert.deepEqual([files.counts.truncate, files.counts.open], [truncate + 1, open + 1]);
  await ledger[Symbol.asyncDispose]();
  const report = await verifyLedger(scratch.directory, signer.verifierKey);
  assert.ok(report.kind === 'intact' && report.segments === 2);
});

test('what was written but refused does no harm when the process ends before the disk works again', async () => {
  await using scratch = await makeScratch();
  const { directory } = scratch;
  const files = makeFailingFiles();
  {
    await using failing = await openFailing(directory, { files }).then(({ ledger }) => ledger);
    await failing.append(makeEvents(2));
    files.fail('datasync', 'failed-but-persisted');
    files.fail('truncate', 'failed');
    await assert.rejects(failing.append(makeEvents(1, 2)), unavailable);
  }
  await assertIntact(directory, false);
  await using again = await openLedger({ directory, signer, clock: systemClock });
  await again.append(makeEvents(1, 5));
  const events = (await readAll(directory)).map(({ event }) => event);
  // The refused event may be there or not; it is, since all of it had reached the disk.
  assert.deepEqual(events.slice(0, 3), makeEvents(3));
  assert.equal(events[3]?.kind, 'ledger.gap');
  assert.deepEqual(events[4], makeEvent(5));
});

test('a new segment or a checkpoint that cannot be written refuses what comes next, and is made up for', async () => {
  for (const fault of ['failed', 'failed-but-persisted'] as const) {
    await using scratch = await makeScratch();
    const { directory } = scratch;
    const files = makeFailingFiles();
    const { ledger, troubles, wait } = await openFailing(directory, {
      files,
      limits: { segmentBytes: 4096, retryMs: 1 },
    });
    await ledger.append(makeEvents(4));
    files.fail('replace', fault, 'ENOSPC');
    await assert.rejects(ledger.append(makeEvents(4, 4)), unavailable);
    files.heal();
    wait();
    await ledger.append(makeEvents(4, 4));
    files.fail('replace', fault, 'ENOSPC');
    await assert.rejects(ledger.checkpoint(), unavailable);
    files.heal();
    wait();
    await ledger.append(makeEvents(4, 8));
    assert.deepEqual(
      troubles.map(({ kind }) => kind),
      ['unavailable', 'recovered', 'unavailable', 'recovered'],
    );
    await ledger[Symbol.asyncDispose]();
    const decisions = (await readAll(directory, { kinds: ['decision'] })).map(({ event }) => event);
    assert.deepEqual(decisions, makeEvents(12));
    await assertIntact(directory, true);
  }
});

test('a directory that cannot be made or written is said in words', async () => {
  await using scratch = await makeScratch();
  await writeFile(join(scratch.directory, 'file'), '');
  const directory = join(scratch.directory, 'file', 'ledger');
  await assert.rejects(openLedger({ directory, signer, clock: systemClock }), unavailable);
});

test('a really full file system refuses, keeps what it acknowledged, and recovers when there is room', async (t) => {
  await using scratch = await makeScratch();
  const { directory } = scratch;
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', directory], { stdio: 'ignore' });
  } catch {
    return t.skip('needs the right to mount');
  }
  try {
    await writeFile(join(directory, 'ballast'), Buffer.alloc(64 * 1024));
    const { ledger, troubles, wait } = await openFailing(directory, {});
    let acknowledged = 0;
    while (troubles.length === 0) {
      await ledger.append(makeEvents(10, acknowledged)).then(
        () => (acknowledged += 10),
        (error: unknown) => assert.ok(unavailable(error)),
      );
    }
    assert.ok(troubles[0]?.kind === 'unavailable' && troubles[0].problem.message.includes('the disk is full'));
    assert.ok(acknowledged > 0);
    assert.deepEqual(
      (await readAll(directory)).slice(0, acknowledged).map(({ event }) => event),
      makeEvents(acknowledged),
    );
    await rm(join(directory, 'ballast'));
    wait();
    await ledger.append(makeEvents(10, acknowledged));
    await ledger[Symbol.asyncDispose]();
    const decisions = (await readAll(directory, { kinds: ['decision'] })).map(({ event }) => event);
    assert.deepEqual(decisions, makeEvents(acknowledged + 10));
    await assertIntact(directory, true);
  } finally {
    execFileSync('umount', [directory]);
  }
});
