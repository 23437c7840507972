import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { Duplex } from 'node:stream';
import { test } from 'node:test';

import fc from 'fast-check';

import { BodyReader } from './http1-body.ts';
import { type ReadHead, readRequestHead, type RequestHead } from './http1-head.ts';
import { MAX_HEAD_BYTES, MAX_HEAD_FIELDS } from './limits.ts';

function read(text: string): ReadHead<RequestHead> {
  return readRequestHead(Buffer.from(text, 'latin1'), 0);
}

function headOf(text: string): RequestHead {
  const result = read(text);
  assert.ok(result.kind === 'head', JSON.stringify(result));
  return result.head;
}

function codeOf(text: string): string {
  const result = read(text);
  return result.kind === 'bad' ? result.problem.code : result.kind;
}

const HOST = 'Host: a.test\r\n';

test('what decides is read: method, path without query, host, framing', () => {
  const text = `POST /a/b?c=d HTTP/1.1\r\nHOST: A.test:81\r\ncontent-LENGTH:  12 \r\nTraceparent: 00-a-b-01\r\n\r\n`;
  const head = headOf(`${text}body`);
  assert.equal(head.method, 'POST');
  assert.equal(head.path, '/a/b');
  assert.equal(head.host, 'a.test:81');
  assert.deepEqual(head.framing, { kind: 'length', bytes: 12 });
  assert.equal(head.traceparent, '00-a-b-01');
  assert.equal(head.keepAlive, true);
  assert.equal(head.length, text.length);
});

test('the forms of a target', () => {
  assert.equal(headOf(`GET http://A.test/x?y HTTP/1.1\r\n${HOST}\r\n`).path, '/x');
  assert.equal(headOf(`GET http://a.test HTTP/1.1\r\n${HOST}\r\n`).path, '/');
  assert.equal(headOf(`GET http://a.test?q HTTP/1.1\r\n${HOST}\r\n`).path, '/');
  assert.equal(headOf(`OPTIONS * HTTP/1.1\r\n${HOST}\r\n`).path, '*');
  assert.equal(headOf(`GET /x HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n`).host, '[::1]:8080');
});

test('a connection is kept as the version and the connection field say', () => {
  assert.equal(headOf(`GET / HTTP/1.1\r\n${HOST}Connection: Close\r\n\r\n`).keepAlive, false);
  assert.equal(headOf(`GET / HTTP/1.0\r\n${HOST}\r\n`).keepAlive, false);
  assert.equal(headOf(`GET / HTTP/1.0\r\n${HOST}Connection: keep-alive\r\n\r\n`).keepAlive, true);
  assert.equal(
    headOf(`GET / HTTP/1.1\r\n${HOST}Connection: a, Upgrade\r\nUpgrade: WebSocket\r\n\r\n`).upgrade,
    'websocket',
  );
  assert.equal(headOf(`GET / HTTP/1.1\r\n${HOST}Upgrade: websocket\r\n\r\n`).upgrade, undefined);
});

