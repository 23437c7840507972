/** A transaction of PostgreSQL, and what is known of it when its connection breaks. */
import type { Pool } from 'pg';

import type { Query } from './postgres-connection.ts';
import { isRefusal } from './postgres-fault.ts';
import { outcomeUnknown } from './problems.ts';

/**
 * Runs `work` and commits it. Throws `records/outcome-unknown` when the connection broke after COMMIT was sent;
 * whatever else it throws, nothing was committed. READ COMMITTED, so that a statement after a lock sees what the
 * holder before committed.
 */
export async function transaction<T>(pool: Pool, work: (query: Query) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  // Without a listener the loss of an idle connection would end the process; a lost one fails the next statement.
  const ignore = (): void => {};
  client.on('error', ignore);
  let committing = false;
  try {
    const query: Query = async (text, values) =>
      (await client.query(text, values === undefined ? [] : [...values])).rows;
    await client.query('begin isolation level read committed');
    const result = await work(query);
    committing = true;
    const { command } = await client.query('commit');
    if (command !== 'COMMIT') throw new Error('the server rolled the transaction back');
    client.off('error', ignore);
    client.release();
    return result;
  } catch (error) {
    // The connection is dropped, and the server rolls back what was not committed on it.
    client.release(true);
    if (committing && !isRefusal(error)) throw outcomeUnknown(error);
    throw error;
  }
}
