import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { timeOfEventId } from '../kernel/event-id.ts';
import type { LedgerEvent } from '../kernel/ledger-event.ts';
import { openLedger } from './open-ledger.ts';
import { checkConsistency, checkInclusion, proveConsistency, proveInclusion } from './prove.ts';
import { findEvent } from './read-events.ts';
import { makeClock, makeEvent, makeEvents, makeScratch, makeSigner, readAll } from './testing/ledger-fixture.ts';
import type { Checkpoint } from './checkpoint.ts';

const signer = makeSigner();

/** Several segments; a checkpoint after each append, and one of nothing before. */
async function fill(directory: string, batches: readonly (readonly LedgerEvent[])[]): Promise<readonly Checkpoint[]> {
  const limits = { segmentBytes: 5000 };
  await using ledger = await openLedger({ directory, signer, clock: makeClock(), limits });
  const checkpoints = [await ledger.checkpoint()];
  for (const events of batches) {
    await ledger.append(events);
    checkpoints.push(await ledger.checkpoint());
  }
  return checkpoints;
}

function inBatches(events: readonly LedgerEvent[], size: number): readonly (readonly LedgerEvent[])[] {
  return Array.from({ length: Math.ceil(events.length / size) }, (_, index) =>
    events.slice(index * size, index * size + size),
  );
}

test('a filter by kind, time and place gives what reading all and choosing gives', async () => {
  await using scratch = await makeScratch();
  const { directory } = scratch;
  const start = 1_700_000_000_000;
  // The clock jumps back twice: times do not grow with the sequence.
  const events = Array.from({ length: 60 }, (_, index) => ({
    ...makeEvent(index, start + (index % 25) * 1000),
    kind: index % 3 === 0 ? ('svid.issued' as const) : ('decision' as const),
  }));
  await fill(directory, inBatches(events, 4));
  const all = await readAll(directory);
  assert.equal(all.length, 60);
  const bound = fc.option(fc.integer({ min: -1, max: 27 }), { nil: undefined });
  await fc.assert(
    fc.asyncProperty(bound, bound, fc.nat(61), fc.nat(61), async (since, until, from, to) => {
      const times = {
        ...(since === undefined ? {} : { since: start + since * 1000 }),
        ...(until === undefined ? {} : { until: start + until * 1000 }),
      };
      const found = await readAll(directory, { from, to, kinds: ['decision'], ...times });
      const expected = all.filter(
        ({ sequence, event }) =>
          sequence >= from &&
          sequence < to &&
          event.kind === 'decision' &&
          event.time >= (times.since ?? 0) &&
          event.time < (times.until ?? Number.POSITIVE_INFINITY),
      );
      assert.deepEqual(found, expected);
    }),
    { numRuns: 60 },
  );
});

test('an event is found by its id in any segment, whatever the clock did', async () => {
  await using scratch = await makeScratch();
  const { directory } = scratch;
  const start = 1_700_000_000_000;
  const events = Array.from({ length: 40 }, (_, index) => makeEvent(index, start + ((index * 17) % 40) * 3_600_000));
  await fill(directory, inBatches(events, 3));
  for (const [sequence, event] of events.entries()) {
    assert.equal(timeOfEventId(event.id), event.time);
    assert.deepEqual(await findEvent(directory, event.id), { sequence, event });
  }
  assert.equal(await findEvent(directory, makeEvent(99, start).id), undefined);
  assert.equal(await findEvent(directory, makeEvent(99, 0).id), undefined);
});

test('an event that only mentions the id is not the event', async () => {
  await using scratch = await makeScratch();
  const { directory } = scratch;
  const wanted = makeEvent(7);
  const mention: LedgerEvent = { ...makeEvent(8), data: { about: { id: wanted.id } } };
  await fill(directory, [[mention]]);
  assert.equal(await findEvent(directory, wanted.id), undefined);
});

test('every event of a ledger in several segments is proved to be under every later checkpoint', async () => {
  await using scratch = await makeScratch();
  const { directory } = scratch;
  const checkpoints = await fill(directory, inBatches(makeEvents(37), 3));
  await fc.assert(
    fc.asyncProperty(fc.nat(36), fc.nat(checkpoints.length - 1), async (sequence, index) => {
      const checkpoint = checkpoints[index] as Checkpoint;
      const proof = await proveInclusion(directory, sequence, checkpoint.size);
      assert.equal(proof.ok, sequence < checkpoint.size);
      if (!proof.ok) return assert.equal(proof.problem.code, 'ledger/not-in-ledger');
      assert.ok(checkInclusion(checkpoint, proof.value));
      assert.ok(!checkInclusion(checkpoint, { ...proof.value, sequence: sequence + 1 }));
      assert.ok(!checkInclusion(checkpoint, { ...proof.value, leaf: checkpoint.root }));
      assert.ok(!checkInclusion(checkpoint, { ...proof.value, path: ['no digest'] }));
    }),
    { numRuns: 150 },
  );
  assert.ok(!(await proveInclusion(directory, 36, 38)).ok, 'a tree larger than the ledger');
});

test('every checkpoint is proved to be the beginning of every later one', async () => {
  await using scratch = await makeScratch();
  const { directory } = scratch;
  const checkpoints = await fill(directory, inBatches(makeEvents(37), 3));
  for (const [index, older] of checkpoints.entries()) {
    for (const newer of checkpoints.slice(index)) {
      const proof = await proveConsistency(directory, older.size, newer.size);
      assert.ok(proof.ok && checkConsistency(older, newer, proof.value), `${older.size} to ${newer.size}`);
      if (older.size > 0 && older.size < newer.size) {
        assert.ok(!checkConsistency({ ...older, root: newer.root }, newer, proof.value));
        assert.ok(!checkConsistency(older, { ...newer, root: older.root }, proof.value));
      }
    }
  }
  assert.ok(!(await proveConsistency(directory, 5, 3)).ok);
  assert.ok(!(await proveConsistency(directory, 5, 38)).ok);
});
