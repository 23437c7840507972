/** Durable writes of the records and how soon watchers hear of them, on both engines. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { Client } from 'pg';

import { openPostgresRecords } from '../src/records/postgres-records.ts';
import type { Records } from '../src/records/records.ts';
import { openSqliteRecords } from '../src/records/sqlite-records.ts';
import { startPostgres } from '../test/fixtures/postgres-server.ts';
import { type Bar, percentile } from './bar.ts';

const WRITERS = 64;
const RUN_MS = 4000;
const LATENCY_SAMPLES = 400;

/** About the size of a small policy; each differs, since SQLite writes nothing when nothing changes. */
function valueOf(index: number): { readonly spec: string; readonly index: number } {
  return { spec: 'x'.repeat(400), index };
}

async function writesPerSecond(records: Records): Promise<number> {
  const started = performance.now();
  let written = 0;
  const writer = async (name: string): Promise<void> => {
    while (performance.now() - started < RUN_MS) {
      const outcome = await records.write([{ kind: 'bench', name, value: valueOf(written) }]);
      if (!outcome.ok) throw new Error(outcome.problem.message);
      written += 1;
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, (_, index) => writer(`w${index}`)));
  return written / ((performance.now() - started) / 1000);
}

/** From the call of `write` to the arrival at a watcher, one write at a time, in milliseconds. */
async function latencies(writer: Records, watcher: Records): Promise<number[]> {
  const watch = watcher.watch(await watcher.revision())[Symbol.asyncIterator]();
  const samples: number[] = [];
  for (let index = 0; index <= LATENCY_SAMPLES; index += 1) {
    const started = performance.now();
    const [written] = await Promise.all([
      writer.write([{ kind: 'bench', name: 'latency', value: index }]),
      watch.next(),
    ]);
    if (!written.ok) throw new Error(written.problem.message);
    // The first waits for the connection that listens.
    if (index > 0) samples.push(performance.now() - started);
  }
  await watch.return?.();
  return samples;
}

/** The same write by the engine itself, one commit for each: what a store without group commit does. */
async function commitsPerSecond(commit: (index: number) => unknown): Promise<number> {
  const started = performance.now();
  let written = 0;
  for (; performance.now() - started < RUN_MS; written += 1) await commit(written);
  return written / ((performance.now() - started) / 1000);
}

function bars(engine: string, writes: number, single: number, samples: readonly number[], note: string): Bar[] {
  return [
    {
      name: `${engine}: durable writes, ${WRITERS} writers`,
      figure: writes,
      unit: 'records/s',
      peers: [{ name: 'one commit for each', figure: single }],
      note: '400-byte values, one record a batch',
    },
    { name: `${engine}: write to watcher, p50`, figure: percentile(samples, 0.5), unit: 'ms', note },
    { name: `${engine}: write to watcher, p99`, figure: percentile(samples, 0.99), unit: 'ms', note },
  ];
}

async function sqlite(home: string): Promise<Bar[]> {
  await using records = openSqliteRecords(join(home, 'records.db'));
  const writes = await writesPerSecond(records);
  const samples = await latencies(records, records);
  const plain = new DatabaseSync(join(home, 'plain.db'));
  plain.exec(
    'pragma journal_mode = wal; pragma synchronous = full; create table t (name text primary key, value text)',
  );
  const insert = plain.prepare('insert into t values (?, ?) on conflict (name) do update set value = excluded.value');
  const single = await commitsPerSecond((index) => insert.run(`w${index % WRITERS}`, JSON.stringify(valueOf(index))));
  plain.close();
  return bars('SQLite', writes, single, samples, 'same process, the fsync included');
}

async function postgres(): Promise<Bar[]> {
  await using server = await startPostgres();
  await using records = await openPostgresRecords({ url: server.url });
  await using other = await openPostgresRecords({ url: server.url });
  const writes = await writesPerSecond(records);
  const samples = await latencies(records, other);
  const plain = new Client({ connectionString: server.url });
  await plain.connect();
  await plain.query('create table t (name text primary key, value text)');
  const upsert = 'insert into t values ($1, $2) on conflict (name) do update set value = excluded.value';
  const single = await commitsPerSecond((index) =>
    plain.query(upsert, [`w${index % WRITERS}`, JSON.stringify(valueOf(index))]),
  );
  await plain.end();
  return bars(
    'PostgreSQL',
    writes,
    single,
    samples,
    'writer and watcher on connections of their own, the fsync included',
  );
}

export async function run(): Promise<readonly Bar[]> {
  const home = mkdtempSync(join(tmpdir(), 'countersign-bench-'));
  try {
    return [...(await sqlite(home)), ...(await postgres())];
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}
