import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import fc from 'fast-check';

import { adminClient } from './client.ts';
import { serveAdmin } from './server.ts';
import { openAdmin } from './testing/open-admin.ts';
import { workingOperations } from './testing/working-operations.ts';

type Answer = { readonly status: number; readonly type: string; readonly body: Record<string, unknown> };

/** What a tool that is not our client would get. */
async function ask(socketPath: string, method: string, path: string, body?: string): Promise<Answer> {
  const asked = request({ socketPath, method, path });
  // Of what is still being sent when the server has answered and gone.
  asked.on('error', () => undefined);
  asked.end(body);
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  const received = JSON.parse(await text(response)) as Record<string, unknown>;
  return { status: response.statusCode ?? 0, type: response.headers['content-type'] ?? '', body: received };
}

/** Sends bytes as they are, and gives what came back when the connection closes. */
async function sendRaw(socketPath: string, bytes: Uint8Array): Promise<string> {
  const socket = connect(socketPath);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  // The server may close before everything was sent.
  socket.on('error', () => undefined);
  socket.end(bytes);
  await once(socket, 'close');
  return Buffer.concat(chunks).toString('latin1');
}

test('the status is what the server says of itself', async () => {
  const { operations } = workingOperations({ revision: 42 });
  await using admin = await openAdmin({ operations });
  const answer = await ask(admin.socketPath, 'GET', '/v1/status');
  assert.equal(answer.status, 200);
  assert.equal(answer.type, 'application/json');
  assert.deepEqual(answer.body, { ...operations.status() });
  assert.equal(answer.body['revision'], 42);
});

test('the query of a path is not looked at, and an absolute path is a path', async () => {
  await using admin = await openAdmin(workingOperations());
  assert.equal((await ask(admin.socketPath, 'GET', '/v1/status?verbose=1')).status, 200);
  assert.equal((await ask(admin.socketPath, 'GET', 'http://localhost/v1/status')).status, 200);
});

test('a problem comes with a status that says what kind of problem it is', async () => {
  const { operations, append } = workingOperations();
  await using admin = await openAdmin({ operations });
  const { event } = append({ effect: 'deny' });
  const found = await ask(admin.socketPath, 'GET', `/v1/explanations/${event.id}`);
  assert.deepEqual([found.status, found.body['kind']], [200, 'event']);
  for (const [method, path, status, code] of [
    ['GET', '/v1/explanations/nothing', 404, 'admin/no-such-event'],
    ['GET', '/v1/explanations/bad', 400, 'event-id/bad'],
    ['GET', '/v1/explanations/broken', 500, 'admin/failed'],
    ['POST', '/v1/workloads/nobody/processes', 404, 'admin/no-such-workload'],
  ] as const) {
    const { status: actual, type, body } = await ask(admin.socketPath, method, path);
    assert.deepEqual([actual, type, body['code']], [status, 'application/problem+json', code], path);
  }
});

test('a route or a method that does not exist is named in the answer', async () => {
  await using admin = await openAdmin(workingOperations());
  for (const [method, path] of [
    ['GET', '/'],
    ['GET', '/v1'],
    ['GET', '/v1/status/'],
    ['GET', '/V1/status'],
    ['POST', '/v1/status'],
    ['POST', '/v1/events'],
    ['DELETE', '/v1/explanations/0'],
    ['GET', '/v1/workloads/reports/processes'],
    ['POST', '/v1/workloads/a/b/processes'],
    ['GET', '/v1/explanations/'],
  ] as const) {
    const { status, body } = await ask(admin.socketPath, method, path);
    const expected = { code: 'admin/no-such-route', message: `no route is \`${method} ${path}\`` };
    assert.deepEqual([status, body], [404, expected]);
  }
});

test('a parameter is decoded, and one that cannot be decoded is of no route', async () => {
  const { operations } = workingOperations();
  await using admin = await openAdmin({ operations });
  const encoded = await ask(admin.socketPath, 'GET', '/v1/explanations/a%20b%2Fc');
  assert.equal(encoded.body['message'], 'no event `a b/c` is in the ledger');
  for (const path of ['/v1/explanations/%', '/v1/explanations/%E0%A4%A', '/v1/workloads/%FF/processes', '//', '/%']) {
    const { status, body } = await ask(admin.socketPath, 'GET', path);
    assert.deepEqual([status, body['code']], [404, 'admin/no-such-route'], path);
  }
});

