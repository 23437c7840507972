/** Opens the ledger of a directory for recording: one writer, after whatever end the last one had. */
import { randomBytes } from 'node:crypto';

import type { Clock } from '../kernel/clock.ts';
import type { JsonObject } from '../kernel/json.ts';
import { lockDirectory } from './directory-lock.ts';
import type { Ledger, LedgerTrouble } from './ledger.ts';
import { type LedgerFiles, nodeFiles } from './ledger-files.ts';
import { LedgerWriter } from './ledger-writer.ts';
import { DEFAULT_LEDGER_LIMITS, type LedgerLimits } from './limits.ts';
import type { CheckpointSigner } from './note-key.ts';
import { toProblem } from './problems.ts';
import { recover } from './recovery.ts';

export type LedgerOptions = {
  /** Made when it is not there, for its owner alone. */
  readonly directory: string;
  /** Its name is the origin of the checkpoints. */
  readonly signer: CheckpointSigner;
  readonly clock: Clock;
  readonly onTrouble?: (trouble: LedgerTrouble) => void;
  readonly limits?: Partial<LedgerLimits>;
  /** For the ids of `ledger.gap` events. */
  readonly random?: (bytes: number) => Uint8Array;
  readonly files?: LedgerFiles;
};

/**
 * Opens or starts the ledger of a directory, for one writer at a time. After a crash it cuts off an unfinished write,
 * which nobody was promised, and records a `ledger.gap` event.
 *
 * @throws ProblemError `ledger/locked`, `ledger/corrupt`, `ledger/newer-version`, `ledger/wrong-key`,
 * `ledger/unavailable`.
 */
export async function openLedger(options: LedgerOptions): Promise<Ledger> {
  const { directory, signer, clock, files = nodeFiles, random = randomBytes } = options;
  const unlock = await lockDirectory(directory);
  try {
    const { tail, gap } = await recover({ directory, files, signer, clock });
    const limits = { ...DEFAULT_LEDGER_LIMITS, ...options.limits };
    const onTrouble = options.onTrouble ?? ((): void => undefined);
    const ledger = new LedgerWriter({ tail, clock, random, limits, onTrouble, unlock });
    if (gap !== undefined) await recordGap(ledger, gap);
    return ledger;
  } catch (error) {
    unlock();
    throw toProblem('be opened', error);
  }
}

async function recordGap(ledger: LedgerWriter, gap: JsonObject): Promise<void> {
  try {
    await ledger.recordGap({ reason: 'crash', ...gap });
  } catch (error) {
    await ledger[Symbol.asyncDispose]();
    throw error;
  }
}
