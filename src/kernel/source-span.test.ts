/** Excerpts: the caret stands below what the span names. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { excerpt, formatSpan } from './source-span.ts';

const text = 'first\n\tmethods: [DELETE]\nlast';

test('carets stand below the span, tabs kept', () => {
  const span = { file: 'a.yaml', line: 2, column: 12, endLine: 2, endColumn: 18 };
  assert.equal(formatSpan(span), 'a.yaml:2:12');
  assert.equal(excerpt(text, span), `2 | \tmethods: [DELETE]\n  | \t          ^^^^^^`);
});

test('a span over several lines is marked to the end of its first', () => {
  assert.equal(excerpt(text, { file: 'a', line: 1, column: 3, endLine: 3, endColumn: 2 }), '1 | first\n  |   ^^^');
});

test('a span outside the text gives nothing, not an error', () => {
  assert.equal(excerpt(text, { file: 'a', line: 9, column: 1, endLine: 9, endColumn: 1 }), '');
});
