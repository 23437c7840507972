import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { loopbackBytes, parseAnswer } from './socket-diagnosis.ts';

test('an answer of any bytes names no owner, and never throws', () => {
  const request = new Uint8Array(72).fill(7);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      assert.equal(parseAnswer(bytes, request), undefined);
    }),
  );
});

test('loopback is 127.0.0.0/8 and ::1, in both spellings of IPv4', () => {
  assert.deepEqual(loopbackBytes('127.0.0.1'), Uint8Array.of(127, 0, 0, 1));
  assert.deepEqual(loopbackBytes('::ffff:127.1.2.3'), Uint8Array.of(127, 1, 2, 3));
  assert.equal(loopbackBytes('::1')?.length, 16);
  for (const text of ['127.0.0.256', '128.0.0.1', '::', '1127.0.0.1', '127.0.0.1 ', 'localhost', '::ffff:10.0.0.1']) {
    assert.equal(loopbackBytes(text), undefined, text);
  }
});
