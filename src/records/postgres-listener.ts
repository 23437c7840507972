/** The connection on which PostgreSQL says that there is something new: made again whenever it breaks. */
import { setTimeout as wait } from 'node:timers/promises';

import { Client, type ClientConfig } from 'pg';

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
  readonly #session: ClientConfig;
  readonly #channel: string;
  readonly #events: ListenerEvents;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;

  constructor(session: ClientConfig, channel: string, events: ListenerEvents) {
    this.#session = session;
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
    const client = new Client({ ...this.#session, query_timeout: HEARTBEAT_MS });
    const over = Promise.withResolvers<never>();
    over.promise.catch(() => undefined);
    client.on('error', over.reject);
    client.on('end', () => {
      over.reject(new Error('Connection terminated'));
    });
    client.on('notification', ({ payload }) => {
      this.#events.notified(payload ?? '');
    });
    const stopped = (): void => {
      over.reject(signal.reason);
    };
    signal.addEventListener('abort', stopped);
    try {
      await Promise.race([over.promise, client.connect()]);
      await client.query(`listen "${this.#channel}"`);
      await this.#events.listening();
      established();
      while (!signal.aborted) {
        await Promise.race([over.promise, wait(HEARTBEAT_MS, undefined, { signal, ref: false })]);
        if (!signal.aborted) await client.query('select 1');
      }
    } finally {
      signal.removeEventListener('abort', stopped);
      await client.end();
    }
  }
}
