import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';

import { spiffeId } from '../../identity/testing/authority.ts';
import type { X509Svid } from '../../identity/x509-svid.ts';
import type { AccessRequest } from '../../kernel/access-request.ts';
import { systemClock } from '../../kernel/clock.ts';
import { type OutboundProxy, type OutboundProxyOptions, startOutboundProxy } from './outbound.ts';
import { startHttpApp } from './testing/http-app.ts';
import {
  bundlesOf,
  callPlain,
  CLIENT,
  createAuthority,
  createLedger,
  issue,
  type Ledger,
  listenLocally,
  type Mesh,
  messageOf,
  readAll,
  readUntil,
  type Rotating,
  rotating,
  SERVICE,
  startMesh,
  startRawApp,
} from './testing/mesh.ts';

const TIMEOUT = { timeout: 30_000 };
const GET = 'GET /x HTTP/1.1\r\nHost: a.test\r\n\r\n';

type Way = AsyncDisposable & { readonly proxy: OutboundProxy; readonly ledger: Ledger; readonly svids: Rotating };

/** The client's way out, to the mesh's inbound proxy unless told otherwise. */
async function startWay(
  mesh: Pick<Mesh, 'authority' | 'bundles'>,
  port: number,
  changes: Partial<OutboundProxyOptions> & { readonly svid?: X509Svid } = {},
): Promise<Way> {
  const { svid = issue(mesh.authority, CLIENT), ...rest } = changes;
  const svids = rotating(svid);
  const ledger = createLedger();
  const proxy = await startOutboundProxy({
    listen: { host: '127.0.0.1', port: 0 },
    upstream: { host: '127.0.0.1', port },
    expected: spiffeId(SERVICE),
    svids,
    bundles: mesh.bundles,
    allowCaller: () => true,
    record: ledger.record,
    clock: systemClock,
    random: randomBytes,
    ...rest,
  });
  return { proxy, ledger, svids, [Symbol.asyncDispose]: proxy.close };
}

test('a plain call arrives as the workload, over both proxies', TIMEOUT, async () => {
  await using app = await startHttpApp();
  const asked: AccessRequest[] = [];
  await using mesh = await startMesh({ appPort: app.port, rule: (request) => asked.push(request) > 0 });
  await using way = await startWay(mesh, mesh.proxy.address.port);
  const socket = await callPlain(way.proxy.address.port);
  for (let index = 0; index < 3; index += 1) {
    socket.write(GET);
    assert.match(await readUntil(socket, '/x 0\n'), /^HTTP\/1\.1 200 /u);
  }
  assert.deepEqual(new Set(asked.map(({ subject }) => subject.id)), new Set([CLIENT]));
  assert.equal(asked.length, 4);
  socket.destroy();
});

test('only the workload may use its way out', TIMEOUT, async () => {
  await using app = await startHttpApp();
  await using mesh = await startMesh({ appPort: app.port });
  const seen: unknown[] = [];
  const checks: OutboundProxyOptions['allowCaller'][] = [
    (connection) => seen.push(connection) < 0,
    () => Promise.reject(new Error('cannot tell')),
    () => {
      throw new Error('cannot tell');
    },
  ];
  for (const allowCaller of checks) {
    await using way = await startWay(mesh, mesh.proxy.address.port, { allowCaller });
    const socket = await callPlain(way.proxy.address.port);
    const { localPort } = socket;
    socket.write(GET);
    assert.equal(await readAll(socket), '');
    assert.equal((await way.ledger.find('connection.refused')).data['code'], 'proxy/caller-refused');
    if (seen.length > 0) {
      assert.deepEqual(seen.pop(), {
        localAddress: '127.0.0.1',
        localPort: way.proxy.address.port,
        remoteAddress: '127.0.0.1',
        remotePort: localPort,
      });
    }
  }
  assert.deepEqual(app.requests, []);
  assert.deepEqual(mesh.ledger.events, []);
});

test('an upstream that is not exactly the expected workload gets no byte', TIMEOUT, async () => {
  await using app = await startHttpApp();
  await using mesh = await startMesh({ appPort: app.port });
  const foreign = createAuthority('elsewhere.test');
  const cases = [
    ['proxy/upstream-identity', issue(mesh.authority, `${SERVICE}/other`)],
    ['proxy/upstream-identity', issue(mesh.authority, SERVICE.slice(0, -1))],
    ['svid/unknown-trust-domain', issue(foreign, 'spiffe://elsewhere.test/service')],
    ['svid/untrusted', issue(foreign, SERVICE)],
    ['svid/expired', issue(mesh.authority, SERVICE, { notBefore: 1_700_000_000_000, notAfter: 1_700_000_100_000 })],
  ] as const;
  for (const [code, svid] of cases) {
    mesh.svids.rotate(svid);
    await using way = await startWay(mesh, mesh.proxy.address.port);
    const socket = await callPlain(way.proxy.address.port);
    socket.write(GET);
    const answer = await readAll(socket);
    const refused = await way.ledger.find('connection.refused');
    assert.equal(refused.data['code'], code);
    assert.equal(refused.actor.id, CLIENT);
    assert.match(answer, /^HTTP\/1\.1 502 /u);
    assert.ok(answer.includes(`{"error":"upstream_unavailable","event_id":"${refused.id}"}`), answer);
    socket.destroy();
  }
  assert.deepEqual(app.requests, []);
});

