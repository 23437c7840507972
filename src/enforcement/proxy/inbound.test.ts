import assert from 'node:assert/strict';
import { connect, createServer } from 'node:net';
import { test } from 'node:test';

import type { AccessRequest } from '../../kernel/access-request.ts';
import { systemClock } from '../../kernel/clock.ts';
import { ProblemError } from '../../kernel/problem.ts';
import { startInboundProxy } from './inbound.ts';
import { startHttpApp } from './testing/http-app.ts';
import {
  callPlain,
  callTls,
  CLIENT,
  createAuthority,
  issue,
  messageOf,
  listenLocally,
  readAll,
  readUntil,
  SERVICE,
  SERVICE_PORT,
  startMesh,
  startRawApp,
} from './testing/mesh.ts';

const GET = 'GET /a?q=1 HTTP/1.1\r\nHost: Service.test:8080\r\n\r\n';
const TIMEOUT = { timeout: 30_000 };

test('a workload that proves its identity is asked for, and its request reaches the app', TIMEOUT, async () => {
  await using app = await startHttpApp();
  const asked: AccessRequest[] = [];
  await using mesh = await startMesh({ appPort: app.port, rule: (request) => asked.push(request) > 0 });
  const socket = await callTls(mesh.proxy.address.port, issue(mesh.authority, CLIENT), { servername: 'service.test' });
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  socket.write(GET.replace('\r\n\r\n', `\r\ntraceparent: 00-${traceId}-b7ad6b7169203331-01\r\n\r\n`));
  assert.match(await readUntil(socket, 'q=1 0\n'), /^HTTP\/1\.1 200 OK\r\n/u);

  const [connection, request] = asked;
  assert.deepEqual(connection?.action, { name: 'connect', properties: { protocol: 'http' } });
  assert.deepEqual(connection?.subject, { type: 'workload', id: CLIENT });
  assert.deepEqual(connection?.resource, { type: 'workload', id: SERVICE, properties: { port: SERVICE_PORT } });
  assert.deepEqual(request?.action, {
    name: 'http:request',
    properties: { method: 'GET', path: '/a', host: 'service.test:8080', protocol: 'HTTP/1.1' },
  });
  assert.deepEqual(request?.context, {
    source: { ip: '127.0.0.1', port: socket.localPort },
    destination: { ip: '127.0.0.1', port: SERVICE_PORT },
    connection: { mtls: true, sni: 'service.test' },
    traceId,
  });
  const own = connection?.context['traceId'];
  assert.ok(typeof own === 'string' && /^[0-9a-f]{32}$/u.test(own));
  assert.deepEqual(
    mesh.proxy.connections().map(({ peer }) => peer.kind),
    ['workload'],
  );
  socket.destroy();
});

test('a refused request gets the decision id and no more, and the connection goes on', TIMEOUT, async () => {
  await using app = await startHttpApp();
  const rule = ({ action }: AccessRequest): boolean => action.properties?.['path'] !== '/secret';
  await using mesh = await startMesh({ appPort: app.port, rule });
  const socket = await callTls(mesh.proxy.address.port, issue(mesh.authority, CLIENT));
  socket.write('POST /secret HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello');
  const refusal = await readUntil(socket, '}');
  const denial = await mesh.ledger.find('decision', ({ data }) => data['effect'] === 'deny');
  assert.match(refusal, /^HTTP\/1\.1 403 Forbidden\r\n/u);
  assert.match(refusal, /\r\ncontent-type: application\/json\r\n/u);
  assert.ok(refusal.includes(`\r\nx-countersign-decision: ${denial.id}\r\n`), refusal);
  assert.equal(refusal.split('\r\n\r\n')[1], JSON.stringify({ error: 'access_denied', decision_id: denial.id }));
  assert.doesNotMatch(refusal, /rule of the test|connection: close/u);
  socket.write(GET);
  await readUntil(socket, 'q=1 0\n');
  assert.deepEqual(app.requests, ['GET /a?q=1']);
  socket.destroy();
});

test('a refused connection to an http port is told so in the words of http, and closed', TIMEOUT, async () => {
  await using app = await startHttpApp();
  await using mesh = await startMesh({ appPort: app.port, rule: () => false });
  const socket = await callTls(mesh.proxy.address.port, issue(mesh.authority, CLIENT));
  socket.write(GET);
  const refusal = await readAll(socket);
  const [denial, ...more] = mesh.ledger.events;
  assert.ok(refusal.includes(`x-countersign-decision: ${denial?.id}\r\nconnection: close\r\n`), refusal);
  assert.deepEqual(more, []);
  assert.deepEqual(app.requests, []);
});

