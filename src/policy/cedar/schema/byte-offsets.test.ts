import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { utf16Offsets } from './byte-offsets.ts';

test('an offset in bytes is the offset of the same character in UTF-16 units', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const toUnits = utf16Offsets(text);
      let units = 0;
      for (const character of text) {
        const byte = new TextEncoder().encode(text.slice(0, units)).length;
        assert.equal(toUnits(byte), units);
        units += character.length;
      }
      assert.equal(toUnits(new TextEncoder().encode(text).length), text.length);
    }),
    { seed: 20260703 },
  );
});

test('an offset inside of a character is its beginning, one beyond the text its end', () => {
  const toUnits = utf16Offsets('aé😀b');
  assert.deepEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 99].map(toUnits), [0, 1, 1, 2, 2, 2, 2, 4, 5, 5]);
  assert.deepEqual([0, 2, 99].map(utf16Offsets('ab')), [0, 2, 2]);
});
