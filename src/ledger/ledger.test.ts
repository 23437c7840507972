import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';

import { systemClock } from '../kernel/clock.ts';
import type { LedgerEvent } from '../kernel/ledger-event.ts';
import { MAX_LEDGER_EVENT_BYTES } from '../kernel/limits.ts';
import { ProblemError } from '../kernel/problem.ts';
import { openCheckpoint } from './checkpoint.ts';
import type { Ledger, LedgerEntry } from './ledger.ts';
import { type LedgerOptions, openLedger } from './open-ledger.ts';
import { makeEvent, makeEvents, makeScratch, makeSigner, readAll } from './testing/ledger-fixture.ts';
import { verifyLedger } from './verify-ledger.ts';

const signer = makeSigner();

function open(directory: string, options: Partial<LedgerOptions> = {}): Promise<Ledger> {
  return openLedger({ directory, signer, clock: systemClock, ...options });
}

function withCode(code: string): (error: unknown) => boolean {
  return (error) => error instanceof ProblemError && error.problem.code === code;
}

async function verified(directory: string): Promise<Awaited<ReturnType<typeof verifyLedger>>> {
  return await verifyLedger(directory, signer.verifierKey);
}

test('what was recorded is read back in order, over any number of openings', async () => {
  await using scratch = await makeScratch();
  const events = makeEvents(30);
  for (let round = 0; round < 3; round += 1) {
    await using ledger = await open(scratch.directory);
    assert.equal(ledger.size, round * 10);
    const range = await ledger.append(events.slice(round * 10, round * 10 + 10));
    assert.deepEqual(range, { first: round * 10, end: round * 10 + 10 });
  }
  assert.deepEqual(
    await readAll(scratch.directory),
    events.map((event, sequence) => ({ sequence, event })),
  );
  const report = await verified(scratch.directory);
  assert.ok(report.kind === 'intact');
  assert.deepEqual([report.events, report.closed, report.eventsAfterCheckpoint], [30, true, 0]);
});

test('a required event is on the disk when its promise settles', async () => {
  await using scratch = await makeScratch();
  await using ledger = await open(scratch.directory);
  await ledger.record(makeEvent(1), 'required');
  assert.equal((await readAll(scratch.directory)).length, 1);
});

test('a prompt event is acknowledged at once and written by itself', async () => {
  await using scratch = await makeScratch();
  await using ledger = await open(scratch.directory);
  const written = new Promise<readonly LedgerEntry[]>((resolve) => ledger.onAppended(resolve));
  await ledger.record(makeEvent(1), 'prompt');
  assert.equal(ledger.size, 0);
  assert.deepEqual(await written, [{ sequence: 0, event: makeEvent(1) }]);
  assert.equal((await readAll(scratch.directory)).length, 1);
});

test('flush waits for what is queued, and closing does', async () => {
  await using scratch = await makeScratch();
  {
    await using ledger = await open(scratch.directory, { limits: { promptDelayMs: 1_000_000 } });
    await ledger.record(makeEvent(1), 'prompt');
    await ledger.flush();
    assert.equal(ledger.size, 1);
    await ledger.record(makeEvent(2), 'prompt');
  }
  assert.equal((await readAll(scratch.directory)).length, 2);
});

test('callers of one moment share one write', async () => {
  await using scratch = await makeScratch();
  await using ledger = await open(scratch.directory);
  const told: number[] = [];
  ledger.onAppended((entries) => told.push(entries.length));
  await Promise.all(makeEvents(500).map((event) => ledger.record(event, 'required')));
  assert.equal(
    told.reduce((sum, count) => sum + count, 0),
    500,
  );
  assert.ok(told.length <= 3, `${told.length} writes`);
});

test('listeners get every entry once, in order, after it is durable, until they stop', async () => {
  await using scratch = await makeScratch();
  await using ledger = await open(scratch.directory);
  const told: LedgerEntry[] = [];
  const stop = ledger.onAppended((entries) => {
    for (const { sequence } of entries) assert.ok(sequence < ledger.size);
    told.push(...entries);
  });
  const one = makeEvents(50).map((event, index) => ledger.record(event, index % 3 === 0 ? 'required' : 'prompt'));
  await Promise.all(one);
  await ledger.flush();
  stop();
  await ledger.append(makeEvents(5, 50));
  assert.deepEqual(
    told,
    makeEvents(50).map((event, sequence) => ({ sequence, event })),
  );
});

test('more than a batch holds waits for the disk, in order, and is refused beyond the bound', async () => {
  await using scratch = await makeScratch();
  await using ledger = await open(scratch.directory, { limits: { waitingBytes: 3 * 1024 * 1024 } });
  const large = (number: number): LedgerEvent => ({
    ...makeEvent(number),
    data: { blob: 'x'.repeat(900_000), number },
  });
  const outcomes = await Promise.allSettled(
    Array.from({ length: 20 }, (_, number) => ledger.record(large(number), number % 2 === 0 ? 'prompt' : 'required')),
  );
  await ledger.flush();
  const kept = outcomes.flatMap(({ status }, number) => (status === 'fulfilled' ? [number] : []));
  assert.ok(kept.length >= 7 && kept.length < 20, `${kept.length} of 20`);
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') assert.ok(withCode('ledger/overloaded')(outcome.reason));
  }
  assert.deepEqual(
    (await readAll(scratch.directory)).map(({ event }) => event.data['number']),
    kept,
  );
});

