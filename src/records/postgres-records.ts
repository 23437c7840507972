/** The records in PostgreSQL: the store of several servers. */
import { setTimeout as wait } from 'node:timers/promises';

import type { Pool } from 'pg';

import { type Problem, ProblemError } from '../kernel/problem.ts';
import type { Result } from '../kernel/result.ts';
import { NO_REVISION, type Revision, toRevision } from '../kernel/revision.ts';
import { type Batch, parseBatch } from './batch.ts';
import { ChangeFeed } from './change-feed.ts';
import { GroupCommit } from './group-commit.ts';
import { checkReachable } from './page.ts';
import { writeGroup } from './postgres-commit.ts';
import { placeOf, poolOf, type Query, queryOf, retried, sessionOf } from './postgres-connection.ts';
import { postgresFault } from './postgres-fault.ts';
import { PostgresListener } from './postgres-listener.ts';
import { PostgresReads } from './postgres-reads.ts';
import { preparePostgres } from './postgres-schema.ts';
import { transaction } from './postgres-transaction.ts';
import { closed } from './problems.ts';
import { checkKey, rangeOfPrefix } from './record-key.ts';
import type { Changes, Listing, Records, StoredRecord, Write } from './records.ts';

/** How many versions one statement of a compaction deletes, so that it stays well below the statement timeout. */
const COMPACT_VERSIONS = 2000;
/** How often a watch tries again to read from a server that stays away. */
const WATCH_RETRY_MS = 500;

export type PostgresOptions = {
  /** `postgres://user:password@host:port/database?sslmode=verify-full`. */
  readonly url: string;
  /** Of the tables; made when there is none. Lower case letters, digits and `_`. */
  readonly schema?: string;
  /** Told when the connection that watches is lost; watches wait, and go on when the server is back. */
  readonly report?: (problem: Problem) => void;
};

class PostgresRecords implements Records {
  readonly #pool: Pool;
  readonly #query: Query;
  readonly #schema: string;
  readonly #where: string;
  readonly #report: (problem: Problem) => void;
  readonly #reads: PostgresReads;
  readonly #commits: GroupCommit;
  readonly #feed: ChangeFeed;
  readonly #listener: PostgresListener;
  readonly #stop = new AbortController();
  readonly #working = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  constructor(pool: Pool, options: Required<PostgresOptions>, where: string) {
    this.#pool = pool;
    this.#query = queryOf(pool);
    this.#schema = options.schema;
    this.#where = where;
    this.#report = options.report;
    const channel = `${options.schema}_records`;
    this.#reads = new PostgresReads(this.#query, options.schema);
    this.#commits = new GroupCommit((group) => this.#commit(channel, group));
    this.#feed = new ChangeFeed((after) => this.#readAfter(after));
    this.#listener = new PostgresListener(sessionOf(options.url), channel, {
      notified: (payload) => {
        // Anybody on the database can notify: a payload that is no revision is none of ours.
        if (/^\d{1,15}$/u.test(payload)) this.#feed.advance(toRevision(Number(payload)));
      },
      listening: async () => {
        this.#feed.resume((await this.#reads.state()).head);
      },
      lost: (error) => {
        this.#report(postgresFault(error, where).problem);
      },
    });
  }

  async get(kind: string, name: string, asOf?: Revision): Promise<StoredRecord | undefined> {
    return checkKey(kind, name).ok ? this.#run(() => this.#reads.get(kind, name, asOf)) : undefined;
  }

  async list(kind: string, prefix: string, asOf?: Revision): Promise<Listing> {
    const range = rangeOfPrefix(prefix);
    if (range === undefined || !checkKey(kind, 'any').ok)
      return { records: [], revision: asOf ?? (await this.revision()) };
    return this.#run(() => this.#reads.list(kind, range, asOf));
  }

  async revision(): Promise<Revision> {
    return (await this.#run(() => this.#reads.state())).head;
  }

  async write(batch: readonly Write[]): Promise<Result<Revision>> {
    const parsed = parseBatch(batch);
    return parsed.ok ? this.#commits.submit(parsed.value) : parsed;
  }

  watch(from: Revision, options: { readonly signal?: AbortSignal } = {}): AsyncIterable<Changes> {
    if (this.#closing === undefined) this.#listener.start();
    return this.#feed.watch(from, options.signal);
  }

  /**
   * The mark is durable before the first version goes. A crash after it leaves versions that no read can ask for;
   * the next compaction deletes them.
   */
  async compact(before: Revision): Promise<void> {
    const { head } = await this.#run(() => this.#reads.state());
    checkReachable(before, { head, compacted: NO_REVISION });
    const mark = `update "${this.#schema}".state set compacted = greatest(compacted, $1)`;
    await this.#run(() => this.#query(mark, [before]));
    const versions = `"${this.#schema}".versions`;
    // A version that no read from `before` on can see: replaced by then, or a deletion by then.
    for (const found of ['superseded <= $1', 'value is null and revision <= $1']) {
      const deleteSome = `delete from ${versions} where (kind, name, revision) in (
        select kind, name, revision from ${versions} where ${found} limit ${COMPACT_VERSIONS}) returning 1`;
      let deleted = COMPACT_VERSIONS;
      while (deleted === COMPACT_VERSIONS && this.#closing === undefined) {
        deleted = (await this.#run(() => this.#query(deleteSome, [before]))).length;
      }
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#commits.close();
    this.#stop.abort();
    this.#feed.close();
    await this.#listener.close();
    await Promise.allSettled(this.#working);
    await this.#pool.end();
  }

  async #commit(channel: string, group: readonly Batch[]): Promise<readonly Result<Revision>[]> {
    const { outcomes, head } = await this.#run(() =>
      transaction(this.#pool, (query) => writeGroup(query, this.#schema, channel, group)),
    );
    this.#feed.advance(head);
    return outcomes;
  }

  /** A watch outlives the server: it waits for as long as it takes. */
  async #readAfter(after: Revision): Promise<readonly Changes[]> {
    for (;;) {
      try {
        return await this.#run(() => this.#reads.changesAfter(after));
      } catch (error) {
        if (!(error instanceof ProblemError) || error.problem.code !== 'records/unavailable') throw error;
        this.#report(error.problem);
      }
      await wait(WATCH_RETRY_MS, undefined, { signal: this.#stop.signal }).catch(() => undefined);
    }
  }

  async #run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#stop.signal.aborted) throw closed();
    const working = retried(work, this.#stop.signal);
    this.#working.add(working);
    try {
      return await working;
    } catch (error) {
      throw postgresFault(error, this.#where);
    } finally {
      this.#working.delete(working);
    }
  }
}

/**
 * Opens the store in a PostgreSQL database, 15 or later, and makes its tables when there are none. Any number of
 * processes may write it. Throws the `ProblemError`s `records/newer-version`, `/foreign` and `/unavailable`.
 */
export async function openPostgresRecords(options: PostgresOptions): Promise<Records> {
  const { url, schema = 'countersign', report = (): void => {} } = options;
  const where = placeOf(url);
  if (!/^[a-z_][a-z0-9_]{0,47}$/u.test(schema)) {
    const message = `\`${schema}\` is no name for the schema of the records`;
    const hint = 'up to 48 lower case letters, digits and `_`, not beginning with a digit';
    throw new ProblemError({ code: 'records/unavailable', message, hint });
  }
  const pool = poolOf(url);
  try {
    await preparePostgres(pool, schema, where);
    return new PostgresRecords(pool, { url, schema, report }, where);
  } catch (error) {
    await pool.end();
    throw postgresFault(error, where);
  }
}
