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
    closeSync(openSync(lockPath, 'a', 0o600));
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
