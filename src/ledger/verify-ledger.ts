/** Recomputes every hash and checks every signature of a ledger: what an auditor runs on a copy of the files. */
import { join } from 'node:path';

import { type Problem, ProblemError } from '../kernel/problem.ts';
import { type ChainState, EMPTY_CHAIN } from './chain.ts';
import { type Checkpoint, openCheckpoint } from './checkpoint.ts';
import type { VerifierKey } from './note-key.ts';
import { corrupt, missing, toProblem, wrongKey } from './problems.ts';
import { lost, readCheckpointFile } from './recovery.ts';
import { listSegments } from './segment.ts';
import { type Replayed, replaySegment } from './segment-replay.ts';
import { CHECKPOINT_FILE } from './tail.ts';

export type LedgerReport =
  | {
      readonly kind: 'intact';
      readonly events: number;
      readonly segments: number;
      /** The newest signed statement; undefined only in a ledger that was never written to. */
      readonly lastCheckpoint: Checkpoint | undefined;
      /** Bound by the chain, but not under a signature yet: who can write the files could rewrite these. */
      readonly eventsAfterCheckpoint: number;
      /** False while a writer is at work, and after a crash. */
      readonly closed: boolean;
      /** Of a write that is going on, or that a crash ended. No event of it was acknowledged. */
      readonly unfinishedBytes: number;
    }
  | {
      readonly kind: 'damaged';
      /** `ledger/corrupt`, `ledger/wrong-key` or `ledger/newer-version`. */
      readonly problem: Problem;
      readonly file: string;
      /** Of the first byte of the smallest part that is known to be wrong: an entry, or a frame. */
      readonly offset: number;
      /** So many events from the first on are as they were recorded. */
      readonly soundEvents: number;
    };

export type VerifyOptions = {
  /** Checkpoints that were kept elsewhere: only with one of these can a ledger rewritten with its own key be told. */
  readonly witnessed?: readonly string[];
};

/**
 * Never throws for what is in the files.
 *
 * @throws ProblemError `ledger/missing`, and `ledger/unavailable` when the files cannot be read.
 */
export async function verifyLedger(
  directory: string,
  key: VerifierKey,
  { witnessed = [] }: VerifyOptions = {},
): Promise<LedgerReport> {
  try {
    // Before the segments: a live writer may sign more meanwhile.
    const signed = await signedElsewhere(directory, key, witnessed);
    return 'kind' in signed ? signed : await verifySegments(directory, key, signed);
  } catch (error) {
    throw toProblem('be read', error);
  }
}

type Damaged = LedgerReport & { readonly kind: 'damaged' };

async function verifySegments(
  directory: string,
  key: VerifierKey,
  signed: readonly Checkpoint[],
): Promise<LedgerReport> {
  const segments = await listSegments(directory);
  const newest = signed.toSorted((a, b) => a.size - b.size).at(-1);
  if (segments.length === 0 && newest === undefined) throw new ProblemError(missing(directory));
  const roots = new Map<number, string>(signed.map(({ size, root }) => [size, root]));
  const split = signed.find(({ size, root }) => roots.get(size) !== root);
  if (split !== undefined) {
    const what = `two signed checkpoints of ${split.size} entries have different roots: the key signed two histories`;
    return damaged(0, corrupt({ file: CHECKPOINT_FILE, offset: 0 }, what), CHECKPOINT_FILE, 0);
  }

  let before: ChainState = EMPTY_CHAIN;
  let last: Replayed | undefined;
  let checkpoint: Checkpoint | undefined;
  for (const segment of segments) {
    const { size } = before.frontier;
    const at = { file: segment.name, offset: last?.end ?? 0, soundEvents: size };
    if (last !== undefined && last.tornBytes > 0) {
      return damaged(at.soundEvents, corrupt(at, 'the segment before this one is cut off'), segment.name, 0);
    }
    if (segment.first !== size) {
      const what = `entries ${size} to ${segment.first - 1} are missing before it`;
      return damaged(size, corrupt({ file: segment.name, offset: 0 }, what), segment.name, 0);
    }
    last = await replaySegment(join(directory, segment.name), segment, { key, before, roots });
    if (last.damage !== undefined) {
      return damaged(last.damage.sequence, last.damage.problem, segment.name, last.damage.offset);
    }
    before = last.chain;
    checkpoint = last.checkpoint;
  }

  const { size } = before.frontier;
  if (newest !== undefined && newest.size > size) return damaged(size, lost(newest, size), CHECKPOINT_FILE, 0);
  return {
    kind: 'intact',
    events: size,
    segments: segments.length,
    lastCheckpoint: newest !== undefined && newest.size > (checkpoint?.size ?? -1) ? newest : checkpoint,
    eventsAfterCheckpoint: size - Math.max(newest?.size ?? 0, checkpoint?.size ?? 0),
    closed: last?.lastFrame === 'close' && last.tornBytes === 0,
    unfinishedBytes: last?.tornBytes ?? 0,
  };
}

/** The checkpoint file and the notes that the auditor brought. */
async function signedElsewhere(
  directory: string,
  key: VerifierKey,
  witnessed: readonly string[],
): Promise<readonly Checkpoint[] | Damaged> {
  const own = await readCheckpointFile(directory, key);
  if (!own.ok) return damaged(0, own.problem, CHECKPOINT_FILE, 0);
  const signed = own.value === undefined ? [] : [own.value];
  for (const [index, note] of witnessed.entries()) {
    const name = `witnessed checkpoint ${index + 1}`;
    const opened = openCheckpoint(note, key);
    if (!opened.ok) return damaged(0, wrongKey(name, opened.problem.message), name, 0);
    signed.push(opened.value);
  }
  return signed;
}

function damaged(soundEvents: number, problem: Problem, file: string, offset: number): Damaged {
  return { kind: 'damaged', problem, file, offset, soundEvents };
}
