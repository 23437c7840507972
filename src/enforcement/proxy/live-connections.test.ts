import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { ConnectionOptions } from 'node:tls';

import type { AccessRequest } from '../../kernel/access-request.ts';
import type { Clock } from '../../kernel/clock.ts';
import { HTTP_REQUEST } from '../../kernel/access-request.ts';
import { startHttpApp } from './testing/http-app.ts';
import {
  callTls,
  CLIENT,
  createAuthority,
  issue,
  readAll,
  readUntil,
  SERVICE,
  startMesh,
  startRawApp,
} from './testing/mesh.ts';

const TIMEOUT = { timeout: 30_000 };
const GET = 'GET / HTTP/1.1\r\nHost: a.test\r\n\r\n';

test('an open tcp connection ends when its permission does', TIMEOUT, async () => {
  await using app = await startRawApp((socket) => socket.pipe(socket));
  await using mesh = await startMesh({ appPort: app.port, protocol: 'tcp' });
  const socket = await callTls(mesh.proxy.address.port, issue(mesh.authority, CLIENT));
  socket.write('ping');
  await readUntil(socket, 'ping');
  // A change that changes nothing for it leaves it open.
  mesh.decisions.set(() => true);
  socket.write('pong');
  await readUntil(socket, 'pong');
  mesh.decisions.set(() => false);
  await readAll(socket);
  const closed = await mesh.ledger.find('connection.closed');
  const denial = await mesh.ledger.find('decision', ({ data }) => data['effect'] === 'deny');
  assert.equal(closed.data['code'], 'proxy/permission-withdrawn');
  assert.equal(closed.data['decisionId'], denial.id);
  assert.equal(closed.actor.id, CLIENT);
  const [toApp] = app.sockets;
  if (toApp?.closed === false) await once(toApp, 'close');
});

test('an idle kept connection ends when the connection is no longer permitted', TIMEOUT, async () => {
  await using app = await startHttpApp();
  await using mesh = await startMesh({ appPort: app.port });
  const socket = await callTls(mesh.proxy.address.port, issue(mesh.authority, CLIENT));
  socket.write(GET);
  await readUntil(socket, ' 0\n');
  mesh.decisions.set(() => false);
  assert.equal(await readAll(socket), '');
  assert.equal((await mesh.ledger.find('connection.closed')).data['action'], 'connect');
});

test('a download ends in its middle when its request is no longer permitted', TIMEOUT, async () => {
  await using app = await startHttpApp((_request, response) => {
    response.writeHead(200, { 'content-length': 1_000_000 });
    response.write('the first part');
    return true;
  });
  await using mesh = await startMesh({ appPort: app.port });
  const socket = await callTls(mesh.proxy.address.port, issue(mesh.authority, CLIENT));
  socket.write(GET);
  await readUntil(socket, 'the first part');
  mesh.decisions.set(({ action }) => action.name !== HTTP_REQUEST);
  assert.equal(await readAll(socket), '');
  const closed = await mesh.ledger.find('connection.closed');
  assert.equal(closed.data['action'], HTTP_REQUEST);
  while (mesh.proxy.connections().length > 0) await setImmediate();
});

test('an upgraded stream ends when the request that opened it is no longer permitted', TIMEOUT, async () => {
  await using app = await startRawApp((socket) => {
    socket.once('data', () => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhello');
    });
  });
  await using mesh = await startMesh({ appPort: app.port });
  const socket = await callTls(mesh.proxy.address.port, issue(mesh.authority, CLIENT));
  socket.write('GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  await readUntil(socket, 'hello');
  mesh.decisions.set(({ action }) => action.properties?.['path'] !== '/ws');
  await readAll(socket);
  assert.equal((await mesh.ledger.find('connection.closed')).data['code'], 'proxy/permission-withdrawn');
});

test('an answer from before a change is not acted on after it', TIMEOUT, async () => {
  await using app = await startHttpApp();
  const changes: (() => void)[] = [];
  await using mesh = await startMesh({
    appPort: app.port,
    decide: async (request) => {
      const answer = await mesh.decisions.point.decide(request);
      // The change comes when the answer is made and before it arrives.
      if (request.action.name === HTTP_REQUEST) changes.shift()?.();
      return answer;
    },
  });
  changes.push(() => mesh.decisions.set(({ action }: AccessRequest) => action.name !== HTTP_REQUEST));
  const socket = await callTls(mesh.proxy.address.port, issue(mesh.authority, CLIENT));
  socket.write(GET);
  assert.match(await readUntil(socket, '}'), /^HTTP\/1\.1 403 /u);
  assert.deepEqual(app.requests, []);
  socket.destroy();
});

test('a finished request does not end its connection when it would be refused now', TIMEOUT, async () => {
  await using app = await startHttpApp();
  await using mesh = await startMesh({ appPort: app.port });
  const socket = await callTls(mesh.proxy.address.port, issue(mesh.authority, CLIENT));
  socket.write(GET);
  await readUntil(socket, ' 0\n');
  mesh.decisions.set(({ action }) => action.name !== HTTP_REQUEST);
  socket.write(GET);
  assert.match(await readUntil(socket, '}'), /^HTTP\/1\.1 403 /u);
  socket.destroy();
});

