/** The schema of the records in PostgreSQL: made when it is new, refused when it is not ours. */
import type { Sql, TransactionSql } from 'postgres';

import { ProblemError } from '../kernel/problem.ts';
import { foreign, newerVersion } from './problems.ts';

const SCHEMA_VERSION = 1;

/** Of `pg_advisory_xact_lock`: two servers that start at once make the schema one after the other. "CSgn". */
const LOCK = 0x43_53_67_6e;

/**
 * The same rows as in SQLite. COLLATE "C" compares bytes. `value` is text and not jsonb, which would drop the order
 * of members and refuse `\u0000`. A later version may change everything but `state.version`.
 */
async function create(sql: Sql, schema: string): Promise<void> {
  await sql.begin(async (tx) => {
    await tx`select pg_advisory_xact_lock(${LOCK})`;
    if (await exists(tx, schema)) return;
    const at = tx(schema);
    await tx`create schema if not exists ${at}`;
    await tx`create table ${at}.versions (
      kind text collate "C" not null, name text collate "C" not null, revision bigint not null, superseded bigint,
      position integer not null, value text collate "C"
    )`;
    await tx`create unique index versions_by_key on ${at}.versions (kind, name, revision)`;
    await tx`create unique index versions_current on ${at}.versions (kind, name) where superseded is null`;
    await tx`create unique index versions_by_revision on ${at}.versions (revision, position)`;
    await tx`create index versions_superseded on ${at}.versions (superseded) where superseded is not null`;
    await tx`create index versions_deleted on ${at}.versions (revision) where value is null`;
    await tx`create table ${at}.state (
      one integer primary key check (one = 1), version integer not null, head bigint not null, compacted bigint not null
    )`;
    await tx`insert into ${at}.state values (1, ${SCHEMA_VERSION}, 0, 0)`;
  });
}

async function exists(sql: Sql | TransactionSql, schema: string): Promise<boolean> {
  const rows = await sql`select 1 from pg_tables where schemaname = ${schema} and tablename = 'state'`;
  return rows.length > 0;
}

/** Throws the `ProblemError`s `records/newer-version`, `/foreign` and `/unavailable`, and what the driver throws. */
export async function preparePostgres(sql: Sql, schema: string, where: string): Promise<void> {
  const [encoding] = await sql`select current_setting('server_encoding') as name`;
  if (encoding?.['name'] !== 'UTF8') {
    throw new ProblemError({
      code: 'records/unavailable',
      message: `the database at \`${where}\` has the encoding ${String(encoding?.['name'])}, and the records need UTF8`,
      hint: "create it with `create database NAME encoding 'UTF8' template template0`",
    });
  }
  if (!(await exists(sql, schema))) await create(sql, schema);
  const version = await sql`select column_name from information_schema.columns
    where table_schema = ${schema} and table_name = 'state' and column_name = 'version'`;
  if (version.length === 0) throw foreign(`${where}, schema ${schema}`);
  const [state] = await sql`select version from ${sql(schema)}.state`;
  const found = Number(state?.['version']);
  if (found > SCHEMA_VERSION) throw newerVersion(`${where}, schema ${schema}`, found, SCHEMA_VERSION);
}
