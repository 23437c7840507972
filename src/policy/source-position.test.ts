/** Places: lines and columns count from 1, in UTF-16 units, and spans of one source are found fast. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { SourceText, sourceSpan } from './source-position.ts';

test('an offset is the line and the column that counting gives', () => {
  const texts = fc.string({ unit: fc.constantFrom('a', '\n', '\r\n', 'é', '\u{1f600}') });
  fc.assert(
    fc.property(texts, fc.nat(), fc.nat(), (text, one, other) => {
      const [start = 0, end = 0] = [one, other].map((offset) => offset % (text.length + 1)).toSorted((a, b) => a - b);
      const before = text.slice(0, start).split('\n');
      const beforeEnd = text.slice(0, end).split('\n');
      const wanted = {
        file: 'a.cedar',
        line: before.length,
        column: (before.at(-1)?.length ?? 0) + 1,
        endLine: beforeEnd.length,
        endColumn: (beforeEnd.at(-1)?.length ?? 0) + 1,
      };
      assert.deepEqual(sourceSpan(new SourceText('a.cedar', text), { start, end }), wanted);
      assert.deepEqual(sourceSpan({ file: 'a.cedar', text }, { start, end }), wanted);
    }),
  );
});

test('an offset beyond the text is its end', () => {
  const span = sourceSpan({ file: 'a', text: 'a\nbc' }, { start: -5, end: 99 });
  assert.deepEqual(span, { file: 'a', line: 1, column: 1, endLine: 2, endColumn: 3 });
});