/** Each is a way to make two readers see two different requests, or none. */
const REFUSED: readonly (readonly [code: string, head: string])[] = [
  ['proxy/two-lengths', `POST / HTTP/1.1\r\n${HOST}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n`],
  ['proxy/repeated-field', `POST / HTTP/1.1\r\n${HOST}Content-Length: 4\r\nContent-Length: 5\r\n\r\n`],
  ['proxy/repeated-field', `POST / HTTP/1.1\r\n${HOST}Content-Length: 4\r\nContent-Length: 4\r\n\r\n`],
  ['proxy/bad-content-length', `POST / HTTP/1.1\r\n${HOST}Content-Length: 4, 4\r\n\r\n`],
  ['proxy/bad-content-length', `POST / HTTP/1.1\r\n${HOST}Content-Length: +4\r\n\r\n`],
  ['proxy/bad-content-length', `POST / HTTP/1.1\r\n${HOST}Content-Length: -0\r\n\r\n`],
  ['proxy/bad-content-length', `POST / HTTP/1.1\r\n${HOST}Content-Length: 0x4\r\n\r\n`],
  ['proxy/bad-content-length', `POST / HTTP/1.1\r\n${HOST}Content-Length: 4 4\r\n\r\n`],
  ['proxy/bad-content-length', `POST / HTTP/1.1\r\n${HOST}Content-Length:\r\n\r\n`],
  ['proxy/bad-content-length', `POST / HTTP/1.1\r\n${HOST}Content-Length: 9999999999999999\r\n\r\n`],
  ['proxy/bad-transfer-encoding', `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: gzip, chunked\r\n\r\n`],
  ['proxy/bad-transfer-encoding', `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: identity\r\n\r\n`],
  ['proxy/bad-transfer-encoding', `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: xchunked\r\n\r\n`],
  ['proxy/bad-transfer-encoding', `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked;q=1\r\n\r\n`],
  ['proxy/bad-transfer-encoding', `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding:\r\n\r\n`],
  ['proxy/bad-transfer-encoding', `POST / HTTP/1.0\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n`],
  [
    'proxy/repeated-field',
    `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n`,
  ],
  ['proxy/bad-field-value', `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: \x0bchunked\r\n\r\n`],
  ['proxy/lookalike-field', `POST / HTTP/1.1\r\n${HOST}Transfer_Encoding: chunked\r\n\r\n`],
  ['proxy/lookalike-field', `POST / HTTP/1.1\r\n${HOST}CONTENT_LENGTH: 4\r\n\r\n`],
  ['proxy/folded-line', `GET / HTTP/1.1\r\n${HOST}X: a\r\n b\r\n\r\n`],
  ['proxy/folded-line', `GET / HTTP/1.1\r\n X: a\r\n${HOST}\r\n`],
  ['proxy/space-before-colon', `POST / HTTP/1.1\r\n${HOST}Content-Length : 4\r\n\r\n`],
  ['proxy/bad-field-name', `GET / HTTP/1.1\r\n${HOST}: x\r\n\r\n`],
  ['proxy/bad-field-name', `GET / HTTP/1.1\r\n${HOST}nocolon\r\n\r\n`],
  ['proxy/bad-field-name', `GET / HTTP/1.1\r\n${HOST}Content-Length\x00: 4\r\n\r\n`],
  ['proxy/bad-field-value', `GET / HTTP/1.1\r\n${HOST}X: a\x00b\r\n\r\n`],
  ['proxy/bad-field-value', `GET / HTTP/1.1\r\n${HOST}X: a\rContent-Length: 4\r\n\r\n`],
  ['proxy/bad-field-value', `GET / HTTP/1.1\r\n${HOST}X: a\x7fb\r\n\r\n`],
  ['proxy/bare-line-feed', `GET / HTTP/1.1\r\n${HOST}X: a\nContent-Length: 4\r\n\r\n`],
  ['proxy/bare-line-feed', `GET / HTTP/1.1\nHost: a.test\n\n`],
  ['proxy/bare-line-feed', `\nGET / HTTP/1.1\r\n${HOST}\r\n`],
  ['proxy/no-host', `GET / HTTP/1.1\r\n\r\n`],
  ['proxy/no-host', `GET / HTTP/1.0\r\n\r\n`],
  ['proxy/repeated-field', `GET / HTTP/1.1\r\n${HOST}${HOST}\r\n`],
  ['proxy/repeated-field', `GET / HTTP/1.1\r\n${HOST}Host: b.test\r\n\r\n`],
  ['proxy/bad-host', `GET / HTTP/1.1\r\nHost:\r\n\r\n`],
  ['proxy/bad-host', `GET / HTTP/1.1\r\nHost: a.test/x\r\n\r\n`],
  ['proxy/bad-host', `GET / HTTP/1.1\r\nHost: a.test, b.test\r\n\r\n`],
  ['proxy/bad-host', `GET / HTTP/1.1\r\nHost: me@a.test\r\n\r\n`],
  ['proxy/host-mismatch', `GET http://b.test/ HTTP/1.1\r\n${HOST}\r\n`],
  ['proxy/host-mismatch', `GET http://a.test@b.test/ HTTP/1.1\r\n${HOST}\r\n`],
  ['proxy/host-mismatch', `GET http://a.test:80/ HTTP/1.1\r\n${HOST}\r\n`],
  ['proxy/bad-target', `GET a.test HTTP/1.1\r\n${HOST}\r\n`],
  ['proxy/bad-target', `GET * HTTP/1.1\r\n${HOST}\r\n`],
  ['proxy/bad-target', `GET ftp://a.test/ HTTP/1.1\r\n${HOST}\r\n`],
  ['proxy/tunnel', `CONNECT a.test:443 HTTP/1.1\r\n${HOST}\r\n`],
  ['proxy/tunnel', `connect a.test:443 HTTP/1.1\r\n${HOST}\r\n`],
  ['proxy/bad-connection', `POST / HTTP/1.1\r\n${HOST}Connection: close, Content-Length\r\nContent-Length: 4\r\n\r\n`],
  ['proxy/bad-request-line', `GET  / HTTP/1.1\r\n${HOST}\r\n`],
  ['proxy/bad-request-line', `GET /a b HTTP/1.1\r\n${HOST}\r\n`],
  ['proxy/bad-request-line', `GET\t/ HTTP/1.1\r\n${HOST}\r\n`],
  ['proxy/bad-request-line', `GET / HTTP/1.1 \r\n${HOST}\r\n`],
  ['proxy/bad-request-line', `GET /\x80 HTTP/1.1\r\n${HOST}\r\n`],
  ['proxy/bad-request-line', `GET /\r\n${HOST}\r\n`],
  ['proxy/bad-request-line', `\r\n${HOST}\r\n`],
  ['proxy/bad-version', `GET / HTTP/2.0\r\n${HOST}\r\n`],
  ['proxy/bad-version', `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n`],
  ['proxy/bad-version', `GET / http/1.1\r\n${HOST}\r\n`],
  ['proxy/ambiguous-path', `GET /a/../b HTTP/1.1\r\n${HOST}\r\n`],
  ['proxy/ambiguous-path', `GET /a/%2E%2e/b HTTP/1.1\r\n${HOST}\r\n`],
  ['proxy/ambiguous-path', `GET /.;x/b HTTP/1.1\r\n${HOST}\r\n`],
  ['proxy/ambiguous-path', `GET /a\\b HTTP/1.1\r\n${HOST}\r\n`],
  ['proxy/ambiguous-path', `GET /a%zz HTTP/1.1\r\n${HOST}\r\n`],
  ['proxy/ambiguous-path', `GET /a%0 HTTP/1.1\r\n${HOST}\r\n`],
  ['proxy/ambiguous-path', `GET /a%00 HTTP/1.1\r\n${HOST}\r\n`],
  ['proxy/ambiguous-path', `GET /a#b HTTP/1.1\r\n${HOST}\r\n`],
  ['proxy/too-many-fields', `GET / HTTP/1.1\r\n${HOST}${'X: y\r\n'.repeat(MAX_HEAD_FIELDS)}\r\n`],
  ['proxy/head-too-large', `GET / HTTP/1.1\r\n${HOST}X: ${'y'.repeat(MAX_HEAD_BYTES)}\r\n\r\n`],
];

