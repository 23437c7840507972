import assert from 'node:assert/strict';
import { test } from 'node:test';

import { systemClock } from '../kernel/clock.ts';
import type { Problem } from '../kernel/problem.ts';
import { toRevision } from '../kernel/revision.ts';
import type { Records } from '../records/records.ts';
import { DecisionPoint } from './decision-point.ts';
import { evaluate } from './evaluate.ts';
import { followRecords } from './follow-records.ts';
import { applyDesired, loadSnapshot } from './policy-records.ts';
import { EMPTY_SNAPSHOT, type PolicyText, type Snapshot } from './snapshot.ts';
import { NOW, allow, desired, httpRequest, openTestRecords, POLICIES } from './testing/shop.ts';

const ORDERS_MAY = POLICIES;
const NOBODY_MAY = [allow('payments', 'storefront')];

async function apply(records: Records, policies: readonly PolicyText[]): Promise<void> {
  const applied = await applyDesired(records, desired({ policies }), () => Promise.resolve());
  assert.ok(applied.ok && applied.value !== undefined);
}

/** A change of policies that this version cannot read, as a newer one would make it. */
async function writeUnreadable(records: Records, name = 'new.prolog'): Promise<void> {
  const written = await records.write([{ kind: 'policy', name, value: { language: 'prolog', text: '' } }]);
  assert.ok(written.ok);
}

type Following = AsyncDisposable & {
  readonly point: DecisionPoint;
  readonly swaps: readonly number[];
  readonly refusals: readonly (readonly Problem[])[];
  /** Settles when so many swaps and refusals together have been told. */
  readonly told: (count: number) => Promise<void>;
  readonly stop: AbortController;
  readonly ended: Promise<void>;
};

function follow(records: Records, snapshot: Snapshot = EMPTY_SNAPSHOT): Following {
  const record = (): Promise<void> => Promise.resolve();
  const random = (bytes: number): Uint8Array => new Uint8Array(bytes);
  const point = new DecisionPoint({ snapshot, record, clock: systemClock, random });
  const stop = new AbortController();
  const swaps: number[] = [];
  const refusals: (readonly Problem[])[] = [];
  let look = (): void => undefined;
  const ended = followRecords({
    records,
    decisionPoint: point,
    signal: stop.signal,
    onSwap: ({ revision }) => {
      swaps.push(revision);
      look();
    },
    onRefused: (problems) => {
      refusals.push(problems);
      look();
    },
  });
  // Whoever waits for it sees the rejection, and nobody else must.
  ended.catch(() => undefined);
  return {
    ...{ point, swaps, refusals, stop, ended },
    told: (count) =>
      new Promise((resolve) => {
        look = (): void => {
          if (swaps.length + refusals.length >= count) resolve();
        };
        look();
      }),
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await ended.catch(() => undefined);
    },
  };
}

const effectAt = (point: DecisionPoint): string => evaluate(point.snapshot, httpRequest(), NOW).effect;

test('a change of the policies is in force as soon as it is told', async () => {
  await using store = openTestRecords();
  await using following = follow(store.records);
  const { point, swaps, told } = following;
  await apply(store.records, ORDERS_MAY);
  await told(1);
  assert.equal(effectAt(point), 'allow');
  await apply(store.records, NOBODY_MAY);
  await told(2);
  assert.equal(effectAt(point), 'deny');
  assert.deepEqual(swaps, [1, 2]);
  assert.equal(point.snapshot.revision, 2);
});

test('whoever comes late reads the newest once, however long the history is', async () => {
  await using store = openTestRecords();
  for (let count = 0; count < 10; count += 1) await apply(store.records, count % 2 === 0 ? ORDERS_MAY : NOBODY_MAY);
  await using following = follow(store.records);
  await following.told(1);
  await apply(store.records, ORDERS_MAY);
  await following.told(2);
  assert.deepEqual(following.swaps, [10, 11]);
});

test('records of other kinds change no decision', async () => {
  await using store = openTestRecords();
  const { records } = store;
  await apply(records, ORDERS_MAY);
  await using following = follow(records);
  await following.told(1);
  for (let count = 0; count < 5; count += 1) await records.write([{ kind: 'lease', name: 'x', value: count }]);
  await apply(records, NOBODY_MAY);
  await following.told(2);
  assert.deepEqual(following.swaps, [1, 7]);
});

