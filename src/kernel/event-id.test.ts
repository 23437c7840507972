/** Event ids: what is written is read back, and order of ids is order of time. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';

import fc from 'fast-check';

import { makeEventId, parseEventId, timeOfEventId } from './event-id.ts';

const time = fc.integer({ min: 0, max: 32 ** 9 - 1 });

test('an id keeps its time and reads back in every spelling a person may use', () => {
  fc.assert(
    fc.property(time, (now) => {
      const id = makeEventId(now, randomBytes);
      assert.equal(id.length, 16);
      assert.equal(timeOfEventId(id), now);
      const spoken = id.toUpperCase().replaceAll('0', 'O').replaceAll('1', 'I');
      for (const text of [id, spoken, `${id.slice(0, 4)}-${id.slice(4)}`]) {
        assert.deepEqual(parseEventId(text), { ok: true, value: id });
      }
    }),
  );
});

test('ids sort as their times do', () => {
  fc.assert(
    fc.property(time, time, (a, b) => {
      if (a !== b) assert.equal(makeEventId(a, randomBytes) < makeEventId(b, randomBytes), a < b);
    }),
  );
});

test('what is not an id is refused, whatever it is', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const result = parseEventId(text);
      if (result.ok) assert.match(result.value, /^[0-9a-hjkmnp-tv-z]{16}$/u);
      else assert.equal(result.problem.code, 'event-id/bad');
    }),
  );
});