test('whatever two readers could read in two ways is refused', () => {
  for (const [code, head] of REFUSED) assert.equal(codeOf(head), code, JSON.stringify(head.slice(0, 120)));
});

test('a refusal quotes nothing of the fields, which may hold credentials', () => {
  const secret = 'Basic c2VjcmV0';
  for (const bad of ['\x00', '\x7f', '\r']) {
    const result = read(`GET / HTTP/1.1\r\n${HOST}Authorization: ${secret}${bad}\r\n\r\n`);
    assert.ok(result.kind === 'bad' && !result.problem.message.includes('c2Vj'));
  }
});

test('one path has one spelling', () => {
  const pathOf = (path: string): string => headOf(`GET ${path} HTTP/1.1\r\n${HOST}\r\n`).path;
  assert.equal(pathOf('/%61dmin/%7Euser'), '/admin/~user');
  assert.equal(pathOf('/a%2fb%5c'), '/a%2Fb%5C');
  assert.equal(pathOf('//a//b/'), '//a//b/');
  assert.equal(pathOf('/.well-known/x'), '/.well-known/x');
  assert.equal(pathOf('/a/...'), '/a/...');
  assert.equal(pathOf('/a;b=..'), '/a;b=..');
});

/** Reads piece by piece, as it arrives. */
function readInPieces(bytes: Buffer, cuts: readonly number[]): ReadHead<RequestHead> {
  const ends = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  let searched = 0;
  for (const end of [...ends, bytes.length]) {
    const result = readRequestHead(bytes.subarray(0, end), searched);
    if (result.kind !== 'incomplete') return result;
    searched = end;
  }
  return { kind: 'incomplete' };
}

