/** Reads of the records from PostgreSQL: each is one statement, so that it shows one revision. */
import type { QueryResultRow } from 'pg';

import { type Revision, toRevision } from '../kernel/revision.ts';
import { changesOf, checkReachable, PAGE_BYTES, PAGE_REVISIONS, recordOf, type StoreState } from './page.ts';
import type { Query } from './postgres-connection.ts';
import type { NameRange } from './record-key.ts';
import type { Changes, Listing, StoredRecord } from './records.ts';

/** `$1` is the revision to read at, null for now. */
const VISIBLE = `v.value is not null and case when $1::bigint is null then v.superseded is null
  else v.revision <= $1 and (v.superseded is null or v.superseded > $1) end`;

export class PostgresReads {
  readonly #query: Query;
  readonly #state: string;
  readonly #get: string;
  readonly #list: string;
  readonly #changesAfter: string;

  constructor(query: Query, schema: string) {
    this.#query = query;
    this.#state = `select head, compacted from "${schema}".state`;
    // The state stands in every row, and alone in the only one when nothing was found.
    const found = `select s.head, s.compacted, v.name, v.revision, v.value
      from "${schema}".state s left join "${schema}".versions v on v.kind = $2`;
    this.#get = `${found} and v.name = $3 and`;
    this.#list = `${found} and v.name >= $3 and ($4::text is null or v.name < $4) and`;
    this.#changesAfter = `
      select s.head, s.compacted, v.revision, v.kind, v.name, v.value
      from "${schema}".state s left join (
        select *, coalesce(sum(octet_length(value)) over (
          order by revision groups between unbounded preceding and 1 preceding), 0) as before
        from "${schema}".versions where revision > $1 and revision <= $1 + ${PAGE_REVISIONS}
      ) v on v.before < ${PAGE_BYTES}
      order by v.revision, v.position`;
  }

  async state(): Promise<StoreState> {
    return stateOf(await this.#query(this.#state));
  }

  async get(kind: string, name: string, asOf?: Revision): Promise<StoredRecord | undefined> {
    const rows = await this.#query(`${this.#get} ${VISIBLE}`, [asOf ?? null, kind, name]);
    if (asOf !== undefined) checkReachable(asOf, stateOf(rows));
    return recordsOf(kind, rows)[0];
  }

  async list(kind: string, range: NameRange, asOf?: Revision): Promise<Listing> {
    const values = [asOf ?? null, kind, range.from, range.to ?? null];
    const rows = await this.#query(`${this.#list} ${VISIBLE} order by v.name`, values);
    const state = stateOf(rows);
    if (asOf !== undefined) checkReachable(asOf, state);
    return { records: recordsOf(kind, rows), revision: asOf ?? state.head };
  }

  async changesAfter(after: Revision): Promise<readonly Changes[]> {
    const rows = await this.#query(this.#changesAfter, [after]);
    checkReachable(after, stateOf(rows));
    return changesOf(
      rows.filter(isFound).map((row) => ({
        revision: Number(row['revision']),
        kind: String(row['kind']),
        name: String(row['name']),
        value: row['value'] as string | null,
      })),
    );
  }
}

export function stateOf(rows: readonly QueryResultRow[]): StoreState {
  return { head: toRevision(Number(rows[0]?.['head'])), compacted: toRevision(Number(rows[0]?.['compacted'])) };
}

function isFound(row: QueryResultRow): boolean {
  return row['name'] !== null;
}

function recordsOf(kind: string, rows: readonly QueryResultRow[]): StoredRecord[] {
  return rows
    .filter(isFound)
    .map((row) =>
      recordOf(kind, { name: String(row['name']), revision: Number(row['revision']), value: String(row['value']) }),
    );
}
