/** Pooled randomness: the right length, never the same bytes twice, over the pool's edge as within it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { pooledRandom } from './random.ts';

test('every draw has its length, and no two long draws are equal', () => {
  const random = pooledRandom();
  const seen = new Set<string>();
  for (let draw = 0; draw < 5000; draw += 1) {
    const bytes = random(16);
    assert.equal(bytes.length, 16);
    seen.add(Buffer.from(bytes).toString('hex'));
  }
  assert.equal(seen.size, 5000);
});

test('a draw larger than the pool is filled, and what was given is not overwritten later', () => {
  const random = pooledRandom();
  const large = random(100_000);
  assert.equal(large.length, 100_000);
  assert.ok(new Set(large).size > 200);
  const kept = random(32);
  const copy = Buffer.from(kept).toString('hex');
  for (let draw = 0; draw < 1000; draw += 1) random(64);
  assert.equal(Buffer.from(kept).toString('hex'), copy);
});