const name = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('X-A', 'Accept', 'Connection', 'Cookie', 'x_y', 'Content-Length') },
  { weight: 2, arbitrary: fc.constantFrom('Transfer-Encoding', 'Transfer-Encoding', 'Host') },
);
const value = fc.oneof(
  fc.constantFrom('chunked', '0', '5', 'a.test', 'close', 'gzip, chunked', '', ' 5', '\t', 'é'),
  fc.string({ maxLength: 20 }),
);
const line = fc.tuple(name, fc.constantFrom(': ', ':', ' : ', ':\t'), value).map((parts) => parts.join(''));
const ending = fc.constantFrom('\r\n', '\r\n', '\r\n', '\r\n', '\r\n', '\n', '\r', '\r\n ');
const target = fc.oneof(
  fc.constantFrom('/', '/a?b', '*', 'http://a.test/x', '/%41', '/a/../b', 'x'),
  fc.webPath().map((path) => `/${path}`),
);
const requestText = fc
  .tuple(
    fc.constantFrom('GET', 'POST', 'PUT', 'HEAD', 'OPTIONS', 'DELETE'),
    target,
    fc.constantFrom('HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0', 'HTTP/1.2'),
    fc.array(fc.tuple(line, ending), { maxLength: 5 }),
    fc.oneof(
      fc.constantFrom('', 'hello', '5\r\nhello\r\n0\r\n\r\n', '0\r\n\r\n', '5;x=y\r\nhello\r\n0\r\nT: v\r\n\r\n'),
      fc.string({ maxLength: 30 }),
    ),
  )
  .map(([method, path, version, lines, body]) => {
    const fields = lines.map(([text, end]) => text + end).join('');
    return `${method} ${path} ${version}\r\nHost: a.test\r\n${fields}\r\n${body}`;
  });
/** Well-formed, with a body of either framing or of none. */
const wellFormed = fc
  .tuple(
    fc.constantFrom('GET', 'POST', 'PUT', 'DELETE'),
    fc.webPath().map((path) => `/${path}`),
    fc.array(
      fc.tuple(
        fc.constantFrom('X-A', 'accept', 'COOKIE'),
        fc.constantFrom(':', ': ', ':\t '),
        fc.stringMatching(/^[!-~]{0,12}$/u),
      ),
      { maxLength: 6 },
    ),
    fc.constantFrom('none', 'length', 'chunked'),
    fc.stringMatching(/^[ -~\r\n]{1,40}$/u),
  )
  .map(([method, path, fields, framing, data]) => {
    const head = `${method} ${path} HTTP/1.1\r\nHost: a.test\r\n${fields.map((field) => `${field.join('')}\r\n`).join('')}`;
    if (framing === 'none') return `${head}\r\n`;
    if (framing === 'length') return `${head}Content-Length: ${data.length}\r\n\r\n${data}`;
    return `${head}Transfer-Encoding: chunked\r\n\r\n${data.length.toString(16)}\r\n${data}\r\n0\r\n\r\n`;
  });
