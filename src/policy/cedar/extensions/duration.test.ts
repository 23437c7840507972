import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Long, longOf } from '../long.ts';
import { Duration } from './duration.ts';

const MIN = -(2n ** 63n);
const MAX = 2n ** 63n - 1n;

test('a duration has its units in order, each at most once', () => {
  for (const [text, milliseconds] of [
    ['1d2h3m4s5ms', 93_784_005],
    ['-1d2h3m4s5ms', -93_784_005],
    ['5m', 300_000],
    ['5ms', 5],
    ['5m5ms', 300_005],
    ['-0d', 0],
    ['90m', 5_400_000],
    ['0001s', 1000],
    ['9223372036854775807ms', MAX],
    ['-9223372036854775808ms', MIN],
  ] as const) {
    assert.equal(Duration.parse(text)?.milliseconds, milliseconds, text);
  }
  for (const text of ['', '-', '1', 'd', '1h1d', '1d1d', '+1d', '1d-1h', '1 d', '1D', '1ms1s', '1d ', '1.5h']) {
    assert.equal(Duration.parse(text), undefined, text);
    assert.match(Duration.whyNot(text), /units/u);
  }
});

test('what does not fit 64 bits is refused, however many digits it has', () => {
  for (const text of ['9223372036854775808ms', '-9223372036854775809ms', '106751991168d', `${'9'.repeat(1e6)}ms`]) {
    assert.equal(Duration.parse(text), undefined);
    assert.match(Duration.whyNot(text), /64 bits/u);
  }
});

test('whole units round towards zero', () => {
  const spans = ['toSeconds', 'toMinutes', 'toHours', 'toDays'] as const;
  const unit = { toSeconds: 1000n, toMinutes: 60_000n, toHours: 3_600_000n, toDays: 86_400_000n };
  const edges = fc.constantFrom(MIN, MAX, -1n, 0n, -999n, -1000n, -86_400_000n, 2n ** 53n, -(2n ** 53n));
  fc.assert(
    fc.property(fc.oneof(edges, fc.bigInt({ min: MIN, max: MAX }), fc.maxSafeInteger().map(BigInt)), (milliseconds) => {
      const duration = Duration.of(longOf(milliseconds) as Long);
      assert.equal(duration.toMilliseconds(), longOf(milliseconds));
      // `Object.is` in it tells -0 from 0.
      for (const name of spans) assert.equal(duration[name](), longOf(milliseconds / unit[name]));
    }),
  );
});

test('every duration is written so that it reads back', () => {
  fc.assert(
    fc.property(fc.oneof(fc.constantFrom(MIN, MAX, 0n), fc.bigInt({ min: MIN, max: MAX })), (milliseconds) => {
      const duration = Duration.of(longOf(milliseconds) as Long);
      const { __extn: call } = duration.toJson();
      assert.ok('arg' in call);
      assert.equal(Duration.parse(call.arg)?.key, duration.key);
      assert.equal(duration.toString(), `duration("${call.arg}")`);
    }),
  );
});
