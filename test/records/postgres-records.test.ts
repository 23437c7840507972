/** The suite of the records on a real PostgreSQL, and what only PostgreSQL has: several writers, and a network. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Socket, connect } from 'node:net';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { Client } from 'pg';

import { type Problem, ProblemError } from '../../src/kernel/problem.ts';
import { NO_REVISION, toRevision } from '../../src/kernel/revision.ts';
import { openPostgresRecords } from '../../src/records/postgres-records.ts';
import { type PostgresServer, startPostgres } from '../fixtures/postgres-server.ts';
import { codeOf, recordsConformance, rejectsWith, revisionOf, takeUntil } from './records-conformance.ts';

// A watch that is never woken would wait for ever: the bound is for that, not for speed.
const bounded = { timeout: 120_000 };
let server: PostgresServer;
before(async () => {
  server = await startPostgres();
});
after(async () => {
  await server[Symbol.asyncDispose]();
});

let schemas = 0;
recordsConformance('PostgreSQL', async () => {
  schemas += 1;
  const schema = `suite_${schemas}`;
  return { open: () => openPostgresRecords({ url: server.url, schema }) };
});

test('servers that start at once make the schema once, and see each other’s writes', bounded, async () => {
  const url = await server.createDatabase();
  const all = await Promise.all(Array.from({ length: 6 }, () => openPostgresRecords({ url })));
  const watches = all.map((records) => takeUntil(records.watch(NO_REVISION), 6));
  await Promise.all(all.map((records, index) => records.write([{ kind: 'thing', name: `n${index}`, value: index }])));
  for (const taken of await Promise.all(watches)) {
    assert.deepEqual(
      taken.map(({ revision }) => revision),
      [1, 2, 3, 4, 5, 6],
    );
  }
  await Promise.all(all.map((records) => records[Symbol.asyncDispose]()));
});

test('writers in several processes never show a revision before an earlier one', bounded, async () => {
  const url = await server.createDatabase();
  await using records = await openPostgresRecords({ url });
  const [processes, writes] = [4, 60];
  const children = Array.from({ length: processes }, (_, index) =>
    spawn(
      process.execPath,
      [fileURLToPath(new URL('ordered-writer.child.ts', import.meta.url)), url, String(index), String(writes)],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    ),
  );
  const ended = children.map(async (child) => once(child, 'close'));
  const total = processes * writes;
  // While they write, a listing must never show a hole: what it shows of a counter is all revisions up to its own.
  const watched = takeUntil(records.watch(NO_REVISION), total);
  for (let head = 0; head < total;) {
    const listing = await records.list('entry', '');
    const revisions = listing.records.map(({ revision }) => revision).sort((a, b) => a - b);
    assert.deepEqual(
      revisions,
      Array.from({ length: listing.revision }, (_, index) => index + 1),
    );
    head = listing.revision;
  }
  for (const [code] of await Promise.all(ended)) assert.equal(code, 0);
  assert.deepEqual(
    (await watched).map(({ revision }) => revision),
    Array.from({ length: total }, (_, index) => index + 1),
  );
});

test('a restart of the server is survived by writers, readers and watchers', bounded, async () => {
  await using own = await startPostgres();
  const problems: Problem[] = [];
  await using records = await openPostgresRecords({ url: own.url, report: (problem) => problems.push(problem) });
  await records.write([{ kind: 'thing', name: 'a', value: 1 }]);
  const watched = takeUntil(records.watch(NO_REVISION), 3);
  for (const [mode, value] of [
    ['fast', 2],
    ['immediate', 3],
  ] as const) {
    await own.stop(mode);
    const write = untilAvailable(() => records.write([{ kind: 'thing', name: 'a', value }]));
    const read = untilAvailable(() => records.get('thing', 'a'));
    await own.start();
    assert.equal(revisionOf(await write), value);
    assert.ok(Number((await read)?.value) >= value - 1);
  }
  assert.deepEqual(
    (await watched).map(({ revision }) => revision),
    [1, 2, 3],
  );
  assert.ok(problems.every(({ code }) => code === 'records/unavailable'));
});

test('a commit whose answer is lost is reported as unknown, whether it was committed or not', bounded, async () => {
  const url = await server.createDatabase();
  await using direct = await openPostgresRecords({ url });
  for (const committed of [true, false]) {
    await using proxy = await cutAtCommit(server.port, committed);
    const through = new URL(url);
    through.port = String(proxy.port);
    const records = await openPostgresRecords({ url: through.href });
    proxy.arm();
    const head = await direct.revision();
    await rejectsWith(records.write([{ kind: 'thing', name: 'a', value: committed }]), 'records/outcome-unknown');
    // The server may still be at it: the next write of anybody waits for the end of that transaction.
    const next = revisionOf(await direct.write([{ kind: 'thing', name: 'b', value: 1 }]));
    assert.equal(next, head + (committed ? 2 : 1));
    assert.equal((await direct.get('thing', 'a'))?.value, true);
    // The store recovers by itself: the connection is made anew.
    assert.equal(codeOf(await records.write([{ kind: 'thing', name: 'c', value: 1 }])), 'ok');
    await records[Symbol.asyncDispose]();
  }
});

test('a store of a newer version, or of another application, is refused', bounded, async () => {
  const url = await server.createDatabase();
  await (await openPostgresRecords({ url }))[Symbol.asyncDispose]();
  await execute(url, 'update countersign.state set version = 99');
  await rejectsWith(openPostgresRecords({ url }), 'records/newer-version');
  await execute(url, 'create schema other; create table other.state (mine text)');
  await rejectsWith(openPostgresRecords({ url, schema: 'other' }), 'records/foreign');
});

test('what cannot be reached is reported without the password', bounded, async () => {
  const cases = [
    `postgres://postgres:hunter2@127.0.0.1:${server.port}/postgres`,
    `postgres://postgres:hunter2@127.0.0.1:1/postgres`,
    `postgres://postgres:hunter2@127.0.0.1:${server.port}/no-such-database`,
    'mysql://root:hunter2@localhost/records',
    'postgres://postgres:hunter2@@@:x',
  ];
  for (const url of cases) {
    await assert.rejects(openPostgresRecords({ url }), (error) => {
      assert.ok(error instanceof ProblemError);
      assert.equal(error.problem.code, 'records/unavailable');
      assert.ok(error.problem.hint !== undefined);
      assert.ok(!`${error.message} ${error.problem.hint} ${error.stack}`.includes('hunter2'));
      return true;
    });
  }
  await rejectsWith(openPostgresRecords({ url: server.url, schema: 'No "good"' }), 'records/unavailable');
});

test('a store that is set back by a backup tells its watchers to list again', bounded, async () => {
  const url = await server.createDatabase();
  await using records = await openPostgresRecords({ url });
  for (const value of [1, 2, 3]) await records.write([{ kind: 'thing', name: 'a', value }]);
  await execute(url, 'delete from countersign.versions where revision > 1; update countersign.state set head = 1');
  await rejectsWith(takeUntil(records.watch(toRevision(3)), 4), 'records/future-revision');
});

/** Work itself waits some seconds for a server that restarts; on a machine that is very busy that is not enough. */
async function untilAvailable<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ProblemError) || error.problem.code !== 'records/unavailable') throw error;
    }
  }
}

async function execute(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(sql);
  await client.end();
}

type Cutting = { readonly port: number; readonly arm: () => void; [Symbol.asyncDispose](): Promise<void> };

/** A proxy that cuts the next connection on which a commit is sent: after it was passed on, or before. */
async function cutAtCommit(target: number, passOn: boolean): Promise<Cutting> {
  let armed = false;
  const sockets = new Set<Socket>();
  const proxy = createServer((client) => {
    const upstream = connect(target, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => sockets.delete(socket));
    }
    let cut = false;
    client.on('data', (chunk) => {
      cut ||= armed && chunk.includes('commit\0');
      if (cut) armed = false;
      if (!cut || passOn) upstream.write(chunk);
      if (cut && !passOn) for (const socket of [client, upstream]) socket.destroy();
    });
    upstream.on('data', (chunk) => {
      // The answer to the commit is the first thing that comes after it: it is dropped, and the connection with it.
      if (cut) for (const socket of [client, upstream]) socket.destroy();
      else client.write(chunk);
    });
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const address = proxy.address();
  assert.ok(address !== null && typeof address === 'object');
  return {
    port: address.port,
    arm: () => {
      armed = true;
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      proxy.close();
      await once(proxy, 'close');
    },
  };
}