test('a question is decided in the name of who the kernel says asks', async () => {
  const { operations } = workingOperations();
  await using admin = await openAdmin({ operations });
  const question = {
    subject: { type: 'user', id: 'alice' },
    action: { name: 'refund' },
    resource: { type: 'order', id: 'o-17' },
    context: { amount: 5 },
  };
  const { status, body } = await ask(admin.socketPath, 'POST', '/v1/decisions', JSON.stringify(question));
  assert.equal(status, 200);
  assert.equal(body['effect'], 'allow');
  const explained = await ask(admin.socketPath, 'GET', `/v1/explanations/${String(body['id'])}`);
  const event = explained.body['event'] as { readonly data: Record<string, unknown> };
  assert.deepEqual(event.data, { request: question, uid: process.getuid?.() ?? 0 });
  const client = adminClient(admin.socketPath);
  const denied = await client.decide({ ...question, subject: { type: 'user', id: 'bob' } });
  assert.ok(denied.ok);
  assert.equal(denied.value.effect, 'deny');
});

test('what is no question is refused with what is wrong', async () => {
  await using admin = await openAdmin(workingOperations());
  for (const [body, status, code] of [
    ['{', 400, 'access-request/not-json'],
    ['{}', 400, 'access-request/missing-field'],
    ['x'.repeat(1_000_000), 413, 'admin/bad-body'],
  ] as const) {
    const answer = await ask(admin.socketPath, 'POST', '/v1/decisions', body);
    assert.deepEqual([answer.status, answer.body['code']], [status, code]);
  }
});

test('a body that nobody asked for does no harm', async () => {
  await using admin = await openAdmin(workingOperations());
  const { status } = await ask(admin.socketPath, 'GET', '/v1/status', 'x'.repeat(1_000_000));
  assert.equal(status, 200);
});

test('a caller with another uid, or whom the kernel does not name, is refused on every route', async () => {
  const { operations, followers, members } = workingOperations();
  const peers = [{ pid: 1, uid: 4242 }, undefined];
  for (const peer of peers) {
    await using admin = await openAdmin({ operations, ownUid: 1000, peerOf: () => peer });
    for (const [method, path] of [
      ['GET', '/v1/status'],
      ['GET', '/v1/events'],
      ['GET', '/v1/explanations/0'],
      ['POST', '/v1/workloads/reports/processes'],
      ['GET', '/nothing'],
    ] as const) {
      const { status, body } = await ask(admin.socketPath, method, path);
      assert.deepEqual([status, body['code']], [403, 'admin/not-yours'], path);
    }
    assert.deepEqual([followers(), members()], [0, []]);
  }
});

test('the user who started the server is answered, and root', async () => {
  for (const uid of [1000, 0]) {
    await using admin = await openAdmin({ ...workingOperations(), ownUid: 1000, peerOf: () => ({ pid: 1, uid }) });
    assert.equal((await ask(admin.socketPath, 'GET', '/v1/status')).status, 200);
  }
});

const ASK_STATUS = `require('node:http')
  .get({ socketPath: process.argv[1], path: '/v1/status' }, (response) => response.pipe(process.stdout))
  .on('error', ({ code }) => process.stdout.write(code));`;

