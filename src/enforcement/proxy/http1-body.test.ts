import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { BodyReader, CHUNKED } from './http1-body.ts';
import type { Malformed } from './http1-fields.ts';
import { MAX_CHUNK_LINE_BYTES, MAX_TRAILER_BYTES } from './limits.ts';

function take(text: string): { readonly end: number | Malformed; readonly done: boolean } {
  const body = new BodyReader(CHUNKED);
  const end = body.take(Buffer.from(text, 'latin1'), 0);
  return { end, done: body.done };
}

test('a chunked body ends behind its trailers, and what follows is not of it', () => {
  for (const body of ['0\r\n\r\n', '5\r\nhello\r\n0\r\n\r\n', 'A;x="y"\r\n0123456789\r\n000\r\nT: v\r\nU: w\r\n\r\n']) {
    assert.deepEqual(take(`${body}GET / HTTP/1.1\r\n`), { end: body.length, done: true }, body);
  }
});

test('a chunked body that two readers could end in two places is malformed', () => {
  const bad = [
    '5\nhello\r\n0\r\n\r\n',
    '5\r\nhello0\r\n\r\n',
    '5\r\nhello\n0\r\n\r\n',
    '5 \r\nhello\r\n0\r\n\r\n',
    ' 5\r\nhello\r\n',
    '+5\r\nhello\r\n',
    '0x5\r\nhello\r\n',
    '\r\n',
    ';x\r\n',
    '5;a\rb\r\nhello',
    '5;a\nb\r\nhello',
    '00000000000005\r\nhello\r\n',
    '0\r\n X: folded\r\n\r\n',
    '0\r\nno colon\r\n\r\n',
    '0\r\nX: a\nY: b\r\n\r\n',
    '0\r\n\rx',
    `5;${'x'.repeat(MAX_CHUNK_LINE_BYTES + 1)}\r\n`,
    `0\r\n${'X: yyyyyyyy\r\n'.repeat(MAX_TRAILER_BYTES / 10)}\r\n`,
  ];
  for (const body of bad) assert.equal(typeof take(body).end, 'object', JSON.stringify(body.slice(0, 60)));
});

test('a body with a length takes that many bytes', () => {
  const body = new BodyReader({ kind: 'length', bytes: 7 });
  assert.equal(body.take(Buffer.from('abcd'), 0), 4);
  assert.equal(body.done, false);
  assert.equal(body.take(Buffer.from('efghi'), 0), 3);
  assert.equal(body.done, true);
});

const chunk = fc.tuple(fc.string({ minLength: 1, maxLength: 40 }), fc.constantFrom('', ';x', ';x=y;z="q"'));
const wellFormed = fc
  .tuple(fc.array(chunk, { maxLength: 6 }), fc.constantFrom('', 'T: v\r\n', 'A: b\r\nC:\r\n'))
  .map(([chunks, trailers]) => {
    const data = chunks.map(([text, extension]) => {
      const bytes = Buffer.from(text);
      return `${bytes.length.toString(16)}${extension}\r\n${bytes.toString('latin1')}\r\n`;
    });
    return `${data.join('')}0\r\n${trailers}\r\n`;
  });

test('every well-formed body is taken whole, wherever the stream is cut', () => {
  fc.assert(
    fc.property(wellFormed, fc.array(fc.nat(), { maxLength: 10 }), fc.string({ maxLength: 10 }), (text, cuts, more) => {
      const bytes = Buffer.from(text + more, 'latin1');
      const ends = [...new Set(cuts.map((cut) => cut % text.length))].sort((a, b) => a - b);
      const body = new BodyReader(CHUNKED);
      let start = 0;
      for (const end of ends) {
        assert.equal(body.take(bytes.subarray(start, end), 0), end - start);
        assert.equal(body.done, false);
        start = end;
      }
      assert.equal(body.take(bytes.subarray(start), 0), text.length - start);
      assert.equal(body.done, true);
    }),
  );
});

test('whatever the bytes, nothing is thrown, and the cut changes nothing', () => {
  const noise = fc.oneof(
    fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
    fc.tuple(wellFormed, fc.nat(), fc.constantFrom('\r', '\n', ' ', '0', ';')).map(([text, at, put]) => {
      const where = at % text.length;
      return Buffer.from(text.slice(0, where) + put + text.slice(where), 'latin1');
    }),
  );
  fc.assert(
    fc.property(noise, fc.nat(), (bytes, cut) => {
      const [whole, parts] = [new BodyReader(CHUNKED), new BodyReader(CHUNKED)];
      const once = whole.take(bytes, 0);
      const at = cut % (bytes.length + 1);
      const first = parts.take(bytes.subarray(0, at), 0);
      if (typeof first === 'object' || first < at) return assert.deepEqual(once, first);
      const second = parts.take(bytes.subarray(at), 0);
      assert.deepEqual(typeof second === 'object' ? second : second + at, once);
      return assert.equal(parts.done, whole.done);
    }),
    { numRuns: 2000 },
  );
});
