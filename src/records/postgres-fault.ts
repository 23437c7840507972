/** What PostgreSQL and the network say when something is broken, in words for an operator. */
import { DatabaseError } from 'pg';

import { type Problem, ProblemError } from '../kernel/problem.ts';

/** Of the system: the server was not reached, or went away. */
const SYSTEM_CODES: ReadonlySet<string> = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'ENETUNREACH', 'EHOSTUNREACH', 'ENOENT'],
  ...['ENOTFOUND', 'EAI_AGAIN'],
]);

/** Of the driver, which gives these no code. */
const DRIVER_MESSAGES =
  /^(?:Connection terminated|Query read timeout|timeout e|Client (?:has encountered|was closed))/u;

/** SQLSTATEs after which the same work may succeed on a new connection (PostgreSQL, appendix A). */
const TRANSIENT_STATES: ReadonlySet<string> = new Set([
  // The server shuts down, crashed, or is starting; too many connections.
  ...['57P01', '57P02', '57P03', '57P05', '53300'],
  // Serialization failure and deadlock: nothing was committed.
  ...['40001', '40P01'],
  // A connection was idle in a transaction for too long: its process was stopped.
  '25P03',
]);

/** SQLSTATE, or the code that the system gives; empty when there is none. */
function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** Whether the same work may be tried again, provided that it was not being committed. */
export function isTransient(error: unknown): boolean {
  const code = codeOf(error);
  if (error instanceof DatabaseError) return TRANSIENT_STATES.has(code) || code.startsWith('08');
  return SYSTEM_CODES.has(code) || (error instanceof Error && DRIVER_MESSAGES.test(error.message));
}

/** Whether the server itself answered that it refuses, so that it is certain that nothing was committed. */
export function isRefusal(error: unknown): boolean {
  return error instanceof DatabaseError && !isTransient(error);
}

/** `where` is host and database, never the URL: that holds the password. */
export function postgresFault(error: unknown, where: string): ProblemError {
  if (error instanceof ProblemError) return error;
  // What the driver throws may quote a stored value in its details: only its sentence goes on.
  return new ProblemError(problemOf(error, where));
}

function problemOf(error: unknown, where: string): Problem {
  const said = error instanceof Error && error.message !== '' ? error.message : codeOf(error) || String(error);
  const code = codeOf(error);
  if (code === '53100') {
    return { code: 'records/disk-full', message: `PostgreSQL at \`${where}\` has no space left`, hint: 'free some' };
  }
  if (error instanceof DatabaseError && code.startsWith('XX')) {
    const hint = 'look into the log of the server; a backup may have to be restored';
    return { code: 'records/corrupt', message: `PostgreSQL at \`${where}\` reports damage: ${said}`, hint };
  }
  if (code === '25006') {
    const hint = 'the server is a standby or read-only: name the primary';
    return { code: 'records/read-only', message: `PostgreSQL at \`${where}\` cannot be written: ${said}`, hint };
  }
  const message = `PostgreSQL at \`${where}\` cannot be used: ${said}`;
  return { code: 'records/unavailable', message, hint: hintOf(error, code) };
}

function hintOf(error: unknown, code: string): string {
  if (code.startsWith('28')) return 'check the user and the password in the URL, and pg_hba.conf of the server';
  if (code === '3D000') return 'create the database, or name another one in the URL';
  if (code === '42501') return 'the user needs CREATE on the database once, then USAGE on the schema and its tables';
  if (code === '55P03')
    return 'another server holds the lock of the writers for long: is it stopped, or the disk slow?';
  return isTransient(error) ? 'is the server up, and reachable from here?' : 'look into the log of the server';
}