/** Mostly well-formed, with a byte put in or taken out here and there. */
const mutated = fc
  .tuple(
    requestText,
    fc.array(fc.tuple(fc.nat(), fc.constantFrom('', '\r', '\n', ' ', '\x00', ':', '\r\n', '0')), { maxLength: 2 }),
  )
  .map(([text, edits]) =>
    edits.reduce(
      (so, [at, put]) => so.slice(0, at % so.length) + put + so.slice((at % so.length) + (put === '' ? 1 : 0)),
      text,
    ),
  );
const anything = fc.oneof(
  mutated.map((text) => Buffer.from(text, 'latin1')),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
);

test('the parser never throws, and never reads beyond what it was given', () => {
  fc.assert(
    fc.property(anything, (bytes) => {
      const result = readRequestHead(bytes, 0);
      if (result.kind === 'head') assert.ok(result.head.length <= bytes.length && result.head.length > 0);
    }),
    { numRuns: 2000 },
  );
});

test('where the stream is cut changes nothing', () => {
  fc.assert(
    fc.property(anything, fc.array(fc.nat(), { maxLength: 12 }), (bytes, cuts) => {
      assert.deepEqual(readInPieces(bytes, cuts), readRequestHead(bytes, 0));
    }),
    { numRuns: 2000 },
  );
});

type Seen = { readonly method: string; readonly url: string; readonly body: string };

/** What Node's own parser (llhttp) makes of the bytes. */
async function seenByNode(bytes: Buffer): Promise<{ readonly seen: readonly Seen[]; readonly refused: boolean }> {
  const seen: Seen[] = [];
  let refused = false;
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString('latin1')));
    request.on('end', () => {
      seen.push({ method: request.method ?? '', url: request.url ?? '', body });
      response.end();
    });
  });
  await new Promise<void>((resolve) => {
    const socket = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
    server.on('clientError', () => {
      refused = true;
      resolve();
    });
    socket.on('close', resolve).on('finish', resolve);
    server.emit('connection', socket);
    socket.push(bytes);
    socket.push(null);
  });
  return { seen, refused };
}

const SENTINEL = Buffer.from('GET /sentinel HTTP/1.1\r\nHost: sentinel.test\r\nConnection: close\r\n\r\n');

test('what is forwarded as one request is one request for llhttp too', { timeout: 120_000 }, async () => {
  let accepted = 0;
  let compared = 0;
  await fc.assert(
    fc.asyncProperty(fc.oneof(mutated, wellFormed), async (text) => {
      const bytes = Buffer.from(text, 'latin1');
      const result = readRequestHead(bytes, 0);
      if (result.kind !== 'head' || !result.head.keepAlive) return;
      const body = new BodyReader(result.head.framing);
      const end = body.take(bytes, result.head.length);
      if (typeof end !== 'number' || !body.done) return;
      accepted += 1;
      const { seen, refused } = await seenByNode(Buffer.concat([bytes.subarray(0, end), SENTINEL]));
      // llhttp may refuse more than this parser does; it must not see other requests than were decided on.
      if (refused) return assert.ok(seen.length <= 1);
      compared += 1;
      assert.equal(seen.length, 2, `${seen.length} requests in ${JSON.stringify(text)}`);
      assert.equal(seen[0]?.method, result.head.method);
      if (result.head.framing.kind !== 'chunked') {
        assert.equal(seen[0]?.body, bytes.toString('latin1', result.head.length, end));
      }
      assert.equal(seen[1]?.url, '/sentinel');
    }),
    { numRuns: 2000 },
  );
  assert.ok(accepted > 500 && compared > 500, `only ${accepted} were accepted and ${compared} compared`);
});
