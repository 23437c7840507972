/** What `JSON.parse` mistakes is read right. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { hasEscapedName, parseJsonText } from './json-text.ts';

test('a name with an escape is read as it is, whatever names were read before', () => {
  const names = [String.raw`\\`, String.raw`\"`, String.raw`\n`, String.raw`\u0041`, String.raw`\/`, 'a', '__proto__'];
  const wanted = new Map(names.map((name) => [name, JSON.parse(`"${name}"`) as string]));
  for (const first of names) {
    for (const second of names) {
      for (const third of names) {
        const text = `{"a":1,"${first}":{"q":1,"${second}":{"q":1,"${third}":3}}}`;
        let value: unknown = parseJsonText(text);
        for (const name of [first, second, third]) {
          assert.ok(typeof value === 'object' && value !== null);
          assert.ok(Object.hasOwn(value, wanted.get(name) as string), text);
          value = (value as Record<string, unknown>)[wanted.get(name) as string];
        }
        assert.equal(value, 3);
      }
    }
  }
});

test('any value that was written is read back', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 5 }), (text) => {
      const written = JSON.stringify(parseJsonText(text));
      // Through text alone, as no object is compared with another one.
      assert.deepEqual(JSON.stringify(parseJsonText(written)), written);
    }),
  );
  fc.assert(
    fc.property(
      fc.dictionary(fc.string({ unit: fc.constantFrom('"', '\\', 'n', 'u', '\n', 'é') }), fc.double()),
      (given) => {
        const { ...object } = given;
        const text = JSON.stringify(object);
        assert.deepEqual(Object.keys(parseJsonText(text) as object).sort(), Object.keys(object).sort());
        assert.equal(JSON.stringify(parseJsonText(text)), text);
      },
    ),
  );
});

test('what is no JSON throws, and escapes of values are none of names', () => {
  for (const text of ['', '{', String.raw`{"\u0041":}`, String.raw`{"\x":1}`, '{"a":1,}']) {
    assert.throws(() => parseJsonText(text), SyntaxError, text);
  }
  assert.equal(hasEscapedName(String.raw`{"a":"\"","b":["\\"]}`), false);
  assert.equal(hasEscapedName(String.raw`{"a":"x","\u0062" : 1}`), true);
  assert.equal(hasEscapedName(String.raw`["\\", {"b": 1}]`), false);
});
