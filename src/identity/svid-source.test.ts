import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';

import type { Problem } from '../kernel/problem.ts';
import { createBundleSource } from './bundle-source.ts';
import type { IssuedSvid, SvidIssuer } from './svid-request.ts';
import { createSvidSource, type RenewingSvidSource, type SvidSourceOptions } from './svid-source.ts';
import { authorityBench, createFolder, openedAuthority, spiffeId, type TestFolder } from './testing/authority.ts';
import type { ManualTime } from './testing/manual-time.ts';
import { verifyX509Svid } from './verify-x509-svid.ts';
import type { X509Svid } from './x509-svid.ts';

const START = Date.UTC(2030, 0, 1, 12, 0, 0);
const ID = spiffeId('spiffe://example.org/ns/shop/sa/payments');
const HOUR = 3_600_000;

type Bench = AsyncDisposable & {
  readonly time: ManualTime;
  readonly source: RenewingSvidSource;
  readonly rotations: readonly X509Svid[];
  readonly problems: readonly { readonly problem: Problem; readonly retryMs: number }[];
  readonly refuse: (refusing: boolean) => void;
  readonly verifies: (svid: X509Svid) => boolean;
  readonly issues: () => number;
};

/** A source of a real authority on manual time. */
async function bench(folder: TestFolder, changes: Partial<SvidSourceOptions> = {}): Promise<Bench> {
  const { ledger, options, time } = authorityBench(folder, START);
  const authority = await openedAuthority(options);
  const bundles = createBundleSource(authority);
  const problems: { problem: Problem; retryMs: number }[] = [];
  const created = await createSvidSource({
    authority,
    id: ID,
    ttlSeconds: 3600,
    clock: time.clock,
    timers: time.timers,
    random: randomBytes,
    onProblem: (problem, retryMs) => problems.push({ problem, retryMs }),
    ...changes,
  });
  assert.ok(created.ok, JSON.stringify(created));
  const source = created.value;
  const rotations: X509Svid[] = [];
  source.onRotation((svid) => rotations.push(svid));
  return {
    time,
    source,
    rotations,
    problems,
    refuse: ledger.refuse,
    verifies: (svid) => verifyX509Svid(svid.chain, bundles, time.clock.now()).ok,
    issues: () => ledger.events.filter(({ event }) => event.kind === 'svid.issued').length,
    [Symbol.asyncDispose]: async () => {
      await source[Symbol.asyncDispose]();
      bundles[Symbol.dispose]();
      await authority[Symbol.asyncDispose]();
      assert.equal(time.waiting(), 0, 'a timer was left behind');
    },
  };
}

/** Lets what a call of `current` set off run to its end. */
async function settled({ time }: Bench): Promise<void> {
  await time.advance(0);
}

describe('an SVID', () => {
  test('is there at once, with the key that it was issued for', async () => {
    await using folder = await createFolder();
    await using b = await bench(folder);
    const svid = b.source.current();
    assert.equal(svid.id, ID);
    assert.equal(svid.privateKey.type, 'private');
    assert.ok(b.verifies(svid));
  });

  test('that is refused at the start is the problem of the start', async () => {
    await using folder = await createFolder();
    const { options, time } = authorityBench(folder, START);
    await using authority = await openedAuthority(options);
    const { clock, timers } = time;
    const base = { authority, clock, timers, random: randomBytes, onProblem: () => undefined };
    const refused = await createSvidSource({ ...base, id: ID, ttlSeconds: 1 });
    assert.ok(!refused.ok);
    assert.equal(refused.problem.code, 'svid/bad-ttl');
  });

  test('is renewed once between 45 and 55 percent of its life, with a new key, and told once', async () => {
    await using folder = await createFolder();
    await using b = await bench(folder);
    const first = b.source.current();
    await b.time.advance(0.45 * HOUR - 1);
    assert.equal(b.source.current(), first);
    await b.time.advance(0.1 * HOUR + 2);
    const second = b.source.current();
    assert.notEqual(second, first);
    assert.deepEqual(b.rotations, [second]);
    assert.ok(!second.privateKey.equals(first.privateKey));
    assert.notEqual(second.serial, first.serial);
    assert.ok(b.verifies(second));
    assert.ok(b.verifies(first), 'the one before it serves until its end');
  });

  test('is renewed at moments that chance spreads over the whole tenth', async () => {
    await using folder = await createFolder();
    for (const [chance, part] of [
      [0, 0.45],
      [255, 0.55],
    ] as const) {
      await using b = await bench(folder, { random: (bytes) => new Uint8Array(bytes).fill(chance) });
      await b.time.advance(part * HOUR - 1000);
      assert.equal(b.rotations.length, 0);
      await b.time.advance(1000);
      assert.equal(b.rotations.length, 1);
    }
  });

  test('is valid at every moment of a day', async () => {
    await using folder = await createFolder();
    await using b = await bench(folder);
    for (let minute = 0; minute < 24 * 60; minute += 10) {
      await b.time.advance(600_000);
      assert.ok(b.verifies(b.source.current()), `not at minute ${minute}`);
    }
    assert.ok(b.rotations.length >= 43 && b.rotations.length <= 54, `${b.rotations.length} rotations`);
  });

  test('of two seconds is valid at every moment too', async () => {
    await using folder = await createFolder();
    await using b = await bench(folder, { ttlSeconds: 2 });
    for (let step = 0; step < 600; step += 1) {
      await b.time.advance(50);
      assert.ok(b.verifies(b.source.current()), `not at ${step * 50} ms`);
    }
    assert.ok(b.rotations.length >= 25 && b.rotations.length <= 90, `${b.rotations.length} rotations`);
  });
});

