/** Reads of the records from SQLite: what the writing process and offline commands have in common. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';

import { type Revision, toRevision } from '../kernel/revision.ts';
import { type ChangeRow, changesOf, checkReachable, PAGE_BYTES, PAGE_REVISIONS, recordOf } from './page.ts';
import type { RecordRow, StoreState } from './page.ts';
import { closed } from './problems.ts';
import { checkKey, rangeOfPrefix } from './record-key.ts';
import type { Changes, Listing, RecordsReader, StoredRecord } from './records.ts';
import { sqliteFault } from './sqlite-fault.ts';
import { openSqliteForReading } from './sqlite-schema.ts';

const VISIBLE_NOW = 'superseded is null and value is not null';
const VISIBLE_AT = 'revision <= :at and (superseded is null or superseded > :at) and value is not null';
const IN_RANGE = 'kind = :kind and name >= :from and (:to is null or name < :to)';

/** `before` counts the bytes of the batches before a row's, so that whole batches are taken and at least one. */
const CHANGES_AFTER = `
  select revision, kind, name, value from (
    select revision, position, kind, name, value, coalesce(sum(octet_length(value)) over (
      order by revision groups between unbounded preceding and 1 preceding), 0) as before
    from versions where revision > :after and revision <= :after + ${PAGE_REVISIONS}
  ) where before < ${PAGE_BYTES} order by revision, position`;

type Range = { readonly kind: string; readonly from: string; readonly to: string | null };

/** Synchronous reads on one connection; each is one snapshot, since nothing else writes through it meanwhile. */
export class SqliteReads {
  readonly #state: StatementSync;
  readonly #get: StatementSync;
  readonly #getAt: StatementSync;
  readonly #list: StatementSync;
  readonly #listAt: StatementSync;
  readonly #changesAfter: StatementSync;

  constructor(database: DatabaseSync) {
    const columns = 'select name, revision, value from versions where';
    this.#state = database.prepare('select head, compacted from state');
    this.#get = database.prepare(`${columns} kind = :kind and name = :name and ${VISIBLE_NOW}`);
    this.#getAt = database.prepare(`${columns} kind = :kind and name = :name and ${VISIBLE_AT}`);
    this.#list = database.prepare(`${columns} ${IN_RANGE} and ${VISIBLE_NOW} order by name`);
    this.#listAt = database.prepare(`${columns} ${IN_RANGE} and ${VISIBLE_AT} order by name`);
    this.#changesAfter = database.prepare(CHANGES_AFTER);
  }

  state(): StoreState {
    const row = this.#state.get() as { readonly head: number; readonly compacted: number };
    return { head: toRevision(row.head), compacted: toRevision(row.compacted) };
  }

  get(kind: string, name: string, asOf?: Revision): StoredRecord | undefined {
    if (asOf !== undefined) checkReachable(asOf, this.state());
    const row = asOf === undefined ? this.#get.get({ kind, name }) : this.#getAt.get({ kind, name, at: asOf });
    return row === undefined ? undefined : recordOf(kind, row as RecordRow);
  }

  list(range: Range, asOf?: Revision): Listing {
    const state = this.state();
    if (asOf !== undefined) checkReachable(asOf, state);
    const rows = asOf === undefined ? this.#list.all(range) : this.#listAt.all({ ...range, at: asOf });
    return { records: rows.map((row) => recordOf(range.kind, row as RecordRow)), revision: asOf ?? state.head };
  }

  changesAfter(after: Revision): readonly Changes[] {
    checkReachable(after, this.state());
    return changesOf(this.#changesAfter.all({ after }) as ChangeRow[]);
  }
}

/** The asynchronous port over the synchronous reads; faults of the file become problems here. */
export class SqliteReader implements RecordsReader {
  readonly #database: DatabaseSync;
  readonly #path: string;
  readonly #writer: 'this-process' | 'another-process';
  readonly #reads: SqliteReads;

  constructor(database: DatabaseSync, path: string, writer: 'this-process' | 'another-process') {
    this.#database = database;
    this.#path = path;
    this.#writer = writer;
    this.#reads = new SqliteReads(database);
  }

  async get(kind: string, name: string, asOf?: Revision): Promise<StoredRecord | undefined> {
    if (!checkKey(kind, name).ok) return undefined;
    return this.read((reads) => reads.get(kind, name, asOf));
  }

  async list(kind: string, prefix: string, asOf?: Revision): Promise<Listing> {
    const range = rangeOfPrefix(prefix);
    return this.read((reads) => {
      if (range === undefined) return { records: [], revision: asOf ?? reads.state().head };
      return reads.list({ kind, from: range.from, to: range.to ?? null }, asOf);
    });
  }

  async revision(): Promise<Revision> {
    return this.read((reads) => reads.state().head);
  }

  /** One snapshot: what another process commits meanwhile is seen by none of the statements of `work`. */
  read<T>(work: (reads: SqliteReads) => T): T {
    if (!this.#database.isOpen) throw closed();
    try {
      if (this.#writer === 'this-process') return work(this.#reads);
      this.#database.exec('begin');
      try {
        return work(this.#reads);
      } finally {
        this.#database.exec('rollback');
      }
    } catch (error) {
      throw sqliteFault(error, this.#path);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#database.isOpen) this.#database.close();
  }
}

/**
 * Opens a store that this process does not write, for offline commands; a writer may be at work beside it. Throws
 * the `ProblemError`s `records/newer-version`, `/foreign`, `/corrupt` and `/unavailable`.
 */
export function openSqliteReader(path: string): RecordsReader {
  return new SqliteReader(openSqliteForReading(path), path, 'another-process');
}