test('a revision that cannot be used is reported once, and what was in force stays', async () => {
  await using store = openTestRecords();
  const { records } = store;
  await apply(records, ORDERS_MAY);
  await using following = follow(records);
  const { point, swaps, refusals, told } = following;
  await told(1);
  await writeUnreadable(records);
  await told(2);
  assert.deepEqual([effectAt(point), point.snapshot.revision], ['allow', 1]);
  assert.deepEqual(
    refusals.map((problems) => problems.map(({ code }) => code)),
    [['decision/unreadable-record']],
  );
  // The next good one is taken.
  await apply(records, NOBODY_MAY);
  await told(3);
  assert.deepEqual([effectAt(point), swaps, refusals.length], ['deny', [1, 3], 1]);
});

test('a long history that ends in what cannot be used is reported once', async () => {
  await using store = openTestRecords();
  const { records } = store;
  for (let count = 0; count < 10; count += 1) await apply(records, count % 2 === 0 ? ORDERS_MAY : NOBODY_MAY);
  await writeUnreadable(records);
  await using following = follow(records);
  await following.told(1);
  await apply(records, ORDERS_MAY);
  await following.told(2);
  assert.deepEqual([following.refusals.length, following.swaps], [1, [12]]);
});

test('policies that no longer compile together are refused as well', async () => {
  await using store = openTestRecords();
  const { records } = store;
  await apply(records, ORDERS_MAY);
  await using following = follow(records);
  await following.told(1);
  const { text } = allow('payments', 'storefront');
  await records.write([{ kind: 'policy', name: 'same-again.yaml', value: { language: 'mesh', text } }]);
  await following.told(2);
  assert.deepEqual(
    following.refusals.flat().map(({ code }) => code),
    ['mesh/duplicate-policy'],
  );
  assert.equal(following.point.snapshot.revision, 1);
});

async function newest(records: Records): Promise<Snapshot> {
  const loaded = await loadSnapshot(records);
  assert.ok(loaded.ok);
  return loaded.value;
}

test('whoever fell behind what is kept goes on with the newest', async () => {
  await using store = openTestRecords();
  const { records } = store;
  await apply(records, ORDERS_MAY);
  const old = await newest(records);
  await apply(records, NOBODY_MAY);
  await apply(records, ORDERS_MAY);
  await apply(records, NOBODY_MAY);
  await records.compact(toRevision(4));
  await using following = follow(records, old);
  await following.told(1);
  assert.deepEqual([effectAt(following.point), following.swaps], ['deny', [4]]);
  await apply(records, ORDERS_MAY);
  await following.told(2);
  assert.deepEqual([effectAt(following.point), following.swaps], ['allow', [4, 5]]);
});

test('whoever fell behind to where nothing can be used tells it once, and waits for the next', async () => {
  await using store = openTestRecords();
  const { records } = store;
  await apply(records, ORDERS_MAY);
  const old = await newest(records);
  await writeUnreadable(records);
  await writeUnreadable(records, 'another.prolog');
  await records.compact(toRevision(3));
  await using following = follow(records, old);
  await following.told(1);
  assert.deepEqual([following.refusals.length, following.point.snapshot.revision], [1, 1]);
  await apply(records, NOBODY_MAY);
  await following.told(2);
  assert.deepEqual([following.swaps, following.refusals.length], [[4], 1]);
});

test('it ends when it is told to, and when the records are closed', async () => {
  await using store = openTestRecords();
  const stopped = follow(store.records);
  stopped.stop.abort();
  await stopped.ended;
  const closed = follow(store.records);
  await apply(store.records, ORDERS_MAY);
  await closed.told(1);
  await store.records[Symbol.asyncDispose]();
  await closed.ended;
});

test('a store that is another one than before is no store to go on with', async () => {
  await using store = openTestRecords();
  await apply(store.records, ORDERS_MAY);
  const ahead = { ...(await newest(store.records)), revision: toRevision(99) };
  await using following = follow(store.records, ahead);
  await assert.rejects(following.ended, /the store is at revision 1/u);
});
