/** One group of batches in one transaction of PostgreSQL, while every other writer of the store waits. */
import { setTimeout as wait } from 'node:timers/promises';

import type { Sql, TransactionSql } from 'postgres';

import type { Result } from '../kernel/result.ts';
import { type Revision, toRevision } from '../kernel/revision.ts';
import { type Batch, keyOf } from './batch.ts';
import { type CurrentVersion, type Plan, planGroup } from './plan.ts';
import { isRefusal } from './postgres-fault.ts';
import { stateOf } from './postgres-reads.ts';
import { outcomeUnknown } from './problems.ts';

/** Longer than the server's own timeouts: beyond it the connection is taken for dead, with no word from it. */
const ANSWER_TIMEOUT_MS = 30_000;

export type Committed = { readonly outcomes: readonly Result<Revision>[]; readonly head: Revision };

/**
 * INVARIANT (order): the row of `state` is locked until the commit, by every writer of every process. So a revision
 * is given out only after the one before it is visible, and nobody ever sees them out of order.
 *
 * A crash, of either side, before COMMIT arrives: the server rolls back, and nobody was told otherwise. A crash after
 * its answer: all of it is there, since the server replays its log (synchronous_commit is never off here). In
 * between: `records/outcome-unknown`, for the caller to look.
 */
export async function commitGroup(
  sql: Sql,
  schema: string,
  channel: string,
  group: readonly Batch[],
): Promise<Committed> {
  let committing = false;
  let abandoned = false;
  const stop = new AbortController();
  const silence = wait(ANSWER_TIMEOUT_MS, undefined, { signal: stop.signal }).then(() => {
    abandoned = true;
    throw Object.assign(new Error('the server does not answer'), { code: 'ETIMEDOUT' });
  });
  const transaction = sql.begin('isolation level read committed', async (tx): Promise<Plan> => {
    const plan = await applyGroup(tx, schema, channel, group);
    // An answer that came after we gave up must not be committed behind the caller's back.
    if (abandoned) throw new Error('given up');
    committing = true;
    return plan;
  });
  try {
    return await Promise.race([transaction, silence]);
  } catch (error) {
    transaction.catch(() => undefined);
    if (committing && !isRefusal(error)) throw outcomeUnknown(error);
    throw error;
  } finally {
    stop.abort();
  }
}

async function applyGroup(tx: TransactionSql, schema: string, channel: string, group: readonly Batch[]): Promise<Plan> {
  const at = tx(schema);
  // A server that is set to forget commits in a crash is overruled; stronger settings stay as they are.
  const [state, current] = await Promise.all([
    tx`select head, compacted, set_config('synchronous_commit',
        case current_setting('synchronous_commit') when 'off' then 'on' else current_setting('synchronous_commit') end,
        true) from ${at}.state for update`,
    tx`select v.kind, v.name, v.revision, v.value is null as deleted
      from json_to_recordset(${keysOf(group)}::text::json) as k (kind text collate "C", name text collate "C")
      join ${at}.versions v on v.kind = k.kind and v.name = k.name and v.superseded is null`,
  ]);
  const versions = new Map<string, CurrentVersion>();
  for (const row of current) {
    const version = { revision: toRevision(Number(row['revision'])), deleted: row['deleted'] === true };
    versions.set(keyOf(String(row['kind']), String(row['name'])), version);
  }
  const plan = planGroup(stateOf(state).head, group, (kind, name) => versions.get(keyOf(kind, name)));
  if (plan.insert.length === 0) return plan;
  // In this order: a record has one current version at any time, and the index holds it to that.
  await Promise.all([
    tx`update ${at}.versions v set superseded = s.superseded
      from json_to_recordset(${JSON.stringify(plan.supersede)}::text::json)
        as s (kind text collate "C", name text collate "C", superseded bigint)
      where v.kind = s.kind and v.name = s.name and v.superseded is null`,
    tx`insert into ${at}.versions (kind, name, revision, superseded, position, value)
      select kind, name, revision, superseded, position, value
      from json_to_recordset(${JSON.stringify(plan.insert)}::text::json)
        as r (kind text, name text, revision bigint, superseded bigint, position integer, value text)`,
    tx`update ${at}.state set head = ${plan.head}`,
    tx`select pg_notify(${channel}, ${String(plan.head)})`,
  ]);
  return plan;
}

function keysOf(group: readonly Batch[]): string {
  return JSON.stringify(group.flatMap(({ entries }) => entries.map(({ kind, name }) => ({ kind, name }))));
}
