/** Connections to PostgreSQL: what every session is set to, and how work survives a restart of the server. */
import { setTimeout as wait } from 'node:timers/promises';

import postgres, { type Options, type Sql } from 'postgres';

import { ProblemError } from '../kernel/problem.ts';
import { isTransient } from './postgres-fault.ts';

/** One writes, the others read; each server adds one that listens. PostgreSQL allows 100 by default. */
const MAX_CONNECTIONS = 4;
const CONNECT_TIMEOUT_SECONDS = 10;

/**
 * The server gives up on us after these, in milliseconds, so that a process that hangs in the middle of a commit
 * does not hold the lock of the writers against all others.
 */
const SESSION = { lock_timeout: 10_000, statement_timeout: 20_000, idle_in_transaction_session_timeout: 10_000 };

/** A restart of the server takes a few seconds; work that can be repeated waits that long. */
const RETRY_FOR_MS = 8000;
const RETRY_FIRST_MS = 25;
const RETRY_LAST_MS = 500;

export type MakeSql = (options: Options<{}>) => Sql;

export function ignoreNotice(): void {}

/** `url` as `postgres://user:password@host:port/database?sslmode=verify-full`. */
export function connector(url: string): MakeSql {
  return (options) =>
    postgres(url, {
      connection: { application_name: 'countersign', ...SESSION },
      connect_timeout: CONNECT_TIMEOUT_SECONDS,
      fetch_types: false,
      max: MAX_CONNECTIONS,
      onnotice: ignoreNotice,
      ...options,
    });
}

/** Host, port and database: what a message may name. Throws `records/unavailable` for what is no URL. */
export function placeOf(url: string): string {
  // The parsed text is never shown: a password with a forgotten `%40` would be in it.
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
 * Repeats work that is not committed by it, or not yet, while the server is away, up to `RETRY_FOR_MS`; then throws
 * what the last attempt threw.
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
