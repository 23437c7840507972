/** What SQLite and the file system say when something is broken, in words for an operator. */
import { type Problem, ProblemError } from '../kernel/problem.ts';

/** Primary result codes, the low byte of `errcode` (sqlite.org/rescode.html). */
const BUSY = 5;
const READONLY = 8;
const CORRUPT = 11;
const FULL = 13;
const NOT_A_DATABASE = 26;

export function sqliteFault(error: unknown, path: string): ProblemError {
  if (error instanceof ProblemError) return error;
  return new ProblemError(problemOf(error, path), { cause: error });
}

function primaryCodeOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return undefined;
  return typeof error.errcode === 'number' ? error.errcode & 0xff : undefined;
}

export function isBusy(error: unknown): boolean {
  return primaryCodeOf(error) === BUSY;
}

export function isDiskFull(error: unknown): boolean {
  return primaryCodeOf(error) === FULL;
}

function problemOf(error: unknown, path: string): Problem {
  const said = error instanceof Error ? error.message : String(error);
  const system = error instanceof Error && 'code' in error ? error.code : undefined;
  const primary = primaryCodeOf(error);
  if (primary === CORRUPT || primary === NOT_A_DATABASE) {
    const hint = 'restore the file, with its -wal, from a backup; keep the damaged one aside for analysis';
    return { code: 'records/corrupt', message: `\`${path}\` is damaged, or is no database: ${said}`, hint };
  }
  if (primary === READONLY || system === 'EACCES' || system === 'EROFS' || system === 'EPERM') {
    const hint = 'the file and its folder must be writable for the user that runs this program';
    return { code: 'records/read-only', message: `\`${path}\` cannot be written: ${said}`, hint };
  }
  if (primary === FULL || system === 'ENOSPC') {
    return {
      code: 'records/disk-full',
      message: `no space is left for \`${path}\``,
      hint: 'free some, then try again',
    };
  }
  if (primary === BUSY) {
    const hint = 'another process holds a lock on it: a backup tool, or a shell that is open on the file';
    return { code: 'records/unavailable', message: `\`${path}\` is locked: ${said}`, hint };
  }
  const hint = 'check that the path exists, and that this user may read it and write to its folder';
  return { code: 'records/unavailable', message: `\`${path}\` cannot be used: ${said}`, hint };
}
