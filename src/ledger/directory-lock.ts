/** One writer per directory, for as long as its process lives: the lock goes with the process, however that ends. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { ProblemError } from '../kernel/problem.ts';
import { locked, toProblem } from './problems.ts';

const SQLITE_BUSY = 5;

/**
 * An exclusive lock on an empty SQLite database: Node has no `flock`, and a file with a process id in it is wrong after
 * a crash, in another PID namespace, or both. Returns the function that gives it back, once or more. `ledger/locked` when another
 * has it.
 */
export async function lockDirectory(directory: string): Promise<() => void> {
  let database: DatabaseSync | undefined;
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    database = new DatabaseSync(join(directory, 'lock'), { timeout: 0 });
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database?.close();
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) throw new ProblemError(locked(directory));
    throw toProblem(`lock \`${directory}\``, error);
  }
  const held = database;
  return () => {
    if (held.isOpen) held.close();
  };
}