test('a rotated SVID is what new callers see, and open connections go on', TIMEOUT, async () => {
  await using app = await startHttpApp();
  await using mesh = await startMesh({ appPort: app.port });
  const svid = issue(mesh.authority, CLIENT);
  const old = await callTls(mesh.proxy.address.port, svid);
  const renewed = issue(mesh.authority, SERVICE);
  mesh.svids.rotate(renewed);
  const fresh = await callTls(mesh.proxy.address.port, svid);
  assert.deepEqual(fresh.getPeerX509Certificate()?.raw, Buffer.from(renewed.chain[0] ?? []));
  assert.notDeepEqual(old.getPeerX509Certificate()?.raw, Buffer.from(renewed.chain[0] ?? []));
  for (const socket of [old, fresh]) {
    socket.write(GET);
    await readUntil(socket, ' 0\n');
    socket.destroy();
  }
});

test('a connection does not outlive the certificate of its peer, however the wall clock jumps', TIMEOUT, async () => {
  await using app = await startHttpApp();
  let jumpMs = 0;
  const clock: Clock = { now: () => Date.now() + jumpMs, monotonic: () => performance.now() };
  const limits = { keepAliveTimeoutMs: 20_000, handshakeTimeoutMs: 400 };
  await using mesh = await startMesh({ appPort: app.port, clock, limits });
  const short = await callTls(
    mesh.proxy.address.port,
    issue(mesh.authority, CLIENT, { notAfter: Date.now() + 600_000 }),
  );
  const long = await callTls(mesh.proxy.address.port, issue(mesh.authority, CLIENT));
  for (const socket of [short, long]) {
    socket.write(GET);
    await readUntil(socket, ' 0\n');
  }
  jumpMs = 700_000;
  await readAll(short);
  const closed = await mesh.ledger.find('connection.closed');
  assert.equal(closed.data['code'], 'proxy/peer-expired');
  long.write(GET);
  await readUntil(long, ' 0\n');
  long.destroy();
});

test('a trust domain that is no longer trusted loses what it has open', TIMEOUT, async () => {
  await using app = await startHttpApp();
  await using mesh = await startMesh({ appPort: app.port });
  const foreign = createAuthority('partner.test');
  mesh.bundles.trust([mesh.authority, foreign]);
  const theirs = await callTls(mesh.proxy.address.port, issue(foreign, 'spiffe://partner.test/client'));
  const ours = await callTls(mesh.proxy.address.port, issue(mesh.authority, CLIENT));
  for (const socket of [theirs, ours]) {
    socket.write(GET);
    await readUntil(socket, ' 0\n');
  }
  mesh.bundles.trust([mesh.authority]);
  await readAll(theirs);
  assert.equal((await mesh.ledger.find('connection.closed')).data['code'], 'svid/unknown-trust-domain');
  ours.write(GET);
  await readUntil(ours, ' 0\n');
  ours.destroy();
});

test('half-close passes through a tcp port in both directions, over TLS', TIMEOUT, async () => {
  let received = '';
  await using app = await startRawApp((socket) => {
    socket.on('data', (bytes: Buffer) => (received += bytes.toString('latin1')));
    // Speaks only when its caller has finished.
    socket.on('end', () => socket.end(`got ${received.length}`));
  });
  await using mesh = await startMesh({ appPort: app.port, protocol: 'tcp' });
  const halfOpen: ConnectionOptions & { readonly allowHalfOpen: boolean } = { allowHalfOpen: true };
  const socket = await callTls(mesh.proxy.address.port, issue(mesh.authority, CLIENT), halfOpen);
  socket.end('x'.repeat(200_000));
  assert.equal(await readAll(socket), 'got 200000');
});

test('closing the proxy ends every connection, and leaves nothing that keeps the process alive', TIMEOUT, async () => {
  await using app = await startRawApp((socket) => socket.pipe(socket));
  const mesh = await startMesh({ appPort: app.port, protocol: 'tcp' });
  const socket = await callTls(mesh.proxy.address.port, issue(mesh.authority, CLIENT));
  socket.write('ping');
  await readUntil(socket, 'ping');
  await mesh.proxy.close();
  await readAll(socket);
  await setImmediate();
  while (mesh.proxy.connections().length > 0) await setImmediate();
  await mesh.proxy.close();
});

test('more connections than the limit are turned away, and said once', TIMEOUT, async () => {
  await using app = await startRawApp((socket) => socket.pipe(socket));
  const problems: string[] = [];
  await using mesh = await startMesh({
    appPort: app.port,
    protocol: 'tcp',
    limits: { maxConnections: 1 },
    onProblem: ({ code }) => problems.push(code),
  });
  const first = await callTls(mesh.proxy.address.port, issue(mesh.authority, CLIENT));
  for (let index = 0; index < 3; index += 1) {
    await assert.rejects(callTls(mesh.proxy.address.port, issue(mesh.authority, CLIENT)));
  }
  assert.deepEqual(problems, ['proxy/too-many-connections']);
  first.write('ping');
  await readUntil(first, 'ping');
  first.destroy();
});
