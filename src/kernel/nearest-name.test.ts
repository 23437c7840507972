/** Suggestions: a slip of the finger is mended, another word is not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { nearestName } from './nearest-name.ts';

test('one slip is mended, whatever its kind', () => {
  for (const wrong of ['workloadss', 'workoads', 'Workloads', 'wrokloads', 'workl0ads']) {
    assert.equal(nearestName(wrong, ['policies', 'workloads', 'trustDomain']), 'workloads', wrong);
  }
});

test('another word gets no suggestion', () => {
  assert.equal(nearestName('sidecars', ['policies', 'workloads']), undefined);
  assert.equal(nearestName('x', ['policies', 'workloads']), undefined);
});

test('a known name is its own nearest, among any others', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, maxLength: 20 }), fc.array(fc.string({ maxLength: 20 })), (name, others) => {
      const nearest = nearestName(name, [...others, name]);
      assert.equal(nearest?.toLowerCase(), name.toLowerCase());
    }),
  );
});