describe('a renewal that fails', () => {
  test('keeps the SVID, tells, and is tried again until it succeeds', async () => {
    await using folder = await createFolder();
    await using b = await bench(folder);
    const first = b.source.current();
    b.refuse(true);
    await b.time.advance(0.75 * HOUR);
    assert.equal(b.source.current(), first);
    assert.ok(b.verifies(first));
    assert.ok(b.problems.length > 5);
    assert.ok(b.problems.every(({ problem }) => problem.code === 'svid/not-recorded'));
    b.refuse(false);
    await b.time.advance(30_000);
    assert.notEqual(b.source.current(), first);
    assert.equal(b.rotations.length, 1);
  });

  test('is tried again after about a second, then twice as long, at most every thirty', async () => {
    await using folder = await createFolder();
    await using b = await bench(folder);
    b.refuse(true);
    await b.time.advance(HOUR);
    const waits = b.problems.map(({ retryMs }) => retryMs);
    for (const [index, wait] of waits.entries()) {
      const most = Math.min(30_000, 1000 * 2 ** index);
      assert.ok(wait >= most / 2 && wait <= most, `retry ${index} after ${wait} ms`);
    }
    // 45 minutes at 15 to 30 seconds each.
    assert.ok(waits.length < 200, `${waits.length} retries`);
  });

  test('has retries that fit into a life of two seconds', async () => {
    await using folder = await createFolder();
    await using b = await bench(folder, { ttlSeconds: 2 });
    b.refuse(true);
    await b.time.advance(1200);
    assert.ok(b.problems.length >= 1);
    b.refuse(false);
    await b.time.advance(500);
    assert.ok(b.verifies(b.source.current()));
    assert.equal(b.rotations.length, 1);
  });
});

test('an SVID that its authority can only give for a moment is not renewed without a pause', async () => {
  await using folder = await createFolder();
  const { options, time } = authorityBench(folder, START);
  await using authority = await openedAuthority(options);
  let asked = 0;
  const ending: SvidIssuer = {
    issue: async (request) => {
      asked += 1;
      const issued = await authority.issue(request);
      return issued.ok ? { ok: true, value: { ...issued.value, notAfter: time.clock.now() + 1 } } : issued;
    },
  };
  const { clock, timers } = time;
  const onProblem = (): void => undefined;
  const created = await createSvidSource({
    authority: ending,
    id: ID,
    ttlSeconds: 3600,
    clock,
    timers,
    random: randomBytes,
    onProblem,
  });
  assert.ok(created.ok);
  await using _source = created.value;
  await time.advance(1000);
  assert.ok(asked >= 4 && asked <= 5, `${asked} times in a second`);
});

describe('a clock', () => {
  test('that slept past the end is noticed by the next use, without a timer', async () => {
    await using folder = await createFolder();
    await using b = await bench(folder);
    const first = b.source.current();
    b.time.jumpWall(8 * HOUR);
    b.source.current();
    await settled(b);
    const second = b.source.current();
    assert.notEqual(second, first);
    assert.ok(b.verifies(second));
  });

  test('that slept past the end is noticed within ten seconds when nobody asks', async () => {
    await using folder = await createFolder();
    await using b = await bench(folder);
    b.time.jumpWall(8 * HOUR);
    await b.time.advance(10_000);
    assert.equal(b.rotations.length, 1);
    assert.ok(b.verifies(b.source.current()));
  });

  test('that was set back before the SVID began is noticed too', async () => {
    await using folder = await createFolder();
    await using b = await bench(folder);
    const before = b.issues();
    b.time.jumpWall(-HOUR);
    const rotated = new Promise((resolve) => b.source.onRotation(resolve));
    b.source.current();
    // The authority lies in the future as well and is made anew, in a real file.
    await rotated;
    assert.ok(b.verifies(b.source.current()));
    assert.equal(b.issues(), before + 1);
  });

  test('that was set back a little does not put the renewal off', async () => {
    await using folder = await createFolder();
    await using b = await bench(folder);
    b.time.jumpWall(-9000);
    await b.time.advance(0.55 * HOUR);
    assert.equal(b.rotations.length, 1);
  });
});

describe('the end', () => {
  test('of a subscription stops its calls alone', async () => {
    await using folder = await createFolder();
    await using b = await bench(folder);
    let calls = 0;
    const stop = b.source.onRotation(() => (calls += 1));
    await b.time.advance(0.55 * HOUR);
    stop();
    await b.time.advance(0.55 * HOUR);
    assert.equal(calls, 1);
    assert.equal(b.rotations.length, 2);
  });

  test('of a source drops the renewal that is under way', async () => {
    await using folder = await createFolder();
    const { options, time } = authorityBench(folder, START);
    await using authority = await openedAuthority(options);
    const held = Promise.withResolvers<void>();
    let asked = 0;
    const slow: SvidIssuer = {
      issue: async (request) => {
        asked += 1;
        if (asked > 1) await held.promise;
        return authority.issue(request);
      },
    };
    const created = await createSvidSource({
      authority: slow,
      id: ID,
      ttlSeconds: 3600,
      clock: time.clock,
      timers: time.timers,
      random: randomBytes,
      onProblem: () => assert.fail('it told of a problem'),
    });
    assert.ok(created.ok);
    const first: IssuedSvid = created.value.current();
    created.value.onRotation(() => assert.fail('it rotated after its end'));
    await time.advance(0.55 * HOUR);
    for (let index = 0; index < 5; index += 1) {
      await time.advance(HOUR);
      created.value.current();
    }
    assert.equal(asked, 2, 'one renewal at a time');
    const disposed = created.value[Symbol.asyncDispose]();
    held.resolve();
    await disposed;
    assert.equal(created.value.current(), first);
    assert.equal(asked, 2);
  });
});
