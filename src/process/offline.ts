/** What the command line can answer from the files of a deployment when no server runs. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { explainDecision } from '../decision/explain.ts';
import { loadSnapshot } from '../decision/policy-records.ts';
import type { Snapshot } from '../decision/snapshot.ts';
import type { EventId } from '../kernel/event-id.ts';
import type { Problem } from '../kernel/problem.ts';
import { ProblemError } from '../kernel/problem.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import type { Revision } from '../kernel/revision.ts';
import { VERIFIER_FILE } from '../ledger/file-signer.ts';
import type { LedgerEntry } from '../ledger/ledger.ts';
import { parseVerifierKey } from '../ledger/note-key.ts';
import { findEvent, readEvents, type ReadOptions } from '../ledger/read-events.ts';
import { type LedgerReport, verifyLedger } from '../ledger/verify-ledger.ts';
import type { Explained, Names } from '../protocols/admin/contract.ts';
import type { RecordsReader } from '../records/records.ts';
import { openSqliteReader } from '../records/sqlite-reader.ts';
import { problemOf } from './control-plane.ts';
import type { Deployment } from './find-deployment.ts';

/** Explains one event of the ledger against the kept history; for the running server and for the files alike. */
export async function explainEvent(
  ledgerDirectory: string,
  id: EventId,
  records: RecordsReader,
  names: Names,
): Promise<Explained | Problem> {
  const found = await findEvent(ledgerDirectory, id);
  if (found === undefined) {
    const hint = 'an event is found as soon as it is on disk, 50 ms after it happened; is it the right deployment?';
    return { code: 'admin/no-such-event', message: `no event \`${id}\` is in the ledger`, hint };
  }
  const decision = await explainDecision(found.event, (revision) => snapshotAt(records, revision));
  if (decision === undefined) return { kind: 'event', event: found.event, names };
  return { kind: 'decision', decision, names };
}

async function snapshotAt(records: RecordsReader, revision: Revision): Promise<Snapshot | undefined> {
  try {
    const snapshot = await loadSnapshot(records, revision);
    return snapshot.ok ? snapshot.value : undefined;
  } catch (error) {
    if (error instanceof ProblemError && error.problem.code === 'records/compacted') return undefined;
    throw error;
  }
}

export async function explainOffline({ declaration, state }: Deployment, id: EventId): Promise<Result<Explained>> {
  const missing = problemOfState(state);
  if (missing !== undefined) return err(missing);
  try {
    await using records = openSqliteReader(state.records);
    const names = Object.fromEntries(
      [...declaration.workloads.values()].map((workload) => [workload.id, workload.name]),
    );
    const explained = await explainEvent(state.ledger, id, records, names);
    return 'code' in explained ? err(explained) : ok(explained);
  } catch (error) {
    return err(problemOf(error));
  }
}

/** Read from the files also while a server runs: an auditor need not ask it. */
export function readLedgerFiles({ state }: Deployment, options: ReadOptions): Result<AsyncIterable<LedgerEntry>> {
  const missing = problemOfState(state);
  return missing === undefined ? ok(readEvents(state.ledger, options)) : err(missing);
}

export async function verifyLedgerFiles({ state }: Deployment): Promise<Result<LedgerReport>> {
  const missing = problemOfState(state);
  if (missing !== undefined) return err(missing);
  try {
    const key = parseVerifierKey((await readFile(join(state.signer, VERIFIER_FILE), 'utf8')).trim());
    return key.ok ? ok(await verifyLedger(state.ledger, key.value)) : key;
  } catch (error) {
    return err(problemOf(error));
  }
}

function problemOfState({ root }: Deployment['state']): Problem | undefined {
  if (existsSync(root)) return undefined;
  const message = `\`${root}\` is not there: this deployment was never started`;
  return { code: 'state/missing', message, hint: 'start it with `countersign up`' };
}
