/** What PostgreSQL and the network say when something is broken, in words for an operator. */
import { type Problem, ProblemError } from '../kernel/problem.ts';

/** Of the driver and of the system: the server was not reached, or went away. */
const CONNECTION_CODES: ReadonlySet<string> = new Set([
  ...['CONNECTION_CLOSED', 'CONNECTION_DESTROYED', 'CONNECT_TIMEOUT'],
  ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'ENETUNREACH', 'EHOSTUNREACH', 'ENOENT'],
  ...['ENOTFOUND', 'EAI_AGAIN'],
]);

/** SQLSTATEs after which the same work may succeed on a new connection (PostgreSQL, appendix A). */
const TRANSIENT_STATES: ReadonlySet<string> = new Set([
  // The server shuts down, crashed, or is starting; too many connections.
  ...['57P01', '57P02', '57P03', '57P05', '53300'],
  // Serialization failure and deadlock: nothing was committed.
  ...['40001', '40P01'],
  // A connection was idle in a transaction for too long: its process was stopped.
  '25P03',
]);

export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** Whether the same work may be tried again, provided that it was not being committed. */
export function isTransient(error: unknown): boolean {
  const code = codeOf(error);
  return CONNECTION_CODES.has(code) || TRANSIENT_STATES.has(code) || code.startsWith('08');
}

/** Whether the server itself refused, so that it is certain what became of the transaction. */
export function isRefusal(error: unknown): boolean {
  return error instanceof Error && error.name === 'PostgresError' && !isTransient(error);
}

/** `where` is host and database, never the URL: that holds the password. */
export function postgresFault(error: unknown, where: string): ProblemError {
  if (error instanceof ProblemError) return error;
  // The driver's error carries the query's parameters, which are the values: only its sentence goes on.
  return new ProblemError(problemOf(codeOf(error), error instanceof Error ? error.message : String(error), where));
}

function problemOf(code: string, said: string, where: string): Problem {
  if (code === '53100') {
    return { code: 'records/disk-full', message: `PostgreSQL at \`${where}\` has no space left`, hint: 'free some' };
  }
  if (code.startsWith('XX')) {
    const hint = 'look into the log of the server; a backup may have to be restored';
    return { code: 'records/corrupt', message: `PostgreSQL at \`${where}\` reports damage: ${said}`, hint };
  }
  if (code === '25006') {
    const hint =
      'the server is a standby or read-only: name the primary, or all hosts with target_session_attrs=read-write';
    return { code: 'records/read-only', message: `PostgreSQL at \`${where}\` cannot be written: ${said}`, hint };
  }
  const message = `PostgreSQL at \`${where}\` cannot be used: ${said}`;
  return { code: 'records/unavailable', message, hint: hintOf(code) };
}

function hintOf(code: string): string {
  if (code.startsWith('28')) return 'check the user and the password in the URL, and pg_hba.conf of the server';
  if (code === '3D000') return 'create the database, or name another one in the URL';
  if (code === '42501') return 'the user needs CREATE on the database once, then USAGE on the schema and its tables';
  if (code === '55P03')
    return 'another server holds the lock of the writers for long: is it stopped, or the disk slow?';
  if (isTransient(Object.assign(new Error(code), { code }))) return 'is the server up, and reachable from here?';
  return 'look into the log of the server';
}
