/** Which kinds and names can be written, and where the names with a prefix lie. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { checkKey, MAX_KIND_BYTES, MAX_NAME_BYTES, printable, rangeOfPrefix } from './record-key.ts';

/** Any UTF-16, halves of surrogate pairs included. */
const utf16 = fc.array(fc.nat(0xff_ff), { maxLength: 200 }).map((units) => String.fromCharCode(...units));

const bytesOf = (text: string): Buffer => Buffer.from(text, 'utf8');

test('any well-formed name within the limit is a key, and only such', () => {
  const text = fc.string({ unit: 'binary', maxLength: 40 });
  fc.assert(
    fc.property(fc.oneof(text, utf16), (name) => {
      const wanted = name !== '' && name.isWellFormed() && !name.includes('\0');
      assert.equal(checkKey('thing', name).ok, wanted);
    }),
  );
  assert.ok(checkKey('thing', 'x'.repeat(MAX_NAME_BYTES)).ok);
  assert.ok(!checkKey('thing', 'x'.repeat(MAX_NAME_BYTES + 1)).ok);
  assert.ok(!checkKey('thing', '€'.repeat(Math.ceil((MAX_NAME_BYTES + 1) / 3))).ok, 'bytes count, not characters');
});

test('a kind is a word of a programmer', () => {
  for (const kind of ['policy', 'AuthorizationPolicy', 'mesh/policy.v1', 'a_b-c', 'k'.repeat(MAX_KIND_BYTES)]) {
    assert.ok(checkKey(kind, 'a').ok, kind);
  }
  for (const kind of ['', '1st', '-a', 'a b', 'a\n', 'é', 'a\0', 'k'.repeat(MAX_KIND_BYTES + 1)]) {
    assert.ok(!checkKey(kind, 'a').ok, JSON.stringify(kind));
  }
});

test('the range of a prefix holds exactly the names that begin with it, in the order of bytes', () => {
  const edges = fc.constantFrom(
    '\u{d7ff}',
    '\u{e000}',
    '\u{ffff}',
    '\u{10000}',
    '\u{10ffff}',
    'a',
    'b',
    '\u{7f}',
    '\u{80}',
  );
  const text = fc.string({
    unit: fc.oneof(edges, fc.string({ unit: 'binary', minLength: 1, maxLength: 1 })),
    maxLength: 4,
  });
  fc.assert(
    fc.property(text, text, fc.boolean(), (prefix, other, extend) => {
      const name = extend ? prefix + other : other;
      const range = rangeOfPrefix(prefix);
      assert.equal(range === undefined, prefix.includes('\0'));
      if (range === undefined || name.includes('\0')) return;
      const afterStart = Buffer.compare(bytesOf(name), bytesOf(range.from)) >= 0;
      const beforeEnd = range.to === undefined || Buffer.compare(bytesOf(name), bytesOf(range.to)) < 0;
      assert.equal(afterStart && beforeEnd, name.startsWith(prefix));
    }),
    { numRuns: 2000 },
  );
});

test('a prefix that no name can have has no range', () => {
  for (const prefix of ['\0', 'a\0', '\ud800', 'a\udfff']) assert.equal(rangeOfPrefix(prefix), undefined);
});

test('what is printed is short and has no control characters', () => {
  fc.assert(
    fc.property(utf16, (text) => {
      const shown = printable(text);
      assert.ok(shown.length <= 65 && shown.isWellFormed() && !/\p{Cc}/u.test(shown));
    }),
  );
});