test('a refused connection to a tcp port is closed without a byte', TIMEOUT, async () => {
  await using app = await startRawApp((socket) => socket.end('secret'));
  await using mesh = await startMesh({ appPort: app.port, protocol: 'tcp', rule: () => false });
  const socket = await callTls(mesh.proxy.address.port, issue(mesh.authority, CLIENT));
  assert.equal(await readAll(socket), '');
  assert.equal(app.sockets.length, 0);
});

test('a caller without TLS, or without a certificate, is anonymous and not mutual', TIMEOUT, async () => {
  await using app = await startHttpApp();
  const asked: AccessRequest[] = [];
  await using mesh = await startMesh({ appPort: app.port, rule: (request) => asked.push(request) > 0 });
  const plain = await callPlain(mesh.proxy.address.port);
  plain.write(GET);
  await readUntil(plain, 'q=1 0\n');
  const unnamed = await callTls(mesh.proxy.address.port);
  unnamed.write(GET);
  await readUntil(unnamed, 'q=1 0\n');
  assert.equal(asked.length, 4);
  for (const { subject, context } of asked) {
    assert.deepEqual(subject, { type: 'anonymous', id: 'anonymous' });
    assert.deepEqual(context['connection'], { mtls: false });
  }
  plain.destroy();
  unnamed.destroy();
});

test('a certificate that does not verify never reaches the decision', TIMEOUT, async () => {
  await using app = await startHttpApp();
  await using mesh = await startMesh({ appPort: app.port });
  const now = Date.now();
  const impostor = createAuthority();
  const foreign = createAuthority('elsewhere.test');
  const cases = [
    ['svid/unknown-trust-domain', issue(foreign, 'spiffe://elsewhere.test/client')],
    ['svid/untrusted', issue(impostor, CLIENT)],
    ['svid/untrusted', issue(foreign, CLIENT)],
    ['svid/expired', issue(mesh.authority, CLIENT, { notBefore: now - 20_000, notAfter: now - 10_000 })],
    ['svid/not-yet-valid', issue(mesh.authority, CLIENT, { notBefore: now + 600_000, notAfter: now + 700_000 })],
  ] as const;
  for (const [code, svid] of cases) {
    const seen = mesh.ledger.events.length;
    const socket = await callTls(mesh.proxy.address.port, svid);
    socket.write(GET);
    assert.equal(await readAll(socket), '');
    const refused = await mesh.ledger.find('connection.refused', (event) => mesh.ledger.events.indexOf(event) >= seen);
    assert.equal(refused.data['code'], code);
    assert.equal(refused.data['claimedId'], svid.id);
    assert.equal((refused.data['peer'] as { ip: string }).ip, '127.0.0.1');
    assert.equal(refused.actor.type, 'anonymous');
  }
  assert.deepEqual(
    mesh.ledger.events.filter(({ kind }) => kind === 'decision'),
    [],
  );
  assert.deepEqual(app.requests, []);
});