async function askAs(uid: number, socketPath: string): Promise<string> {
  const child = spawn(process.execPath, ['-e', ASK_STATUS, socketPath], {
    uid,
    gid: uid,
    cwd: '/',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return text(child.stdout);
}

const noRoot = process.getuid?.() === 0 ? false : 'needs root to run a process as another user';

test('a process of another user is told apart by the kernel', { skip: noRoot }, async () => {
  await using admin = await openAdmin({ ...workingOperations(), reachable: true });
  assert.match(await askAs(65_534, admin.socketPath), /"code":"admin\/not-yours"/u);
  assert.match(await askAs(0, admin.socketPath), /"trustDomain":"shop.example"/u);
});

test('a process of another user cannot even connect', { skip: noRoot }, async () => {
  await using admin = await openAdmin(workingOperations());
  assert.equal(await askAs(65_534, admin.socketPath), 'EACCES');
});

test('the socket is for its owner alone, whatever the umask, and takes the place of a dead one', async () => {
  const umask = process.umask(0);
  try {
    const { operations } = workingOperations();
    await using admin = await openAdmin({ operations });
    assert.equal(statSync(admin.socketPath).mode & 0o777, 0o600);
    const left = `${admin.socketPath}-2`;
    writeFileSync(left, '');
    const second = await serveAdmin({ socketPath: left, operations, peerOf: () => ({ pid: 1, uid: 0 }), ownUid: 0 });
    assert.equal((await ask(left, 'GET', '/v1/status')).status, 200);
    assert.equal(statSync(left).mode & 0o777, 0o600);
    await second.close();
  } finally {
    process.umask(umask);
  }
});

test('a path that cannot be listened on is an error of the start', async () => {
  const { operations } = workingOperations();
  const options = { operations, peerOf: () => undefined, ownUid: 0 };
  await assert.rejects(serveAdmin({ ...options, socketPath: '/nowhere/at/all/admin.sock' }), { code: 'EACCES' });
});

/** A reader that takes nothing more after the head of the answer. */
async function followWithoutReading(socketPath: string): Promise<Socket> {
  const socket = connect(socketPath);
  socket.on('error', () => undefined);
  socket.write('GET /v1/events HTTP/1.1\r\nhost: admin\r\n\r\n');
  await once(socket, 'readable');
  return socket;
}

test('a reader that is too slow is dropped, and keeps nobody else from being served', async () => {
  const { operations, append, followers, whenFollowers } = workingOperations();
  await using admin = await openAdmin({ operations });
  const slow = await followWithoutReading(admin.socketPath);
  await whenFollowers(1);
  const data = { filler: 'x'.repeat(64 * 1024) };
  let megabytes = 0;
  // 8 MiB may wait, and the kernel holds some more on the way.
  for (; followers() > 0 && megabytes < 32; megabytes += 1) {
    for (let count = 0; count < 16; count += 1) append(data);
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
  assert.equal(followers(), 0, `still followed after ${megabytes} MiB that nobody read`);
  assert.ok(megabytes >= 8, `dropped after ${megabytes} MiB`);
  assert.equal((await ask(admin.socketPath, 'GET', '/v1/status')).status, 200);
  slow.destroy();
});

/** What is referenced, once the garbage is gone. */
function heldBytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

test('what is told to a dropped reader before its connection is closed is not kept', async () => {
  const { operations, append, whenFollowers } = workingOperations();
  await using admin = await openAdmin({ operations });
  const slow = await followWithoutReading(admin.socketPath);
  await whenFollowers(1);
  const data = { filler: 'x'.repeat(1024 * 1024) };
  const before = heldBytes();
  // In one turn, so that the end of the connection cannot be seen before all of it was told.
  for (let megabytes = 0; megabytes < 256; megabytes += 1) append(data);
  const grown = (heldBytes() - before) / 1024 / 1024;
  await whenFollowers(0);
  assert.ok(grown < 64, `${Math.round(grown)} MiB are held for a reader that is dropped`);
  slow.destroy();
});

test('no more connections are taken than tools need, and one that ends makes room', async () => {
  const { operations, whenFollowers } = workingOperations();
  await using admin = await openAdmin({ operations });
  const held: Socket[] = [];
  for (let count = 0; count < 64; count += 1) held.push(await followWithoutReading(admin.socketPath));
  const refused = await adminClient(admin.socketPath).status();
  assert.equal(refused.ok ? '' : refused.problem.code, 'admin/unreachable');
  held[0]?.destroy();
  await whenFollowers(63);
  assert.ok((await adminClient(admin.socketPath).status()).ok);
  for (const socket of held) socket.destroy();
});

test('bytes of any kind never bring the server down', async () => {
  const { operations, followers, members } = workingOperations();
  await using admin = await openAdmin({ operations });
  const line = fc.constantFrom(
    'GET /v1/status HTTP/1.1',
    'GET /v1/events HTTP/1.1',
    'POST /v1/workloads/reports/processes HTTP/1.1',
    'CONNECT a:1 HTTP/1.1',
    'GET \\ HTTP/1.1',
    'GET http://[ HTTP/1.1',
    'OPTIONS * HTTP/1.1',
    'PRI * HTTP/2.0',
    'host: admin',
    'upgrade: websocket',
    'connection: upgrade',
    'expect: 100-continue',
    'expect: a miracle',
    'transfer-encoding: chunked',
    'content-length: 5',
    'content-length: -1',
    'fffffffffffffff',
    '',
  );
  const lines = fc.array(fc.oneof(line, line, fc.string()), { maxLength: 12 });
  const likeHttp = lines.map((some) => Buffer.from(`${some.join('\r\n')}\r\n\r\n`));
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 512 }), likeHttp), async (bytes) => {
      await sendRaw(admin.socketPath, bytes);
    }),
    { numRuns: 200 },
  );
  assert.equal((await ask(admin.socketPath, 'GET', '/v1/status')).status, 200);
  assert.deepEqual([followers(), members()], [0, []], 'what connections held went with them');
});
