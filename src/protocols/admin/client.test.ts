import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { ProblemError } from '../../kernel/problem.ts';
import { adminClient } from './client.ts';
import type { FollowedEvent } from './contract.ts';
import { openAdmin } from './testing/open-admin.ts';
import { REPORTS, workingOperations } from './testing/working-operations.ts';

const MISSING = join(tmpdir(), 'no-such-folder', 'admin.sock');

/** Something else that listens where a server is expected. */
async function openStranger(listener: RequestListener): Promise<AsyncDisposable & { readonly path: string }> {
  const directory = mkdtempSync(join(tmpdir(), 'stranger-'));
  const path = join(directory, 's.sock');
  const server: Server = createServer(listener);
  server.listen(path);
  await once(server, 'listening');
  return {
    path,
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
      rmSync(directory, { recursive: true });
    },
  };
}

function isProblem(code: string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof ProblemError, String(error));
    assert.equal(error.problem.code, code);
    return true;
  };
}

test('the client gets what the server has', async () => {
  const { operations, append } = workingOperations();
  await using admin = await openAdmin({ operations });
  const client = adminClient(admin.socketPath);
  assert.deepEqual(await client.status(), { ok: true, value: operations.status() });
  const { event } = append({ effect: 'deny', path: '/a\u{2028}b' });
  assert.deepEqual(await client.explain(event.id), { ok: true, value: { kind: 'event', event, names: {} } });
  const none = await client.explain('../status?%');
  assert.equal(none.ok ? '' : none.problem.message, 'no event `../status?%` is in the ledger');
});

test('where no server runs, the problem says so and how to start one', async () => {
  const client = adminClient(MISSING);
  const problem = {
    code: 'admin/unreachable',
    message: `no server answers on \`${MISSING}\` (ENOENT)`,
    hint: 'start it with `countersign up`',
  };
  assert.deepEqual(await client.status(), { ok: false, problem });
  assert.deepEqual(await client.join('reports'), { ok: false, problem });
  await assert.rejects(client.events()[Symbol.asyncIterator]().next(), isProblem('admin/unreachable'));
});

test('events come as they happen, line breaks of other alphabets in them or not', async () => {
  const { operations, append, whenFollowers } = workingOperations();
  await using admin = await openAdmin({ operations });
  append({ before: 'nobody followed' });
  const events = adminClient(admin.socketPath).events()[Symbol.asyncIterator]();
  const first = events.next();
  await whenFollowers(1);
  const appended = ['a', 'b\u{2028}c\u{2029}d\u{85}e\r\nf', 'é😀'.repeat(50_000)].map((text) => append({ text }));
  const received: (FollowedEvent | undefined)[] = [(await first).value ?? undefined];
  for (let count = 1; count < appended.length; count += 1) received.push((await events.next()).value ?? undefined);
  assert.deepEqual(received, appended);
  await events.return?.(undefined);
  await whenFollowers(0);
});

test('a server that goes away ends the events with a problem, not with silence', async () => {
  const { operations, append, whenFollowers } = workingOperations();
  const admin = await openAdmin({ operations });
  const events = adminClient(admin.socketPath).events()[Symbol.asyncIterator]();
  const first = events.next();
  await whenFollowers(1);
  append({});
  assert.equal((await first).done, false);
  const next = assert.rejects(events.next(), isProblem('admin/gone'));
  await admin[Symbol.asyncDispose]();
  await next;
});

test('a refusal to follow is a problem, and not an event', async () => {
  await using admin = await openAdmin({ ...workingOperations(), peerOf: () => undefined });
  await assert.rejects(
    adminClient(admin.socketPath).events()[Symbol.asyncIterator]().next(),
    isProblem('admin/not-yours'),
  );
});

test('whoever joins is a member until it leaves', async () => {
  const { operations, members, whenMembers } = workingOperations();
  await using admin = await openAdmin({ operations });
  const joined = await adminClient(admin.socketPath).join('reports');
  assert.ok(joined.ok);
  const { id, environment, left, leave } = joined.value;
  assert.deepEqual([id, environment], [REPORTS, { PORT: '7009' }]);
  assert.deepEqual(members(), [process.pid], 'the pid is the kernel\u{2019}s word, not the caller\u{2019}s');
  leave();
  await Promise.all([left, whenMembers(0)]);
});

test('a refusal to join is a problem, and nobody is a member by it', async () => {
  const { operations, members } = workingOperations();
  await using admin = await openAdmin({ operations });
  const refused = await adminClient(admin.socketPath).join('a/b c');
  assert.equal(refused.ok ? '' : refused.problem.message, 'no workload `a/b c` is declared');
  assert.deepEqual(members(), []);
});

test('a server that stops ends the membership on both sides', async () => {
  const { operations, whenMembers } = workingOperations();
  const admin = await openAdmin({ operations });
  const joined = await adminClient(admin.socketPath).join('reports');
  assert.ok(joined.ok);
  await admin[Symbol.asyncDispose]();
  await Promise.all([joined.value.left, whenMembers(0)]);
});

test('what does not speak the contract is a problem, never an exception', async () => {
  for (const body of ['', 'hello', '{', 'null, 1']) {
    for (const status of [200, 500]) {
      await using stranger = await openStranger((_, response) => response.writeHead(status).end(body));
      const answer = await adminClient(stranger.path).status();
      assert.equal(answer.ok ? '' : answer.problem.code, 'admin/bad-answer');
    }
  }
});

test('an answer that breaks off is a problem, never an exception', async () => {
  await using stranger = await openStranger((request, response) => {
    response.writeHead(200);
    response.write('{"half": ', () => request.socket.destroy());
  });
  const client = adminClient(stranger.path);
  const status = await client.status();
  assert.equal(status.ok ? '' : status.problem.code, 'admin/gone');
  const joined = await client.join('reports');
  assert.equal(joined.ok ? '' : joined.problem.code, 'admin/gone');
  await assert.rejects(client.events()[Symbol.asyncIterator]().next(), isProblem('admin/gone'));
});
