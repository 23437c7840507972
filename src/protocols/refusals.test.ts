import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { LedgerEvent } from '../kernel/ledger-event.ts';
import { REFUSAL_WINDOW_MS, type Refusal, Refusals } from './refusals.ts';

function setUp(fails = false) {
  const events: LedgerEvent[] = [];
  const timers: { readonly delayMs: number; readonly callback: () => void }[] = [];
  const refusals = new Refusals({
    record: (event, mode) => {
      assert.equal(mode, 'prompt');
      if (fails) return Promise.reject(new Error('the ledger is away'));
      events.push(event);
      return Promise.resolve();
    },
    clock: { now: () => 1_700_000_000_000, monotonic: () => 0 },
    timers: {
      after: (delayMs, callback) => {
        const timer = { delayMs, callback };
        timers.push(timer);
        return () => void timers.splice(timers.indexOf(timer), 1);
      },
    },
    random: (bytes) => new Uint8Array(bytes),
  });
  const endWindow = (): void => {
    for (const { delayMs, callback } of timers.splice(0)) {
      assert.equal(delayMs, REFUSAL_WINDOW_MS);
      callback();
    }
  };
  return { refusals, events, endWindow, timers };
}

function refusal(over: Partial<Refusal> = {}): Refusal {
  return { code: 'attestation/no-match', message: 'nothing matches', uid: 1000, pid: 7, path: '/bin/a', ...over };
}

test('the first is written at once, its repetitions as one with their number and the latest of them', () => {
  const { refusals, events, endWindow } = setUp();
  for (let pid = 1; pid <= 100; pid += 1) refusals.note(refusal({ pid }));
  assert.deepEqual(
    events.map(({ data }) => data['pid']),
    [1],
  );
  endWindow();
  assert.deepEqual(
    events.map(({ data }) => [data['pid'], data['repeated']]),
    [
      [1, undefined],
      [100, 99],
    ],
  );
  endWindow();
  assert.equal(events.length, 2, 'an empty window writes nothing');
  refusals.note(refusal());
  assert.equal(events.length, 3, 'a new window begins with an event');
});

test('programs, codes and users are told apart', () => {
  const { refusals, events } = setUp();
  for (const each of [{}, { path: '/bin/b' }, { code: 'attestation/no-process' }, { uid: 1001 }])
    refusals.note(refusal(each));
  assert.equal(events.length, 4);
});

test('whatever callers do, a window has a bound, and every refusal is counted', () => {
  const { refusals, events, endWindow } = setUp();
  const count = 50_000;
  for (let index = 0; index < count; index += 1) {
    refusals.note(refusal({ uid: index % 500, path: `/tmp/${index}`, code: `attestation/${index % 7}` }));
  }
  endWindow();
  assert.ok(events.length <= 2 * 9 * 65, `${events.length} events`);
  const counted = events.map(({ data }) => (typeof data['repeated'] === 'number' ? data['repeated'] : 1));
  assert.equal(
    counted.reduce((sum, each) => sum + each, 0),
    count,
  );
});

test('what was counted is written when it ends, and no timer is left', () => {
  const { refusals, events, timers } = setUp();
  refusals.note(refusal());
  refusals.note(refusal());
  refusals[Symbol.dispose]();
  assert.equal(events.at(-1)?.data['repeated'], 1);
  assert.deepEqual(timers, []);
});

test('a ledger that is away does not bring anything down', async () => {
  const { refusals } = setUp(true);
  refusals.note(refusal());
  await new Promise((resolve) => setImmediate(resolve));
});
