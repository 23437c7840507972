import assert from 'node:assert/strict';
import { copyFile, mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';

import fc from 'fast-check';

import { systemClock } from '../kernel/clock.ts';
import { ProblemError } from '../kernel/problem.ts';
import { controlFrame, FRAME_HEADER_BYTES } from './frame.ts';
import type { Ledger } from './ledger.ts';
import { type LedgerOptions, openLedger } from './open-ledger.ts';
import { findEvent } from './read-events.ts';
import { makeEvent, makeEvents, makeScratch, makeSigner, readAll } from './testing/ledger-fixture.ts';
import { type LedgerReport, verifyLedger } from './verify-ledger.ts';

const signer = makeSigner();
const SEGMENT = '0000000000000000.segment';

function open(directory: string, options: Partial<LedgerOptions> = {}): Promise<Ledger> {
  return openLedger({ directory, signer, clock: systemClock, ...options });
}

function verify(directory: string): Promise<LedgerReport> {
  return verifyLedger(directory, signer.verifierKey);
}

/** A copy of the files of a ledger, as a crash would leave them: nothing is closed. */
async function copyLedger(from: string, to: string): Promise<void> {
  await rm(to, { recursive: true, force: true });
  await mkdir(to);
  for (const name of await readdir(from)) {
    if (name !== 'lock') await copyFile(join(from, name), join(to, name));
  }
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'ok';
  } catch (error) {
    assert.ok(error instanceof ProblemError, String(error));
    return error.problem.code;
  }
}

/** A closed ledger of some events in two batches, and the bytes of its segment. */
async function closedLedger(directory: string, events = makeEvents(3)): Promise<Buffer> {
  {
    await using ledger = await open(directory);
    await ledger.append(events.slice(0, 2));
    await ledger.append(events.slice(2));
  }
  return await readFile(join(directory, SEGMENT));
}

test('every flipped bit is caught, wherever it is', async () => {
  await using scratch = await makeScratch();
  const directory = join(scratch.directory, 'ledger');
  const small = makeEvents(3).map((event) => ({ ...event, data: { effect: 'allow' } }));
  for (const [name, bytes] of [
    [SEGMENT, await closedLedger(directory, small)],
    ['checkpoint', await readFile(join(directory, 'checkpoint'))],
  ] as const) {
    const path = join(directory, name);
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = Buffer.from(bytes);
      // Another bit of each byte: with the random ones below, all eight are met in every field.
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
      await writeFile(path, changed);
      const report = await verify(directory);
      assert.equal(report.kind, 'damaged', `${name}, byte ${at}`);
      assert.ok(report.kind === 'damaged' && report.offset <= at, `${name}, byte ${at}`);
    }
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length * 8 - 1), async (bit) => {
        const changed = Buffer.from(bytes);
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        await writeFile(path, changed);
        assert.equal((await verify(directory)).kind, 'damaged');
      }),
      { numRuns: 300 },
    );
    await writeFile(path, bytes);
    assert.equal((await verify(directory)).kind, 'intact');
  }
});

test('damage is named by file, byte and entry, and never opened over', async () => {
  await using scratch = await makeScratch();
  const { directory } = scratch;
  const bytes = await closedLedger(directory);
  const at = bytes.indexOf('/api/orders/1');
  const entry = bytes.lastIndexOf('{"actor"', at) - 36;
  bytes[at + 1] = (bytes[at + 1] ?? 0) ^ 1;
  await writeFile(join(directory, SEGMENT), bytes);
  const report = await verify(directory);
  assert.ok(report.kind === 'damaged');
  assert.deepEqual([report.file, report.offset, report.soundEvents], [SEGMENT, entry, 1]);
  assert.match(report.problem.message, /entry 1 does not follow from the one before, so it was changed/u);
  assert.equal(await codeOf(open(directory)), 'ledger/corrupt');
  assert.equal(await codeOf(readAll(directory)), 'ledger/corrupt');
  assert.equal(await codeOf(findEvent(directory, makeEvent(9).id)), 'ledger/corrupt');
  assert.deepEqual(await readFile(join(directory, SEGMENT)), bytes, 'the files are left as they are');
});

test('wherever a crash cuts the file off, signed events are never given up and the rest is recovered', async () => {
  await using scratch = await makeScratch();
  const source = join(scratch.directory, 'source');
  const copy = join(scratch.directory, 'copy');
  await using ledger = await open(source);
  await ledger.append(makeEvents(2));
  await ledger.checkpoint();
  const signed = (await readFile(join(source, SEGMENT))).length;
  await ledger.append(makeEvents(2, 2));
  await ledger.append(makeEvents(1, 4));
  const { length } = await readFile(join(source, SEGMENT));
  for (let cut = length; cut >= 0; cut -= 37) {
    await copyLedger(source, copy);
    await truncate(join(copy, SEGMENT), cut);
    const report = await verify(copy);
    const code = await codeOf(open(copy).then((opened) => opened[Symbol.asyncDispose]()));
    // The batch before the checkpoint may be cut into only by someone else than a crash.
    if (code === 'ledger/corrupt') {
      assert.ok(cut < signed && report.kind === 'damaged', `cut at ${cut}`);
      continue;
    }
    assert.equal(code, 'ok');
    assert.ok(report.kind === 'intact', `cut at ${cut}`);
    const entries = await readAll(copy);
    assert.deepEqual(
      entries.slice(0, 2).map(({ event }) => event),
      makeEvents(2),
    );
    assert.equal(entries.at(-1)?.event.kind, 'ledger.gap');
    assert.equal(entries.at(-1)?.event.data['lastSequence'], entries.length - 2);
    assert.equal((await verify(copy)).kind, 'intact');
  }
});

