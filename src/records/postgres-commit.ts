/** One group of batches in one transaction of PostgreSQL, while every other writer of the store waits. */
import type { Result } from '../kernel/result.ts';
import { type Revision, toRevision } from '../kernel/revision.ts';
import { type Batch, keyOf } from './batch.ts';
import { type CurrentVersion, type Plan, planGroup } from './plan.ts';
import type { Query } from './postgres-connection.ts';
import { stateOf } from './postgres-reads.ts';

export type Committed = { readonly outcomes: readonly Result<Revision>[]; readonly head: Revision };

/** A server that is set to forget commits in a crash is overruled; stronger settings stay as they are. */
const DURABLE = `set_config('synchronous_commit', case current_setting('synchronous_commit')
  when 'off' then 'on' else current_setting('synchronous_commit') end, true)`;

/**
 * Writes the group within a transaction that the caller commits.
 *
 * INVARIANT (order): the row of `state` is locked until the commit, by every writer of every process. So a revision
 * is given out only after the one before it is visible, and nobody ever sees them out of order.
 *
 * A crash, of either side, before COMMIT arrives: the server rolls back, and nobody was told otherwise. A crash after
 * its answer: all of it is there, since the server replays its log. In between: `records/outcome-unknown`, for the
 * caller to look.
 */
export async function writeGroup(
  query: Query,
  schema: string,
  channel: string,
  group: readonly Batch[],
): Promise<Committed> {
  const state = await query(`select head, compacted, ${DURABLE} from "${schema}".state for update`);
  const versions = await currentVersions(query, schema, group);
  const plan = planGroup(stateOf(state).head, group, (kind, name) => versions.get(keyOf(kind, name)));
  if (plan.insert.length > 0) await apply(query, schema, channel, plan);
  return plan;
}

async function currentVersions(
  query: Query,
  schema: string,
  group: readonly Batch[],
): Promise<Map<string, CurrentVersion>> {
  const keys = group.flatMap(({ entries }) => entries.map(({ kind, name }) => ({ kind, name })));
  const rows = await query(
    `select v.kind, v.name, v.revision, v.value is null as deleted
     from (select distinct * from json_to_recordset($1) as k (kind text collate "C", name text collate "C")) k
     join "${schema}".versions v on v.kind = k.kind and v.name = k.name and v.superseded is null`,
    [JSON.stringify(keys)],
  );
  return new Map(
    rows.map((row) => {
      const version = { revision: toRevision(Number(row['revision'])), deleted: row['deleted'] === true };
      return [keyOf(String(row['kind']), String(row['name'])), version];
    }),
  );
}

/** Two statements, since the index of the current versions must not see two of a record at any time. */
async function apply(query: Query, schema: string, channel: string, plan: Plan): Promise<void> {
  if (plan.supersede.length > 0) {
    await query(
      `update "${schema}".versions v set superseded = s.superseded
       from json_to_recordset($1) as s (kind text collate "C", name text collate "C", superseded bigint)
       where v.kind = s.kind and v.name = s.name and v.superseded is null`,
      [JSON.stringify(plan.supersede)],
    );
  }
  await query(
    `with inserted as (
       insert into "${schema}".versions (kind, name, revision, superseded, position, value)
       select kind, name, revision, superseded, position, value from json_to_recordset($1)
         as r (kind text, name text, revision bigint, superseded bigint, position integer, value text)
     ), moved as (update "${schema}".state set head = $2)
     select pg_notify($3, $4)`,
    [JSON.stringify(plan.insert), plan.head, channel, String(plan.head)],
  );
}