test('an event or a batch that is too large, or is not JSON, is refused and leaves nothing behind', async () => {
  await using scratch = await makeScratch();
  await using ledger = await open(scratch.directory);
  const huge: LedgerEvent = { ...makeEvent(1), data: { blob: 'x'.repeat(MAX_LEDGER_EVENT_BYTES) } };
  await assert.rejects(ledger.record(huge, 'prompt'), withCode('ledger/too-large'));
  const large: LedgerEvent = { ...makeEvent(1), data: { blob: 'x'.repeat(1_000_000) } };
  await assert.rejects(ledger.append([large, large, large, large, large]), withCode('ledger/too-large'));
  const odd = { ...makeEvent(1), data: { at: Number.NaN } };
  await assert.rejects(ledger.append([makeEvent(1), odd]), withCode('ledger/not-json'));
  assert.deepEqual(await ledger.append([]), { first: 0, end: 0 });
  assert.deepEqual(await ledger.append([makeEvent(2)]), { first: 0, end: 1 });
});

test('segments end at their size, and each begins with a checkpoint of all before', async () => {
  await using scratch = await makeScratch();
  const { directory } = scratch;
  {
    await using ledger = await open(directory, { limits: { segmentBytes: 8192 } });
    for (let from = 0; from < 100; from += 5) await ledger.append(makeEvents(5, from));
  }
  const segments = (await readdir(directory)).filter((name) => name.endsWith('.segment'));
  assert.ok(segments.length >= 5, `${segments.length} segments`);
  const report = await verified(directory);
  assert.ok(report.kind === 'intact');
  assert.deepEqual([report.events, report.segments], [100, segments.length]);
  assert.equal((await readAll(directory)).length, 100);
  assert.deepEqual(
    (await readAll(directory, { from: 37, to: 39 })).map(({ sequence }) => sequence),
    [37, 38],
  );
});

test('a checkpoint is signed after so many events, after so long, on demand and at the end', async () => {
  await using scratch = await makeScratch();
  const { directory } = scratch;
  const published = async (): Promise<number> => {
    const checkpoint = openCheckpoint(await readFile(join(directory, 'checkpoint'), 'utf8'), signer.verifierKey);
    assert.ok(checkpoint.ok);
    return checkpoint.value.size;
  };
  await using ledger = await open(directory, { limits: { checkpointEvents: 10, checkpointIntervalMs: 1 } });
  await ledger.append(makeEvents(10));
  await ledger.flush();
  assert.equal((await ledger.checkpoint()).size, 10);
  assert.equal(await published(), 10);
  await ledger.append(makeEvents(1));
  while ((await published()) < 11) await new Promise((resolve) => setImmediate(resolve));
  await ledger.append(makeEvents(1));
  await ledger[Symbol.asyncDispose]();
  assert.equal(await published(), 12);
});

test('one process writes a ledger, and after closing another may', async () => {
  await using scratch = await makeScratch();
  const ledger = await open(scratch.directory);
  await assert.rejects(open(scratch.directory), withCode('ledger/locked'));
  await ledger[Symbol.asyncDispose]();
  await ledger[Symbol.asyncDispose]();
  await assert.rejects(ledger.record(makeEvent(1), 'required'), withCode('ledger/closed'));
  await assert.rejects(ledger.record(makeEvent(1), 'prompt'), withCode('ledger/closed'));
  await using again = await open(scratch.directory);
  assert.equal(again.size, 0);
});

test('what is recorded while the ledger closes is either refused or kept', async () => {
  await using scratch = await makeScratch();
  const ledger = await open(scratch.directory);
  const closing: Promise<void>[] = [];
  const outcomes = await Promise.allSettled(
    makeEvents(200).map(async (event, index) => {
      for (let turn = 0; turn < index; turn += 1) await Promise.resolve();
      if (index === 100) closing.push(Promise.resolve(ledger[Symbol.asyncDispose]()));
      await ledger.record(event, index % 2 === 0 ? 'required' : 'prompt');
    }),
  );
  await Promise.all(closing);
  const kept = outcomes.filter(({ status }) => status === 'fulfilled').length;
  assert.ok(kept > 0 && kept < 200, `${kept} of 200`);
  assert.equal((await readAll(scratch.directory)).length, kept);
  const report = await verified(scratch.directory);
  assert.ok(report.kind === 'intact' && report.closed);
});

test('a ledger is not continued with another key, nor by an older program', async () => {
  await using scratch = await makeScratch();
  const { directory } = scratch;
  await (await open(directory))[Symbol.asyncDispose]();
  await assert.rejects(open(directory, { signer: makeSigner() }), withCode('ledger/wrong-key'));
  const path = join(directory, '0000000000000000.segment');
  const bytes = await readFile(path);
  bytes.writeUInt16LE(2, 8);
  await writeFile(path, bytes);
  await assert.rejects(open(directory), withCode('ledger/newer-version'));
  await assert.rejects(readAll(directory), withCode('ledger/newer-version'));
  const report = await verified(directory);
  assert.ok(report.kind === 'damaged' && report.problem.code === 'ledger/newer-version');
});

test('a failing listener is heard and does not stop the recording', async () => {
  await using scratch = await makeScratch();
  await using ledger = await open(scratch.directory);
  const heard = new Promise<unknown>((resolve) => {
    const before = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.once('uncaughtException', (error) => {
      for (const listener of before) process.on('uncaughtException', listener);
      resolve(error);
    });
  });
  ledger.onAppended(() => {
    throw new Error('a bug of the listener');
  });
  await ledger.record(makeEvent(1), 'required');
  assert.match(String(await heard), /a bug of the listener/u);
  assert.equal(ledger.size, 1);
});
