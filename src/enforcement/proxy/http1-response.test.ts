import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import type { ReadHead } from './http1-head.ts';
import { readResponseHead, type ResponseHead } from './http1-response.ts';

function read(text: string, method: string = 'GET'): ReadHead<ResponseHead> {
  return readResponseHead(Buffer.from(text, 'latin1'), 0, method);
}

function framing(text: string, method?: string): string {
  const result = read(text, method);
  return result.kind === 'head' ? result.head.framing.kind : result.kind;
}

test('the end of a response is known from its status, its method and its fields', () => {
  assert.equal(framing('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n'), 'length');
  assert.equal(framing('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'), 'chunked');
  assert.equal(framing('HTTP/1.1 200\r\n\r\n'), 'until-close');
  assert.equal(framing('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n', 'HEAD'), 'none');
  assert.equal(framing('HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n'), 'none');
  assert.equal(framing('HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n'), 'none');
  assert.equal(framing('HTTP/1.1 103 Early Hints\r\n\r\n'), 'none');
});

test('a connection to the app is kept only when both its end and its will are known', () => {
  const keepAlive = (text: string): boolean => {
    const result = read(text);
    return result.kind === 'head' && result.head.keepAlive;
  };
  assert.equal(keepAlive('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n'), true);
  assert.equal(keepAlive('HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\n'), false);
  assert.equal(keepAlive('HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n'), false);
  assert.equal(keepAlive('HTTP/1.1 200 OK\r\n\r\n'), false);
});

test('a response that two readers could end in two places is refused', () => {
  const bad = [
    'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n',
    'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n',
    'HTTP/1.1 200 OK\nContent-Length: 5\n\n',
    'HTTP/1.1 20 OK\r\n\r\n',
    'HTTP/1.1 2000 OK\r\n\r\n',
    'HTTP/2.0 200 OK\r\n\r\n',
    'ICY 200 OK\r\n\r\n',
    'SSH-2.0-x\r\n\r\n',
    'HTTP/1.1 200 O\x00K\r\n\r\n',
  ];
  for (const text of bad) assert.equal(read(text).kind, 'bad', JSON.stringify(text));
});

test('the parser never throws, and where the stream is cut changes nothing', () => {
  const head = fc
    .tuple(
      fc.constantFrom('HTTP/1.1 200 OK', 'HTTP/1.0 404', 'HTTP/1.1 100 Continue', 'HTTP/1.1  200', 'x'),
      fc.array(
        fc.constantFrom('A: b', 'Content-Length: 3', 'Transfer-Encoding: chunked', 'Connection: close', ' x', ''),
      ),
    )
    .map(([status, lines]) => Buffer.from(`${[status, ...lines].join('\r\n')}\r\n\r\nbody`));
  fc.assert(
    fc.property(
      fc.oneof(
        head,
        fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
      ),
      fc.nat(),
      (bytes, cut) => {
        const whole = readResponseHead(bytes, 0, 'GET');
        const at = cut % (bytes.length + 1);
        const first = readResponseHead(bytes.subarray(0, at), 0, 'GET');
        assert.deepEqual(first.kind === 'incomplete' ? readResponseHead(bytes, at, 'GET') : first, whole);
      },
    ),
    { numRuns: 1000 },
  );
});
