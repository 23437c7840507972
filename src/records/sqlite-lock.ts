/** One process writes a SQLite store at a time: watchers are woken inside the process, so a second would go unseen. */
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { ProblemError } from '../kernel/problem.ts';
import { isBusy, sqliteFault } from './sqlite-fault.ts';

/**
 * Holds the lock until the returned function is called or the process ends, however it ends: it is SQLite's own
 * lock on an empty database beside the store, which the kernel gives back. Throws `records/in-use`.
 */
export function lockForWriting(path: string): () => void {
  const lockPath = `${path}-lock`;
  let database: DatabaseSync | undefined;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    makeOwn(lockPath);
    database = new DatabaseSync(lockPath);
    database.exec('begin exclusive');
    const held = database;
    return () => {
      held.close();
    };
  } catch (error) {
    database?.close();
    if (!isBusy(error)) throw sqliteFault(error, lockPath);
    throw new ProblemError(
      {
        code: 'records/in-use',
        message: `another process has \`${path}\` open for writing`,
        hint: 'stop the other one, or give this one a store of its own; for several servers use PostgreSQL',
      },
      { cause: error },
    );
  }
}

/**
 * Makes an empty file before SQLite would make it, so that nobody but us can read it; the -wal and -shm files take
 * its mode. A file that is there is not even opened: closing it would give back the locks that this process holds on
 * it (fcntl(2), POSIX locks).
 */
export function makeOwn(path: string): void {
  try {
    closeSync(openSync(path, 'ax', 0o600));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}
