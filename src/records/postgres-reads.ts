/** Reads of the records from PostgreSQL: each is one statement, so that it shows one revision. */
import type { Row, Sql } from 'postgres';

import { type Revision, toRevision } from '../kernel/revision.ts';
import { changesOf, checkReachable, PAGE_BYTES, PAGE_REVISIONS, recordOf, type StoreState } from './page.ts';
import type { NameRange } from './record-key.ts';
import type { Changes, Listing, StoredRecord } from './records.ts';

export class PostgresReads {
  readonly #sql: Sql;
  readonly #schema: string;

  constructor(sql: Sql, schema: string) {
    this.#sql = sql;
    this.#schema = schema;
  }

  async state(): Promise<StoreState> {
    return stateOf(await this.#sql`select head, compacted from ${this.#sql(this.#schema)}.state`);
  }

  async get(kind: string, name: string, asOf?: Revision): Promise<StoredRecord | undefined> {
    const sql = this.#sql;
    const rows = await sql`
      select s.head, s.compacted, v.name, v.revision, v.value
      from ${sql(this.#schema)}.state s left join ${sql(this.#schema)}.versions v
        on v.kind = ${kind} and v.name = ${name} and v.value is not null and ${this.#visible(asOf)}`;
    if (asOf !== undefined) checkReachable(asOf, stateOf(rows));
    return recordsOf(kind, rows)[0];
  }

  async list(kind: string, range: NameRange, asOf?: Revision): Promise<Listing> {
    const sql = this.#sql;
    const end = range.to === undefined ? sql`` : sql`and v.name < ${range.to}`;
    const rows = await sql`
      select s.head, s.compacted, v.name, v.revision, v.value
      from ${sql(this.#schema)}.state s left join ${sql(this.#schema)}.versions v
        on v.kind = ${kind} and v.name >= ${range.from} ${end} and v.value is not null and ${this.#visible(asOf)}
      order by v.name`;
    const state = stateOf(rows);
    if (asOf !== undefined) checkReachable(asOf, state);
    return { records: recordsOf(kind, rows), revision: asOf ?? state.head };
  }

  async changesAfter(after: Revision): Promise<readonly Changes[]> {
    const sql = this.#sql;
    const rows = await sql`
      select s.head, s.compacted, v.revision, v.kind, v.name, v.value
      from ${sql(this.#schema)}.state s left join (
        select *, coalesce(sum(octet_length(value)) over (
          order by revision groups between unbounded preceding and 1 preceding), 0) as before
        from ${sql(this.#schema)}.versions
        where revision > ${after} and revision <= ${after + PAGE_REVISIONS}
      ) v on v.before < ${PAGE_BYTES}
      order by v.revision, v.position`;
    checkReachable(after, stateOf(rows));
    return changesOf(
      rows.filter(found).map((row) => ({
        revision: Number(row['revision']),
        kind: String(row['kind']),
        name: String(row['name']),
        value: row['value'] as string | null,
      })),
    );
  }

  #visible(asOf: Revision | undefined): ReturnType<Sql> {
    if (asOf === undefined) return this.#sql`v.superseded is null`;
    return this.#sql`v.revision <= ${asOf} and (v.superseded is null or v.superseded > ${asOf})`;
  }
}

/** The state is in every row, and in the only one when no version was found. */
export function stateOf(rows: readonly Row[]): StoreState {
  return { head: toRevision(Number(rows[0]?.['head'])), compacted: toRevision(Number(rows[0]?.['compacted'])) };
}

function found(row: Row): boolean {
  return row['name'] !== null;
}

function recordsOf(kind: string, rows: readonly Row[]): StoredRecord[] {
  return rows
    .filter(found)
    .map((row) =>
      recordOf(kind, { name: String(row['name']), revision: Number(row['revision']), value: String(row['value']) }),
    );
}