test(
  'an upstream that refuses us says so to an HTTP caller, with the likely cause in the record',
  TIMEOUT,
  async () => {
    await using app = await startHttpApp();
    await using mesh = await startMesh({ appPort: app.port });
    const unknown = createAuthority('unknown.test');
    const svid = issue(unknown, 'spiffe://unknown.test/client');
    await using way = await startWay(mesh, mesh.proxy.address.port, { svid });
    const socket = await callPlain(way.proxy.address.port);
    socket.write(GET);
    assert.match(await readAll(socket), /^HTTP\/1\.1 502 /u);
    const refused = await way.ledger.find('connection.refused');
    assert.equal(refused.data['code'], 'proxy/upstream-silent');
    assert.ok(typeof refused.data['hint'] === 'string' && refused.data['hint'].includes('SVID'));
  },
);

test('an upstream that is down, or speaks no TLS, is told apart in the record', TIMEOUT, async () => {
  const authority = createAuthority();
  const mesh = { authority, bundles: bundlesOf(authority) };
  const closed = createServer();
  const port = await listenLocally(closed);
  closed.close();
  await using down = await startWay(mesh, port);
  const first = await callPlain(down.proxy.address.port);
  first.write(GET);
  assert.match(await readAll(first), /^HTTP\/1\.1 503 /u);
  assert.ok(messageOf(await down.ledger.find('connection.refused')).includes('nothing listens'));

  await using plain = await startHttpApp();
  await using wrong = await startWay(mesh, plain.port);
  const second = await callPlain(wrong.proxy.address.port);
  second.write(GET);
  assert.match(await readAll(second), /^HTTP\/1\.1 50[23] /u);
  assert.equal((await wrong.ledger.find('connection.refused')).data['code'], 'proxy/upstream-handshake');
});

test('a caller that speaks no HTTP is cut off, not answered in HTTP', TIMEOUT, async () => {
  const authority = createAuthority();
  const closed = createServer();
  const port = await listenLocally(closed);
  closed.close();
  await using way = await startWay({ authority, bundles: bundlesOf(authority) }, port);
  const socket = await callPlain(way.proxy.address.port);
  socket.write('\x00\x00\x00\x08\x04\xd2\x16\x2f');
  assert.equal(await readAll(socket), '');
  await way.ledger.find('connection.refused');
});

test('a server that speaks first is heard, and half-close passes through both proxies', TIMEOUT, async () => {
  await using app = await startRawApp((socket) => {
    socket.write('220 ready\r\n');
    let received = 0;
    socket.on('data', (bytes: Buffer) => (received += bytes.length));
    socket.on('end', () => socket.end(`got ${received}`));
  });
  await using mesh = await startMesh({ appPort: app.port, protocol: 'tcp' });
  await using way = await startWay(mesh, mesh.proxy.address.port);
  const socket = await callPlain(way.proxy.address.port);
  await readUntil(socket, '220 ready\r\n');
  socket.end('x'.repeat(300_000));
  assert.equal(await readAll(socket), 'got 300000');
});

test('a caller that closes takes the connection to the upstream with it', TIMEOUT, async () => {
  await using app = await startRawApp((socket) => socket.pipe(socket));
  await using mesh = await startMesh({ appPort: app.port, protocol: 'tcp' });
  await using way = await startWay(mesh, mesh.proxy.address.port);
  const socket = connect({ port: way.proxy.address.port, host: '127.0.0.1' });
  await once(socket, 'connect');
  socket.write('ping');
  await readUntil(socket, 'ping');
  socket.resetAndDestroy();
  const [toApp] = app.sockets;
  if (toApp?.closed === false) await once(toApp, 'close');
  while (mesh.proxy.connections().length > 0) await setImmediate();
});

test('a rotated SVID is what the next call presents', TIMEOUT, async () => {
  await using app = await startHttpApp();
  const subjects: string[] = [];
  await using mesh = await startMesh({ appPort: app.port, rule: ({ subject }) => subjects.push(subject.id) > 0 });
  await using way = await startWay(mesh, mesh.proxy.address.port);
  way.svids.rotate(issue(mesh.authority, `${CLIENT}/next`));
  const socket = await callPlain(way.proxy.address.port);
  socket.write(GET);
  await readUntil(socket, '/x 0\n');
  assert.deepEqual([...new Set(subjects)], [`${CLIENT}/next`]);
  socket.destroy();
});

test('an upstream that is no longer trusted loses the open connection', TIMEOUT, async () => {
  await using app = await startHttpApp();
  await using mesh = await startMesh({ appPort: app.port });
  const bundles = bundlesOf(mesh.authority);
  await using way = await startWay({ authority: mesh.authority, bundles }, mesh.proxy.address.port);
  const socket = await callPlain(way.proxy.address.port);
  socket.write(GET);
  await readUntil(socket, '/x 0\n');
  bundles.trust([]);
  await readAll(socket);
  assert.equal((await way.ledger.find('connection.closed')).data['code'], 'svid/unknown-trust-domain');
});
