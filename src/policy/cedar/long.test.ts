import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';

import { addLongs, type Long, longOf, multiplyLongs, negateLong, subtractLongs } from './long.ts';

const MIN = -(2n ** 63n);
const MAX = 2n ** 63n - 1n;

const near = (center: bigint): fc.Arbitrary<bigint> => fc.bigInt({ min: center - 4n, max: center + 4n });
const wide = fc
  .oneof(
    fc.bigInt({ min: MIN, max: MAX }),
    near(0n),
    ...[2n ** 53n, -(2n ** 53n), 2n ** 31n, 2n ** 32n, -(2n ** 32n)].map(near),
    near(MAX - 4n),
    near(MIN + 4n),
  )
  .map((value) => longOf(value) as Long);

function plain(value: bigint): bigint | undefined {
  return value < MIN || value > MAX ? undefined : value;
}

function exactly(result: Long | undefined, wanted: bigint | undefined): void {
  assert.equal(result === undefined ? undefined : BigInt(result), wanted);
  if (result === undefined) return;
  // One form for each integer, so that `===` compares them.
  assert.equal(typeof result, Number.isSafeInteger(Number(wanted)) ? 'number' : 'bigint');
  assert.ok(!Object.is(result, -0));
}

test('arithmetic is that of 64-bit integers, with overflow told', () => {
  fc.assert(
    fc.property(wide, wide, (a, b) => {
      exactly(addLongs(a, b), plain(BigInt(a) + BigInt(b)));
      exactly(subtractLongs(a, b), plain(BigInt(a) - BigInt(b)));
      exactly(multiplyLongs(a, b), plain(BigInt(a) * BigInt(b)));
      exactly(negateLong(a), plain(-BigInt(a)));
    }),
    { numRuns: 5000 },
  );
});

test('zero has no sign', () => {
  assert.ok(Object.is(multiplyLongs(0, -5), 0));
  assert.ok(Object.is(negateLong(0), 0));
});
