/** The suite of the records on SQLite, and what only SQLite has: files, locks, and readers in other processes. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';

import { ProblemError } from '../../src/kernel/problem.ts';
import { toRevision } from '../../src/kernel/revision.ts';
import { openSqliteReader } from '../../src/records/sqlite-reader.ts';
import { openSqliteRecords } from '../../src/records/sqlite-records.ts';
import { recordsConformance, rejectsWith } from './records-conformance.ts';

const home = mkdtempSync(join(tmpdir(), 'countersign-records-'));
let stores = 0;
after(() => {
  rmSync(home, { recursive: true, force: true });
});

function newPath(): string {
  stores += 1;
  return join(home, `store-${stores}`, 'records.db');
}

function throwsWith(work: () => unknown, code: string): void {
  assert.throws(work, (error) => error instanceof ProblemError && assert.equal(error.problem.code, code) === undefined);
}

recordsConformance('SQLite', async () => {
  const path = newPath();
  return { open: async () => openSqliteRecords(path) };
});

test('a store in memory lives as long as it is open', async () => {
  await using records = openSqliteRecords(':memory:');
  await using other = openSqliteRecords(':memory:');
  await records.write([{ kind: 'thing', name: 'a', value: 1 }]);
  assert.equal(await other.revision(), 0);
});

test('the files of a store are readable by their owner alone', async () => {
  const path = newPath();
  await using records = openSqliteRecords(path);
  await records.write([{ kind: 'thing', name: 'a', value: 1 }]);
  for (const file of [path, `${path}-wal`, `${path}-lock`]) assert.equal(statSync(file).mode & 0o077, 0, file);
});

test('a store that is open for writing is not opened for writing again, until it is closed', async () => {
  const path = newPath();
  const records = openSqliteRecords(path);
  throwsWith(() => openSqliteRecords(path), 'records/in-use');
  const script = `
    import { openSqliteRecords } from ${JSON.stringify(new URL('../../src/records/sqlite-records.ts', import.meta.url).href)};
    try { openSqliteRecords(${JSON.stringify(path)}); } catch (error) { console.log(error.problem.code); }`;
  const other = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  assert.equal(other.stdout.trim(), 'records/in-use', other.stderr);
  await records[Symbol.asyncDispose]();
  await using again = openSqliteRecords(path);
  assert.equal(await again.revision(), 0);
});

test('a second process reads what was acknowledged, beside the writer and without one', async () => {
  const path = newPath();
  const script = `
    import { openSqliteReader } from ${JSON.stringify(new URL('../../src/records/sqlite-reader.ts', import.meta.url).href)};
    await using reader = openSqliteReader(${JSON.stringify(path)});
    console.log(JSON.stringify([await reader.revision(), await reader.list('thing', '')]));`;
  const read = (): unknown => {
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    assert.equal(child.status, 0, child.stderr);
    return JSON.parse(child.stdout);
  };
  const shown = [1, { records: [{ kind: 'thing', name: 'a', value: 1, revision: 1 }], revision: 1 }];
  {
    await using records = openSqliteRecords(path);
    await records.write([{ kind: 'thing', name: 'a', value: 1 }]);
    assert.deepEqual(read(), shown);
  }
  assert.deepEqual(read(), shown);
  await using records = openSqliteRecords(path);
  assert.equal(await records.revision(), 1, 'the reader left the store as it was');
});

test('a reader sees one revision in a listing while a writer goes on', async () => {
  const path = newPath();
  await using records = openSqliteRecords(path);
  await using reader = openSqliteReader(path);
  for (let revision = 1; revision <= 20; revision += 1) {
    await records.write([
      { kind: 'thing', name: 'a', value: revision },
      { kind: 'thing', name: 'b', value: revision },
    ]);
    const listing = await reader.list('thing', '');
    assert.deepEqual(
      listing.records.map(({ value }) => value),
      [revision, revision],
    );
    assert.equal(listing.revision, revision);
  }
  await rejectsWith(reader.get('thing', 'a', toRevision(21)), 'records/future-revision');
});

test('what is no store is refused, and left as it is', async () => {
  const garbage = newPath();
  await openSqliteRecords(garbage)[Symbol.asyncDispose]();
  const text = 'this is no database, but a text of some length that somebody put here by mistake\n'.repeat(20);
  writeFileSync(garbage, text);
  throwsWith(() => openSqliteRecords(garbage), 'records/corrupt');
  throwsWith(() => openSqliteReader(garbage), 'records/corrupt');
  assert.equal(statSync(garbage).size, text.length);

  const other = join(home, 'other.db');
  const database = new DatabaseSync(other);
  database.exec('create table cookies (id)');
  database.close();
  throwsWith(() => openSqliteRecords(other), 'records/foreign');
  throwsWith(() => openSqliteReader(other), 'records/foreign');
  throwsWith(() => openSqliteReader(join(home, 'none.db')), 'records/unavailable');
});

test('a store of a newer version is refused, by writer and reader', async () => {
  const path = newPath();
  await openSqliteRecords(path)[Symbol.asyncDispose]();
  const database = new DatabaseSync(path);
  database.exec('pragma user_version = 99');
  database.close();
  throwsWith(() => openSqliteRecords(path), 'records/newer-version');
  throwsWith(() => openSqliteReader(path), 'records/newer-version');
});

test('a damaged store says so, and where', async () => {
  const path = newPath();
  {
    await using records = openSqliteRecords(path);
    await records.write(
      Array.from({ length: 500 }, (_, index) => ({ kind: 'thing', name: `n${index}`, value: 'x'.repeat(500) })),
    );
  }
  truncateSync(path, 8192);
  let failure: unknown;
  try {
    await using records = openSqliteRecords(path);
    await records.list('thing', '');
  } catch (error) {
    failure = error;
  }
  assert.ok(failure instanceof ProblemError, String(failure));
  assert.equal(failure.problem.code, 'records/corrupt');
  assert.ok(failure.message.includes(path));
});

test('a store that this user may not write is a problem that says so', async () => {
  const path = newPath();
  await openSqliteRecords(path)[Symbol.asyncDispose]();
  chmodSync(path, 0o400);
  // Root may write anything: there the same is tried as somebody else, for the length of a synchronous call.
  const nobody = process.geteuid?.() === 0 ? 65_534 : undefined;
  if (nobody !== undefined) {
    chmodSync(home, 0o755);
    for (const owned of [dirname(path), path, `${path}-lock`]) chownSync(owned, nobody, nobody);
    process.seteuid?.(nobody);
  }
  try {
    throwsWith(() => openSqliteRecords(path), 'records/read-only');
  } finally {
    if (nobody !== undefined) process.seteuid?.(0);
  }
});