test('sectors that the disk never got are an unfinished write, changed ones are not', async () => {
  await using scratch = await makeScratch();
  const source = join(scratch.directory, 'source');
  const copy = join(scratch.directory, 'copy');
  await using ledger = await open(source);
  await ledger.append(makeEvents(5));
  const before = (await readFile(join(source, SEGMENT))).length;
  await ledger.append(makeEvents(10, 5));
  const bytes = await readFile(join(source, SEGMENT));
  const path = join(copy, SEGMENT);
  const opened = async (change: (changed: Buffer) => Buffer): Promise<string> => {
    await copyLedger(source, copy);
    await writeFile(path, change(Buffer.from(bytes)));
    return await codeOf(open(copy).then((again) => again[Symbol.asyncDispose]()));
  };
  const sector = Math.ceil(before / 512) * 512;
  assert.equal(await opened((changed) => changed.fill(0, before)), 'ok');
  assert.equal((await readAll(copy)).length, 6);
  assert.equal(await opened((changed) => changed.fill(0, sector, sector + 512)), 'ok');
  assert.equal((await readAll(copy)).length, 6);
  assert.equal(await opened((changed) => changed.fill(0, sector, sector + 500)), 'ledger/corrupt');
  assert.equal(await opened((changed) => changed.fill(0, sector - 1024, sector - 512)), 'ledger/corrupt');
  assert.equal(await opened((changed) => Buffer.concat([changed, changed.subarray(before)])), 'ledger/corrupt');
  const zeros = Buffer.alloc(5 * 1024 * 1024);
  assert.equal(await opened((changed) => Buffer.concat([changed, zeros])), 'ledger/corrupt', 'longer than any write');
});

test('a frame that is out of place is damage, though its checksums are right', async () => {
  await using scratch = await makeScratch();
  const { directory } = scratch;
  const bytes = await closedLedger(directory);
  const path = join(directory, SEGMENT);
  const opening = bytes.indexOf(Buffer.from('ffc51ed6', 'hex'), 32);
  for (const frame of [
    controlFrame('open', 2, '1700000000000'),
    controlFrame('open', 3, 'soon'),
    controlFrame('header', 3, bytes.toString('utf8', 16 + FRAME_HEADER_BYTES, opening)),
    controlFrame('checkpoint', 3, 'example.org/ledger\n3\n'),
    controlFrame('seal', 3, '{}'),
  ]) {
    await writeFile(path, Buffer.concat([bytes, frame]));
    const report = await verify(directory);
    assert.ok(report.kind === 'damaged' && report.offset === bytes.length && report.soundEvents === 3);
  }
});

test('a missing segment, a lost end and a forged history are told', async () => {
  await using scratch = await makeScratch();
  const source = join(scratch.directory, 'source');
  const copy = join(scratch.directory, 'copy');
  const notes: string[] = [];
  {
    await using ledger = await open(source, { limits: { segmentBytes: 4096 } });
    for (let from = 0; from < 40; from += 4) await ledger.append(makeEvents(4, from));
    notes.push((await ledger.checkpoint()).note);
  }
  const segments = (await readdir(source)).filter((name) => name.endsWith('.segment')).sort();
  for (const name of segments) {
    await copyLedger(source, copy);
    await rm(join(copy, name));
    assert.equal((await verify(copy)).kind, 'damaged', `without ${name}`);
  }
  assert.equal(await codeOf(open(copy)), 'ledger/corrupt', 'the newest segment is gone');
  assert.equal(await codeOf(readAll(join(scratch.directory, 'nowhere'))), 'ledger/missing');

  // Another ledger, just as long and signed with the same key: only a checkpoint kept elsewhere tells.
  const forged = join(scratch.directory, 'forged');
  {
    await using ledger = await open(forged);
    await ledger.append(makeEvents(40, 100));
  }
  assert.equal((await verify(forged)).kind, 'intact');
  const report = await verifyLedger(forged, signer.verifierKey, { witnessed: notes });
  assert.equal(report.kind, 'damaged');
  assert.equal((await verifyLedger(source, signer.verifierKey, { witnessed: notes })).kind, 'intact');
});

test('no bytes make a reader throw anything but words, or hang', async () => {
  await using scratch = await makeScratch();
  const { directory } = scratch;
  const bytes = await closedLedger(directory);
  const path = join(directory, SEGMENT);
  const place = fc.nat(bytes.length);
  await fc.assert(
    fc.asyncProperty(place, place, place, fc.uint8Array({ maxLength: 200 }), async (a, b, c, junk) => {
      const pieces = [bytes.subarray(0, a), junk, bytes.subarray(Math.min(b, c), Math.max(b, c))];
      await writeFile(path, Buffer.concat(pieces));
      const report = await verify(directory);
      const read = await codeOf(readAll(directory));
      assert.ok(['ok', 'ledger/corrupt', 'ledger/newer-version'].includes(read), read);
      // The final checkpoint says that there were three events.
      if (report.kind === 'intact') assert.equal(report.events, 3);
    }),
    { numRuns: 300 },
  );
});

test('a reader stops before what a live writer has not finished', async () => {
  await using scratch = await makeScratch();
  const { directory } = scratch;
  await using ledger = await open(directory);
  await ledger.append(makeEvents(3));
  const bytes = await readFile(join(directory, SEGMENT));
  await writeFile(join(directory, SEGMENT), Buffer.concat([bytes, bytes.subarray(16, 48)]));
  assert.equal((await readAll(directory)).length, 3);
  const report = await verify(directory);
  assert.ok(report.kind === 'intact' && report.unfinishedBytes === 32 && !report.closed);
});
