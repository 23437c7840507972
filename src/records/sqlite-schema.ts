/** The SQLite database of the records: opened, created when it is new, refused when it is not ours. */
import { DatabaseSync } from 'node:sqlite';

import { foreign, newerVersion } from './problems.ts';
import { sqliteFault } from './sqlite-fault.ts';
import { makeOwn } from './sqlite-lock.ts';

/** `PRAGMA application_id`: "CSgn", so that another application's database is not taken for ours. */
const APPLICATION_ID = 0x43_53_67_6e;
const SCHEMA_VERSION = 1;

/** How long to wait for a lock of another process, which holds one for a checkpoint or a recovery only. */
const BUSY_TIMEOUT_MS = 5000;

/** A database that lives as long as it is open, for tests. */
export const IN_MEMORY = ':memory:';

/**
 * One row is one version of one record. `superseded` is the revision that replaced it, so what was current at R is
 * what has `revision <= R < superseded`. Text is compared by its bytes (BINARY, the default).
 */
const SCHEMA = `
  create table state (one integer primary key check (one = 1), head integer not null, compacted integer not null);
  insert into state values (1, 0, 0);
  create table versions (
    kind text not null, name text not null, revision integer not null, superseded integer,
    position integer not null, value text
  );
  create unique index versions_by_key on versions (kind, name, revision);
  create unique index versions_current on versions (kind, name) where superseded is null;
  create unique index versions_by_revision on versions (revision, position);
  create index versions_superseded on versions (superseded) where superseded is not null;
  create index versions_deleted on versions (revision) where value is null;
  pragma application_id = ${APPLICATION_ID};
  pragma user_version = ${SCHEMA_VERSION};
`;

/** Throws `records/newer-version`, `/foreign`, `/corrupt`, `/read-only` or `/unavailable`. */
export function openSqliteForWriting(path: string): DatabaseSync {
  try {
    if (path !== IN_MEMORY) makeOwn(path);
    const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
    return prepared(database, path, () => {
      const found = checkOwner(database, path);
      // WAL with FULL: COMMIT returns after the fsync of the log. A crash after it: SQLite replays the log at the
      // next open. A crash before it: the frames lack their commit mark, and the next open ignores them.
      database.exec('pragma journal_mode = wal; pragma synchronous = full; pragma trusted_schema = off');
      if (found === 'empty') database.exec(`begin immediate; ${SCHEMA} commit`);
      // SQLite opens what it may not write for reading, and says so at the first write only: this is it.
      else database.exec('update state set head = head');
    });
  } catch (error) {
    throw sqliteFault(error, path);
  }
}

/** For a second process beside the one that writes, or without one. Throws as `openSqliteForWriting` does. */
export function openSqliteForReading(path: string): DatabaseSync {
  try {
    const database = new DatabaseSync(path, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
    return prepared(database, path, () => {
      if (checkOwner(database, path) === 'empty') throw foreign(path);
    });
  } catch (error) {
    throw sqliteFault(error, path);
  }
}

function prepared(database: DatabaseSync, path: string, prepare: () => void): DatabaseSync {
  try {
    prepare();
    return database;
  } catch (error) {
    database.close();
    throw sqliteFault(error, path);
  }
}

function checkOwner(database: DatabaseSync, path: string): 'ours' | 'empty' {
  const number = (sql: string): number => Number(Object.values(database.prepare(sql).get() ?? {})[0]);
  const application = number('pragma application_id');
  if (application === APPLICATION_ID) {
    const version = number('pragma user_version');
    if (version > SCHEMA_VERSION) throw newerVersion(path, version, SCHEMA_VERSION);
    return 'ours';
  }
  if (application !== 0 || number('select count(*) from sqlite_schema') > 0) throw foreign(path);
  return 'empty';
}
