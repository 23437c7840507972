/** The connection on which PostgreSQL says that there is something new: made again whenever it breaks. */
import { setTimeout as wait } from 'node:timers/promises';

import type { Options } from 'postgres';

import { ignoreNotice, type MakeSql } from './postgres-connection.ts';

const RECONNECT_FIRST_MS = 50;
const RECONNECT_LAST_MS = 1000;

/**
 * A connection whose other end vanished without a word looks idle for ever. So it is asked at this interval whether
 * it lives; this asks nothing about the records.
 */
const HEARTBEAT_MS = 15_000;

export type ListenerEvents = {
  /** The payload of each notification. */
  readonly notified: (payload: string) => void;
  /** Notifications may have been missed until now, and none will be from now on; a rejection reconnects. */
  readonly listening: () => Promise<void>;
  readonly lost: (error: unknown) => void;
};

export class PostgresListener {
  readonly #makeSql: MakeSql;
  readonly #channel: string;
  readonly #events: ListenerEvents;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;

  constructor(makeSql: MakeSql, channel: string, events: ListenerEvents) {
    this.#makeSql = makeSql;
    this.#channel = channel;
    this.#events = events;
  }

  /** Does nothing when it runs already. */
  start(): void {
    this.#running ??= this.#run();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    let delay = RECONNECT_FIRST_MS;
    while (!signal.aborted) {
      try {
        await this.#listen(() => {
          delay = RECONNECT_FIRST_MS;
        });
      } catch (error) {
        if (!signal.aborted) this.#events.lost(error);
      }
      await wait(delay, undefined, { signal }).catch(() => undefined);
      delay = Math.min(delay * 2, RECONNECT_LAST_MS);
    }
  }

  /** One connection's life; settles only by rejecting, or when it is closed from here. */
  async #listen(established: () => void): Promise<void> {
    const { signal } = this.#stop;
    const over = Promise.withResolvers<undefined>();
    const options: Options<{}> & { readonly onnotify: (channel: string, payload: string) => void } = {
      max: 1,
      max_lifetime: null,
      onnotice: ignoreNotice,
      onclose: () => {
        over.reject(new Error('the connection that listens was closed'));
      },
      onnotify: (_channel, payload) => {
        this.#events.notified(payload);
      },
    };
    over.promise.catch(() => undefined);
    const sql = this.#makeSql(options);
    const stopped = (): void => {
      over.resolve(undefined);
    };
    signal.addEventListener('abort', stopped);
    try {
      await Promise.race([over.promise, sql`listen ${sql(this.#channel)}`]);
      if (signal.aborted) return;
      await this.#events.listening();
      established();
      while (!signal.aborted) {
        const beat = await Promise.race([over.promise, wait(HEARTBEAT_MS, 'beat', { signal, ref: false })]);
        if (beat === undefined) return;
        const late = wait(HEARTBEAT_MS, undefined, { signal, ref: false }).then(() => {
          throw new Error('the connection that listens does not answer');
        });
        await Promise.race([over.promise, late, sql`select 1`]);
      }
    } finally {
      signal.removeEventListener('abort', stopped);
      await sql.end({ timeout: 0 });
    }
  }
}
