import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { Agent, request as sendRequest } from 'node:http';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import type { AccessRequest } from '../../kernel/access-request.ts';
import { MAX_DRAIN_BYTES } from './limits.ts';
import { startHttpApp } from './testing/http-app.ts';
import { callPlain, callTls, CLIENT, issue, readAll, readUntil, startMesh, startRawApp } from './testing/mesh.ts';

const TIMEOUT = { timeout: 30_000 };

function get(path: string, more: string = ''): string {
  return `GET ${path} HTTP/1.1\r\nHost: a.test\r\n${more}\r\n`;
}

/** Everything but what names `/no`. */
function notNo({ action }: AccessRequest): boolean {
  return action.properties?.['path'] !== '/no';
}

function statuses(text: string): string[] {
  return [...text.matchAll(/HTTP\/1\.1 (\d{3})/gu)].map((match) => match[1] ?? '');
}

test('requests sent ahead are decided on one by one and answered in order', TIMEOUT, async () => {
  await using app = await startHttpApp();
  await using mesh = await startMesh({ appPort: app.port, rule: notNo });
  const socket = await callPlain(mesh.proxy.address.port);
  const post = 'POST /b HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n';
  socket.write(get('/a') + get('/no') + post + get('/no') + get('/c', 'Connection: close\r\n'));
  const text = await readAll(socket);
  assert.deepEqual(statuses(text), ['200', '403', '200', '403', '200']);
  assert.deepEqual(
    [...text.matchAll(/(?:GET|POST) \/\w \d/gu)].map(([answer]) => answer),
    ['GET /a 0', 'POST /b 5', 'GET /c 0'],
  );
  assert.deepEqual(app.requests, ['GET /a', 'POST /b', 'GET /c']);
  assert.equal(mesh.ledger.events.filter(({ kind }) => kind === 'decision').length, 6);
});

test('bytes that arrive one at a time are the same requests', TIMEOUT, async () => {
  await using app = await startHttpApp();
  await using mesh = await startMesh({ appPort: app.port, rule: notNo });
  const socket = await callPlain(mesh.proxy.address.port);
  socket.setNoDelay(true);
  const text = readAll(socket);
  const post = 'POST /b HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n';
  for (const byte of Buffer.from(`${get('/a')}\r\n${post}${get('/no')}${get('/c', 'Connection: close\r\n')}`)) {
    socket.write(Uint8Array.of(byte));
    await setImmediate();
  }
  assert.deepEqual(statuses(await text), ['200', '200', '403', '200']);
  assert.deepEqual(app.requests, ['GET /a', 'POST /b', 'GET /c']);
});