test('nothing older than TLS 1.3 is spoken', TIMEOUT, async () => {
  await using app = await startHttpApp();
  await using mesh = await startMesh({ appPort: app.port });
  const svid = issue(mesh.authority, CLIENT);
  await assert.rejects(callTls(mesh.proxy.address.port, svid, { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' }));
  const refused = await mesh.ledger.find('connection.refused');
  assert.equal(refused.data['code'], 'proxy/handshake-failed');
  assert.equal(refused.data['message'], 'the caller does not offer TLS 1.3');
});

test('a session is never resumed, so that every connection proves its key', TIMEOUT, async () => {
  await using app = await startHttpApp();
  await using mesh = await startMesh({ appPort: app.port });
  const svid = issue(mesh.authority, CLIENT);
  const first = await callTls(mesh.proxy.address.port, svid);
  let session: Buffer | undefined;
  first.on('session', (offered) => (session = offered));
  first.write(GET);
  await readUntil(first, 'q=1 0\n');
  first.destroy();
  const second = await callTls(mesh.proxy.address.port, svid, session === undefined ? {} : { session });
  assert.equal(second.isSessionReused(), false);
  second.destroy();
});

test('captured ciphertext, played again on a new connection, is refused', TIMEOUT, async () => {
  await using app = await startHttpApp();
  await using mesh = await startMesh({ appPort: app.port });
  const captured: Buffer[] = [];
  const wire = createServer((caller) => {
    const proxy = connect({ port: mesh.proxy.address.port, host: '127.0.0.1' });
    caller.on('data', (bytes: Buffer) => captured.push(bytes));
    caller.pipe(proxy).pipe(caller);
    caller.on('error', () => proxy.destroy());
    proxy.on('error', () => caller.destroy());
  });
  const wirePort = await listenLocally(wire);
  const socket = await callTls(wirePort, issue(mesh.authority, CLIENT));
  socket.write(GET);
  await readUntil(socket, 'q=1 0\n');
  socket.destroy();
  wire.close();
  assert.deepEqual(app.requests, ['GET /a?q=1']);

  const replay = await callPlain(mesh.proxy.address.port);
  replay.write(Buffer.concat(captured));
  await readAll(replay);
  replay.destroy();
  const refused = await mesh.ledger.find('connection.refused');
  assert.equal(refused.data['code'], 'proxy/handshake-failed');
  assert.deepEqual(app.requests, ['GET /a?q=1']);
});

test('an obligation that the proxy does not know is a refusal', TIMEOUT, async () => {
  await using app = await startHttpApp();
  const rule = ({ action }: AccessRequest): true | { kind: string }[] =>
    action.name === 'connect' || [{ kind: 'redact' }];
  await using mesh = await startMesh({ appPort: app.port, rule });
  const socket = await callTls(mesh.proxy.address.port, issue(mesh.authority, CLIENT));
  socket.write(GET);
  const refusal = await readAll(socket);
  const refused = await mesh.ledger.find('connection.refused');
  assert.equal(refused.data['code'], 'proxy/unknown-obligation');
  assert.match(refusal, /^HTTP\/1\.1 503 /u);
  assert.ok(refusal.includes(`{"error":"no_decision","event_id":"${refused.id}"}`));
  assert.deepEqual(app.requests, []);
});

test('a decision point that throws is a refusal', TIMEOUT, async () => {
  await using app = await startHttpApp();
  await using mesh = await startMesh({ appPort: app.port, decide: () => Promise.reject(new Error('gone')) });
  const socket = await callTls(mesh.proxy.address.port, issue(mesh.authority, CLIENT));
  socket.write(GET);
  assert.match(await readAll(socket), /^HTTP\/1\.1 503 /u);
  assert.equal((await mesh.ledger.find('connection.refused')).data['code'], 'proxy/no-decision');
  assert.deepEqual(app.requests, []);
});

test('an app that is down is a 502 whose id finds the reason', TIMEOUT, async () => {
  const closed = createServer();
  const port = await listenLocally(closed);
  closed.close();
  await using mesh = await startMesh({ appPort: port });
  const socket = await callTls(mesh.proxy.address.port, issue(mesh.authority, CLIENT));
  socket.write(GET);
  const answer = await readAll(socket);
  const refused = await mesh.ledger.find('connection.refused');
  assert.match(answer, /^HTTP\/1\.1 502 Bad Gateway\r\n/u);
  assert.ok(answer.includes(`{"error":"app_unavailable","event_id":"${refused.id}"}`), answer);
  assert.equal(refused.data['code'], 'proxy/app-unavailable');
  assert.ok(messageOf(refused).includes(`127.0.0.1:${port}`));
});

test('an address that is taken is a problem in words', TIMEOUT, async () => {
  const taken = createServer();
  const port = await listenLocally(taken);
  await using app = await startHttpApp();
  await using mesh = await startMesh({ appPort: app.port });
  const { point } = mesh.decisions;
  const start = startInboundProxy({
    listen: { host: '127.0.0.1', port },
    app: { host: '127.0.0.1', port: app.port },
    protocol: 'http',
    resource: { id: mesh.svids.current().id, port: SERVICE_PORT },
    svids: mesh.svids,
    bundles: mesh.bundles,
    decide: point.decide,
    onDecisionsChanged: point.onChanged,
    record: mesh.ledger.record,
    clock: systemClock,
    random: (bytes) => new Uint8Array(bytes),
  });
  await assert.rejects(start, (error) => error instanceof ProblemError && error.problem.code === 'proxy/cannot-listen');
  taken.close();
});
