/** Connections to PostgreSQL: what every session is set to, and how work survives a restart of the server. */
import { setTimeout as wait } from 'node:timers/promises';

import { type ClientConfig, Pool, type QueryResultRow } from 'pg';

import { ProblemError } from '../kernel/problem.ts';
import { isTransient } from './postgres-fault.ts';

/** One writes, the others read; each server adds one that listens. PostgreSQL allows 100 by default. */
const MAX_CONNECTIONS = 4;
const CONNECT_TIMEOUT_MS = 10_000;

/**
 * The server gives up on us after these, so that a process that hangs in the middle of a commit does not hold the
 * lock of the writers against all others.
 */
const SERVER_TIMEOUTS = {
  lock_timeout: 10_000,
  statement_timeout: 20_000,
  idle_in_transaction_session_timeout: 10_000,
} as const;

/** Longer than the server's: without an answer for this long the connection is taken for dead. */
const ANSWER_TIMEOUT_MS = 30_000;

/** A restart of the server takes a few seconds; work that can be repeated waits that long. */
const RETRY_FOR_MS = 8000;
const RETRY_FIRST_MS = 25;
const RETRY_LAST_MS = 500;

/** One statement with its parameters, on a connection of its own or within a transaction. */
export type Query = (text: string, values?: readonly unknown[]) => Promise<readonly QueryResultRow[]>;

/** `url` as `postgres://user:password@host:port/database?sslmode=verify-full`. */
export function sessionOf(url: string): ClientConfig {
  return {
    connectionString: url,
    application_name: 'countersign',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: ANSWER_TIMEOUT_MS,
    keepAlive: true,
    ...SERVER_TIMEOUTS,
  };
}

export function poolOf(url: string): Pool {
  const pool = new Pool({ ...sessionOf(url), max: MAX_CONNECTIONS });
  // A connection that breaks while nobody uses it: the pool has dropped it, and the next use makes another.
  pool.on('error', () => {});
  return pool;
}

/** Each statement on any connection of the pool, in a transaction of its own. */
export function queryOf(pool: Pool): Query {
  return async (text, values) => (await pool.query(text, values === undefined ? [] : [...values])).rows;
}

/** Host, port and database: what a message may name. Throws `records/unavailable` for what is no URL. */
export function placeOf(url: string): string {
  // The text is never shown: a password with a forgotten `%40` would be in it.
  if (!URL.canParse(url) || !/^postgres(?:ql)?:/u.test(url)) {
    throw new ProblemError({
      code: 'records/unavailable',
      message: 'the URL of the store is no PostgreSQL URL',
      hint: 'write it as `postgres://user:password@host:5432/database`, special characters as %40 and the like',
    });
  }
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
}

/**
 * Repeats work while the server is away, up to `RETRY_FOR_MS`, then throws what the last attempt threw. Only for work
 * of which nothing is committed when it throws what `isTransient` accepts.
 */
export async function retried<T>(work: () => Promise<T>, stop: AbortSignal): Promise<T> {
  const started = performance.now();
  for (let delay = RETRY_FIRST_MS; ; delay = Math.min(delay * 2, RETRY_LAST_MS)) {
    try {
      return await work();
    } catch (error) {
      if (!isTransient(error) || stop.aborted || performance.now() - started + delay > RETRY_FOR_MS) throw error;
    }
    await wait(delay, undefined, { signal: stop }).catch(() => undefined);
  }
}