test('what could be two requests is refused, recorded, and never reaches the app', TIMEOUT, async () => {
  await using app = await startRawApp((socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'));
  await using mesh = await startMesh({ appPort: app.port });
  const cases = [
    [
      'proxy/two-lengths',
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG',
    ],
    ['proxy/bad-transfer-encoding', 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: x\r\n\r\n'],
    ['proxy/repeated-field', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\nContent-Length: 0\r\n\r\nabcdef'],
    ['proxy/bare-line-feed', 'GET / HTTP/1.1\nHost: a\n\n'],
    ['proxy/bad-chunk', 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nG\x00'],
    ['proxy/tunnel', 'CONNECT b:443 HTTP/1.1\r\nHost: b:443\r\n\r\n'],
  ] as const;
  for (const [code, bytes] of cases) {
    const seen = mesh.ledger.events.length;
    const socket = await callPlain(mesh.proxy.address.port);
    socket.write(bytes, 'latin1');
    const text = await readAll(socket);
    const refused = await mesh.ledger.find('connection.refused', (event) => mesh.ledger.events.indexOf(event) >= seen);
    assert.equal(refused.data['code'], code);
    assert.match(text, /^HTTP\/1\.1 400 Bad Request\r\n/u);
    assert.ok(text.includes(`{"error":"bad_request","event_id":"${refused.id}"}`), text);
    socket.destroy();
  }
  assert.equal(app.sockets.length, 0);
});

test('a body that turns malformed ends the request for both sides', TIMEOUT, async () => {
  await using app = await startHttpApp();
  await using mesh = await startMesh({ appPort: app.port });
  const socket = await callPlain(mesh.proxy.address.port);
  socket.write('POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n');
  while (app.requests.length === 0) await setImmediate();
  socket.write('zz\r\n');
  assert.match(await readAll(socket), /^HTTP\/1\.1 400 /u);
  assert.equal((await mesh.ledger.find('connection.refused')).data['code'], 'proxy/bad-chunk');
});

test('responses without a body leave the connection in step', TIMEOUT, async () => {
  await using app = await startHttpApp((request, response) => {
    if (request.url !== '/204' && request.url !== '/304') return false;
    response.writeHead(Number(request.url.slice(1))).end();
    return true;
  });
  await using mesh = await startMesh({ appPort: app.port });
  const socket = await callPlain(mesh.proxy.address.port);
  socket.write(
    get('/204') + get('/304') + 'HEAD /h HTTP/1.1\r\nHost: a\r\n\r\n' + get('/last', 'Connection: close\r\n'),
  );
  assert.deepEqual(statuses(await readAll(socket)), ['204', '304', '200', '200']);
});

test('a refused HEAD gets no body, and what follows is in step', TIMEOUT, async () => {
  await using app = await startHttpApp();
  await using mesh = await startMesh({ appPort: app.port, rule: notNo });
  const socket = await callPlain(mesh.proxy.address.port);
  socket.write('HEAD /no HTTP/1.1\r\nHost: a\r\n\r\n' + get('/a', 'Connection: close\r\n'));
  const text = await readAll(socket);
  assert.deepEqual(statuses(text), ['403', '200']);
  assert.ok(!text.includes('access_denied'));
});

test('a response that ends with its connection is passed to its end', TIMEOUT, async () => {
  const body = 'x'.repeat(100_000);
  await using app = await startRawApp((socket) =>
    socket.once('data', () => socket.end(`HTTP/1.1 200 OK\r\n\r\n${body}`)),
  );
  await using mesh = await startMesh({ appPort: app.port });
  const socket = await callPlain(mesh.proxy.address.port);
  socket.write(get('/'));
  assert.equal(await readAll(socket), `HTTP/1.1 200 OK\r\n\r\n${body}`);
});

test('a response that breaks off looks broken to the caller as well', TIMEOUT, async () => {
  await using app = await startRawApp((socket) =>
    socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf')),
  );
  await using mesh = await startMesh({ appPort: app.port });
  const request = sendRequest({ port: mesh.proxy.address.port, host: '127.0.0.1', path: '/' }).end();
  const [response] = await once(request, 'response');
  response.resume();
  await assert.rejects(once(response, 'end'), { code: 'ECONNRESET' });
});

test('an app that speaks no HTTP, or closes without a word, is a 502 with a reason', TIMEOUT, async () => {
  const answers = ['SSH-2.0-x\r\n\r\n', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', ''];
  for (const answer of answers) {
    await using app = await startRawApp((socket) => socket.once('data', () => socket.end(answer)));
    await using mesh = await startMesh({ appPort: app.port });
    const socket = await callPlain(mesh.proxy.address.port);
    socket.write(get('/'));
    const text = await readAll(socket);
    assert.match(text, /^HTTP\/1\.1 502 /u);
    assert.ok(text.includes((await mesh.ledger.find('connection.refused')).id));
  }
});

test('bytes that the app sends unasked are not passed on as an answer', TIMEOUT, async () => {
  await using app = await startRawApp((socket) => {
    socket.once('data', () => {
      const one = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
      socket.write(`${one}HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison`);
    });
  });
  await using mesh = await startMesh({ appPort: app.port });
  const socket = await callPlain(mesh.proxy.address.port);
  socket.write(get('/1'));
  const text = await readAll(socket);
  assert.ok(text.endsWith('\r\n\r\nok'), text);
});

test('an app connection that ended between two requests is replaced', TIMEOUT, async () => {
  await using app = await startRawApp((socket) => {
    socket.once('data', () => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
      socket.end();
    });
  });
  await using mesh = await startMesh({ appPort: app.port });
  const socket = await callPlain(mesh.proxy.address.port);
  for (const count of [1, 2]) {
    socket.write(get('/'));
    await readUntil(socket, 'ok');
    assert.equal(app.sockets.length, count);
    const closed = app.sockets[count - 1];
    if (closed !== undefined && !closed.closed) await once(closed, 'close');
  }
  socket.destroy();
});

test('100-continue comes from the app, and the body follows', TIMEOUT, async () => {
  await using app = await startHttpApp();
  await using mesh = await startMesh({ appPort: app.port });
  const socket = await callPlain(mesh.proxy.address.port);
  socket.write('POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n');
  assert.match(await readUntil(socket, '\r\n\r\n'), /^HTTP\/1\.1 100 Continue\r\n\r\n$/u);
  socket.write('hello');
  await readUntil(socket, 'POST /x 5\n');
  socket.destroy();
});

test('a refused caller that waits for 100, or has much to send, gets its refusal and the end', TIMEOUT, async () => {
  await using app = await startHttpApp();
  await using mesh = await startMesh({ appPort: app.port, rule: notNo });
  const expecting = await callPlain(mesh.proxy.address.port);
  expecting.write('POST /no HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n');
  assert.match(await readAll(expecting), /^HTTP\/1\.1 403 [^]*connection: close\r\n/u);
  for (const framing of [`Content-Length: ${MAX_DRAIN_BYTES * 8}`, 'Transfer-Encoding: chunked']) {
    const large = await callPlain(mesh.proxy.address.port);
    large.write(`POST /no HTTP/1.1\r\nHost: a\r\n${framing}\r\n\r\n`);
    if (framing.startsWith('T')) large.write(`${(MAX_DRAIN_BYTES * 8).toString(16)}\r\n`);
    large.write(Buffer.alloc(MAX_DRAIN_BYTES * 4));
    assert.match(await readAll(large), /^HTTP\/1\.1 403 [^]*connection: close\r\n/u);
    large.destroy();
  }
  expecting.destroy();
  assert.deepEqual(app.requests, []);
});

test('a slow head is answered 408 and recorded, a silent connection is closed', TIMEOUT, async () => {
  await using app = await startHttpApp();
  const limits = { headTimeoutMs: 100, keepAliveTimeoutMs: 400 };
  await using mesh = await startMesh({ appPort: app.port, limits });
  const slow = await callPlain(mesh.proxy.address.port);
  slow.write('GET / HTTP/1.1\r\nHos');
  const drip = setInterval(() => slow.write('t'), 20);
  assert.match(await readAll(slow), /^HTTP\/1\.1 408 /u);
  clearInterval(drip);
  assert.equal((await mesh.ledger.find('connection.refused')).data['code'], 'proxy/head-timeout');
  const silent = await callTls(mesh.proxy.address.port, issue(mesh.authority, CLIENT));
  assert.equal(await readAll(silent), '');
  slow.destroy();
});

test('a body that its caller cuts off does not look whole to the app', TIMEOUT, async () => {
  let aborted: (value: unknown) => void;
  const abort = new Promise((resolve) => (aborted = resolve));
  await using app = await startHttpApp((request) => {
    request.on('data', () => undefined).on('end', () => aborted('end'));
    request.on('error', () => aborted('error'));
    return true;
  });
  await using mesh = await startMesh({ appPort: app.port });
  const socket = await callPlain(mesh.proxy.address.port);
  socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf');
  while (app.requests.length === 0) await setImmediate();
  socket.end();
  assert.equal(await abort, 'error');
  socket.destroy();
});

test('an upgrade to websocket passes bytes both ways until one side ends', TIMEOUT, async () => {
  await using app = await startRawApp((socket) => {
    socket.once('data', () => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhello');
      socket.on('data', (bytes: Buffer) => socket.write(bytes.toString().toUpperCase()));
      socket.on('end', () => socket.end('bye'));
    });
  });
  await using mesh = await startMesh({ appPort: app.port });
  const socket = await callTls(mesh.proxy.address.port, issue(mesh.authority, CLIENT), {
    allowHalfOpen: true,
  } as object);
  socket.write(get('/ws', 'Connection: Upgrade\r\nUpgrade: websocket\r\n'));
  await readUntil(socket, 'hello');
  // No request any more, whatever it looks like.
  socket.write('get /no http/9\n\n');
  await readUntil(socket, 'GET /NO HTTP/9\n\n');
  socket.end();
  assert.equal(await readAll(socket), 'bye');
});

test('a protocol that would hide requests from the decision is not switched to', TIMEOUT, async () => {
  await using app = await startRawApp((socket) => {
    socket.once('data', () => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n');
    });
  });
  await using mesh = await startMesh({ appPort: app.port });
  const socket = await callPlain(mesh.proxy.address.port);
  socket.write(get('/', 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n'));
  assert.match(await readAll(socket), /^HTTP\/1\.1 502 /u);
  assert.equal((await mesh.ledger.find('connection.refused')).data['code'], 'proxy/bad-upgrade');
});

test('HTTP/1.0 callers are served, one request each', TIMEOUT, async () => {
  await using app = await startHttpApp();
  await using mesh = await startMesh({ appPort: app.port });
  const socket = await callPlain(mesh.proxy.address.port);
  socket.end('GET /old HTTP/1.0\r\nHost: a\r\n\r\n');
  socket.resume();
  await once(socket, 'end');
  assert.deepEqual(app.requests, ['GET /old']);
});

const LARGE_BYTES = 50 * 1024 * 1024;

/** What buffers hold in this process, without what is only waiting to be collected. */
function heldBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  return process.memoryUsage().arrayBuffers;
}

/** Deterministic bytes, so that both ends can compare digests. */
async function writeLarge(socket: Socket): Promise<string> {
  const digest = createHash('sha256');
  for (let written = 0; written < LARGE_BYTES; written += 65_536) {
    const part = Buffer.alloc(65_536, written / 65_536);
    digest.update(part);
    if (!socket.write(part)) await once(socket, 'drain');
  }
  return digest.digest('hex');
}

test(
  'large bodies pass unchanged both ways through a reader that lags, in bounded memory',
  { timeout: 120_000 },
  async () => {
    let sent: Promise<string> | undefined;
    await using app = await startHttpApp((request, response) => {
      const digest = createHash('sha256');
      request.on('data', (part: Buffer) => digest.update(part));
      request.on('end', () => {
        response.writeHead(200, { 'content-length': LARGE_BYTES, 'x-received': digest.digest('hex') });
        response.flushHeaders();
        sent = writeLarge(response as unknown as Socket).finally(() => response.end());
      });
      return true;
    });
    await using mesh = await startMesh({ appPort: app.port });
    const socket = await callTls(mesh.proxy.address.port, issue(mesh.authority, CLIENT));
    const before = heldBytes();
    let highest = 0;
    socket.write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${LARGE_BYTES}\r\n\r\n`);
    const uploaded = await writeLarge(socket);

    const received = createHash('sha256');
    let head = '';
    let bytes = 0;
    let looks = 0;
    for await (const chunk of socket) {
      let part = chunk as Buffer;
      // Lag: give everybody who would fill buffers the time to do so, and look at what they hold now and then.
      for (let turn = 0; turn < 3; turn += 1) await setImmediate();
      if (looks * (LARGE_BYTES / 10) <= bytes) {
        looks += 1;
        highest = Math.max(highest, heldBytes() - before);
      }
      if (bytes === 0 && !head.includes('\r\n\r\n')) {
        head += part.toString('latin1');
        const end = head.indexOf('\r\n\r\n');
        if (end === -1) continue;
        part = Buffer.from(head.slice(end + 4), 'latin1');
        head = head.slice(0, end + 4);
      }
      received.update(part);
      bytes += part.length;
      if (bytes === LARGE_BYTES) break;
    }
    assert.ok(head.includes(`x-received: ${uploaded}`), head);
    assert.equal(received.digest('hex'), await sent);
    assert.equal(looks, 10);
    // Buffers wait for their sweeper, hence the room; without back-pressure the whole body is held.
    assert.ok(highest < LARGE_BYTES / 2, `${highest} bytes were held in buffers`);
  },
);

test('many callers at once, each kept alive, get their own answers', { timeout: 60_000 }, async () => {
  await using app = await startHttpApp();
  await using mesh = await startMesh({ appPort: app.port, rule: notNo });
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const one = async (index: number): Promise<void> => {
    const path = index % 5 === 0 ? '/no' : `/${index}`;
    const body = 'x'.repeat(index * 37);
    const options = { port: mesh.proxy.address.port, host: '127.0.0.1', path, method: 'POST', agent };
    const request = sendRequest(options).end(body);
    const [response] = await once(request, 'response');
    let text = '';
    for await (const part of response.setEncoding('latin1')) text += part as string;
    assert.equal(response.statusCode, path === '/no' ? 403 : 200);
    if (path !== '/no') assert.equal(text, `POST ${path} ${body.length}\n`);
  };
  await Promise.all(Array.from({ length: 200 }, (_, index) => one(index)));
  agent.destroy();
});
