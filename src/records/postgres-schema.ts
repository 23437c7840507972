/** The schema of the records in PostgreSQL: made when it is new, refused when it is not ours. */
import type { Pool } from 'pg';

import { ProblemError } from '../kernel/problem.ts';
import { type Query, queryOf } from './postgres-connection.ts';
import { transaction } from './postgres-transaction.ts';
import { foreign, newerVersion } from './problems.ts';

const SCHEMA_VERSION = 1;

/** Of `pg_advisory_xact_lock`: two servers that start at once make the schema one after the other. "CSgn". */
const LOCK = 0x43_53_67_6e;

/**
 * The same rows as in SQLite. COLLATE "C" compares bytes. `value` is text and not jsonb, which would drop the order
 * of members and refuse `\u0000`. A later version may change everything but `state.version`.
 */
function statementsFor(schema: string): readonly string[] {
  const versions = `"${schema}".versions`;
  return [
    `create schema if not exists "${schema}"`,
    `create table ${versions} (
      kind text collate "C" not null, name text collate "C" not null, revision bigint not null, superseded bigint,
      position integer not null, value text collate "C"
    )`,
    `create unique index versions_by_key on ${versions} (kind, name, revision)`,
    `create unique index versions_current on ${versions} (kind, name) where superseded is null`,
    `create unique index versions_by_revision on ${versions} (revision, position)`,
    `create index versions_superseded on ${versions} (superseded) where superseded is not null`,
    `create index versions_deleted on ${versions} (revision) where value is null`,
    `create table "${schema}".state (
      one integer primary key check (one = 1), version integer not null, head bigint not null, compacted bigint not null
    )`,
    `insert into "${schema}".state values (1, ${SCHEMA_VERSION}, 0, 0)`,
  ];
}

async function exists(query: Query, schema: string): Promise<boolean> {
  const rows = await query("select 1 from pg_tables where schemaname = $1 and tablename = 'state'", [schema]);
  return rows.length > 0;
}

/** Throws the `ProblemError`s `records/newer-version`, `/foreign` and `/unavailable`, and what the driver throws. */
export async function preparePostgres(pool: Pool, schema: string, where: string): Promise<void> {
  const query = queryOf(pool);
  const [encoding] = await query("select current_setting('server_encoding') as name");
  if (encoding?.['name'] !== 'UTF8') {
    throw new ProblemError({
      code: 'records/unavailable',
      message: `the database at \`${where}\` has the encoding ${String(encoding?.['name'])}, and the records need UTF8`,
      hint: "create it with `create database NAME encoding 'UTF8' template template0`",
    });
  }
  if (!(await exists(query, schema))) {
    await transaction(pool, async (within) => {
      await within('select pg_advisory_xact_lock($1)', [LOCK]);
      if (await exists(within, schema)) return;
      for (const statement of statementsFor(schema)) await within(statement);
    });
  }
  const columns = `select 1 from information_schema.columns
    where table_schema = $1 and table_name = 'state' and column_name = 'version'`;
  if ((await query(columns, [schema])).length === 0) throw foreign(`${where}, schema ${schema}`);
  const [state] = await query(`select version from "${schema}".state`);
  const found = Number(state?.['version']);
  if (found > SCHEMA_VERSION) throw newerVersion(`${where}, schema ${schema}`, found, SCHEMA_VERSION);
}
