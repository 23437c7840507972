/** Base 64 against the engine's own, and the places of its errors. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { decodeBase64, decodeBase64Url, encodeBase64 } from './base64.ts';

test('bytes come back, and are written as the engine writes them', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      assert.equal(encodeBase64(bytes, 'standard'), Buffer.from(bytes).toString('base64'));
      assert.equal(encodeBase64(bytes, 'url', false), Buffer.from(bytes).toString('base64url'));
      assert.deepEqual(decodeBase64(encodeBase64(bytes, 'standard'), 'standard'), bytes);
      assert.deepEqual(decodeBase64Url(encodeBase64(bytes, 'url', false)), bytes);
    }),
  );
});

test('an error names the byte that Go names', () => {
  const cases: readonly (readonly [string, number])[] = [
    ['A', 0],
    ['AAAAA', 4],
    ['AA', 0],
    ['AA=', 3],
    ['A=', 1],
    ['AA=A', 2],
    ['AA==A', 4],
    ['AAA=A', 4],
    ['AA-A', 2],
    ['AAé', 2],
  ];
  for (const [text, at] of cases) {
    assert.equal(decodeBase64(text, 'standard'), `illegal base64 data at input byte ${at}`, text);
  }
  assert.equal(decodeBase64Url('A'), 'illegal base64url string: A');
});

test('no text is too much', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      decodeBase64(text, 'standard', false);
      decodeBase64Url(text);
    }),
  );
});
