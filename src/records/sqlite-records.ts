/** The records in one SQLite file: the store of a single server. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';

import type { Result } from '../kernel/result.ts';
import { NO_REVISION, type Revision, toRevision } from '../kernel/revision.ts';
import { type Batch, parseBatch } from './batch.ts';
import { ChangeFeed } from './change-feed.ts';
import { GroupCommit } from './group-commit.ts';
import { checkReachable, type StoreState } from './page.ts';
import { type CurrentVersion, type Plan, planGroup } from './plan.ts';
import { closed, outcomeUnknown } from './problems.ts';
import type { Changes, Listing, Records, StoredRecord, Write } from './records.ts';
import { isDiskFull, sqliteFault } from './sqlite-fault.ts';
import { lockForWriting } from './sqlite-lock.ts';
import { SqliteReader } from './sqlite-reader.ts';
import { IN_MEMORY, openSqliteForWriting } from './sqlite-schema.ts';

/** How many versions one transaction of a compaction deletes: a few milliseconds in which nobody else is served. */
const COMPACT_VERSIONS = 500;

/** A version that no read from `before` on can see: replaced by then, or a deletion by then. */
const UNREACHABLE = ['superseded <= :before', 'value is null and revision <= :before'] as const;

class SqliteRecords implements Records {
  readonly #database: DatabaseSync;
  readonly #path: string;
  readonly #unlock: () => void;
  readonly #reader: SqliteReader;
  readonly #commits: GroupCommit;
  readonly #feed: ChangeFeed;
  readonly #current: StatementSync;
  readonly #supersede: StatementSync;
  readonly #insert: StatementSync;
  readonly #setHead: StatementSync;
  readonly #setCompacted: StatementSync;
  readonly #deleteSome: readonly StatementSync[];
  #closing: Promise<void> | undefined;

  constructor(database: DatabaseSync, path: string, unlock: () => void) {
    this.#database = database;
    this.#path = path;
    this.#unlock = unlock;
    this.#reader = new SqliteReader(database, path, 'this-process');
    this.#commits = new GroupCommit(async (group) => this.#commitGroup(group));
    this.#feed = new ChangeFeed(async (after) => this.#reader.read((reads) => reads.changesAfter(after)));
    const current = 'kind = :kind and name = :name and superseded is null';
    this.#current = database.prepare(`select revision, value is null as deleted from versions where ${current}`);
    this.#supersede = database.prepare(`update versions set superseded = :superseded where ${current}`);
    this.#insert = database.prepare(
      `insert into versions (kind, name, revision, superseded, position, value)
       values (:kind, :name, :revision, :superseded, :position, :value)`,
    );
    this.#setHead = database.prepare('update state set head = :head');
    this.#setCompacted = database.prepare('update state set compacted = max(compacted, :before)');
    this.#deleteSome = UNREACHABLE.map((found) =>
      database.prepare(
        `delete from versions where rowid in (select rowid from versions where ${found} limit ${COMPACT_VERSIONS})`,
      ),
    );
  }

  get(kind: string, name: string, asOf?: Revision): Promise<StoredRecord | undefined> {
    return this.#reader.get(kind, name, asOf);
  }

  list(kind: string, prefix: string, asOf?: Revision): Promise<Listing> {
    return this.#reader.list(kind, prefix, asOf);
  }

  revision(): Promise<Revision> {
    return this.#reader.revision();
  }

  async write(batch: readonly Write[]): Promise<Result<Revision>> {
    const parsed = parseBatch(batch);
    return parsed.ok ? this.#commits.submit(parsed.value) : parsed;
  }

  watch(from: Revision, options: { readonly signal?: AbortSignal } = {}): AsyncIterable<Changes> {
    return this.#feed.watch(from, options.signal);
  }

  /**
   * The mark is durable before the first version goes. A crash after it leaves versions that no read can ask for;
   * the next compaction deletes them.
   */
  async compact(before: Revision): Promise<void> {
    this.#transaction((state) => {
      checkReachable(before, { head: state.head, compacted: NO_REVISION });
      this.#setCompacted.run({ before });
    });
    for (const deleteSome of this.#deleteSome) {
      let deleted = COMPACT_VERSIONS;
      while (deleted === COMPACT_VERSIONS && this.#closing === undefined) {
        deleted = Number(this.#transaction(() => deleteSome.run({ before }).changes));
        await new Promise((resolve) => {
          setImmediate(resolve);
        });
      }
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#commits.close();
    this.#feed.close();
    await this.#reader[Symbol.asyncDispose]();
    this.#unlock();
  }

  #commitGroup(group: readonly Batch[]): readonly Result<Revision>[] {
    const plan = this.#transaction(({ head }) => {
      const planned = planGroup(head, group, (kind, name) => this.#currentVersion(kind, name));
      if (planned.insert.length > 0) this.#apply(planned);
      return planned;
    });
    this.#feed.advance(plan.head);
    return plan.outcomes;
  }

  #currentVersion(kind: string, name: string): CurrentVersion | undefined {
    const row = this.#current.get({ kind, name });
    if (row === undefined) return undefined;
    return { revision: toRevision(Number(row['revision'])), deleted: row['deleted'] === 1 };
  }

  #apply(plan: Plan): void {
    for (const row of plan.supersede) this.#supersede.run(row);
    for (const row of plan.insert) this.#insert.run(row);
    this.#setHead.run({ head: plan.head });
  }

  /**
   * A crash before the end of COMMIT: nothing of it is there at the next open, and nobody was told otherwise. A crash
   * after it: all of it is there, since SQLite replays its log at the next open. When COMMIT itself fails, the log
   * may hold the transaction or not, and only the next open would tell.
   */
  #transaction<T>(work: (state: StoreState) => T): T {
    if (!this.#database.isOpen) throw closed();
    let committing = false;
    try {
      this.#database.exec('begin immediate');
      const result = work(this.#reader.read((reads) => reads.state()));
      committing = true;
      this.#database.exec('commit');
      return result;
    } catch (error) {
      // A fault of the disk has rolled back already.
      if (this.#database.isTransaction) this.#database.exec('rollback');
      if (committing && !isDiskFull(error)) throw outcomeUnknown(error);
      throw sqliteFault(error, this.#path);
    }
  }
}

/**
 * Opens the store in the file at `path`, which it makes, with its folder, when there is none; `:memory:` lives as
 * long as it is open. One process at a time, see `lockForWriting`. Throws the `ProblemError`s `records/in-use`,
 * `/newer-version`, `/foreign`, `/corrupt`, `/read-only`, `/disk-full` and `/unavailable`.
 */
export function openSqliteRecords(path: string): Records {
  const unlock = path === IN_MEMORY ? (): void => {} : lockForWriting(path);
  let database: DatabaseSync | undefined;
  try {
    database = openSqliteForWriting(path);
    return new SqliteRecords(database, path, unlock);
  } catch (error) {
    database?.close();
    unlock();
    throw sqliteFault(error, path);
  }
}
