/**
 * Writes until it is killed: `crash-writer sqlite PATH` or `crash-writer postgres URL`. Each line that it prints is
 * one acknowledged batch: `[revision, name, value]`. What it prints is out of the process when the write returns.
 */
import { randomUUID } from 'node:crypto';
import { writeSync } from 'node:fs';

import { ProblemError } from '../../src/kernel/problem.ts';
import { NO_REVISION } from '../../src/kernel/revision.ts';
import type { Records } from '../../src/records/records.ts';

const WRITERS = 8;

const [engine, where = ''] = process.argv.slice(2);
const records = await open();

/** Loads one engine only, since this program is started very often. */
async function open(): Promise<Records> {
  if (engine === 'sqlite') return (await import('../../src/records/sqlite-records.ts')).openSqliteRecords(where);
  const { openPostgresRecords } = await import('../../src/records/postgres-records.ts');
  return openPostgresRecords({ url: where, schema: 'crash' });
}

/** Each writer owns one record, so what it expects can only be wrong when the store is. */
async function write(name: string): Promise<never> {
  for (;;) {
    const before = await records.get('left', name);
    // Never the same twice: a batch that was lost and then written again must not look like the lost one.
    const value = randomUUID();
    const both = [
      { kind: 'left', name, value, expected: before?.revision ?? NO_REVISION },
      { kind: 'right', name, value },
    ];
    try {
      const outcome = await records.write(both);
      const line = outcome.ok ? [outcome.value, name, value] : ['refused', name, outcome.problem.message];
      writeSync(1, `${JSON.stringify(line)}\n`);
    } catch (error) {
      // Nothing is known of this batch: the next turn reads what became of it.
      const code = error instanceof ProblemError ? error.problem.code : '';
      if (code !== 'records/outcome-unknown' && code !== 'records/unavailable') throw error;
    }
  }
}

await Promise.all(Array.from({ length: WRITERS }, (_, index) => write(`w${index}`)));
