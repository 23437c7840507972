/** Finds the end of a ledger when it is opened, cuts off an unfinished write, and refuses everything else. */
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { type Problem, ProblemError } from '../kernel/problem.ts';
import { EMPTY_CHAIN } from './chain.ts';
import { type Checkpoint, openCheckpoint } from './checkpoint.ts';
import { MAX_NOTE_BYTES } from './limits.ts';
import type { VerifierKey } from './note-key.ts';
import { corrupt, wrongKey } from './problems.ts';
import { listSegments } from './segment.ts';
import { replaySegment } from './segment-replay.ts';
import { CHECKPOINT_FILE, Tail, type TailTools } from './tail.ts';

export type Recovered = {
  readonly tail: Tail;
  /** There when the last writer did not close: what to say in the `ledger.gap` event. */
  readonly gap?: { readonly tornBytes: number };
};

/** @throws ProblemError: `ledger/corrupt`, `ledger/newer-version`, `ledger/wrong-key`; nothing is changed then. */
export async function recover(tools: TailTools): Promise<Recovered> {
  const { directory, signer } = tools;
  const last = (await listSegments(directory)).at(-1);
  const published = await readCheckpointFile(directory, signer.verifierKey);
  if (!published.ok) throw new ProblemError(published.problem);
  const known = published.value;
  if (last === undefined) {
    if (known !== undefined && known.size > 0) throw new ProblemError(lost(known, 0));
    return { tail: await opened(await Tail.start(tools, EMPTY_CHAIN)) };
  }

  const roots = new Map<number, string>(known === undefined ? [] : [[known.size, known.root]]);
  const path = join(directory, last.name);
  const found = await replaySegment(path, last, { key: signer.verifierKey, roots });
  if (found.damage !== undefined) throw new ProblemError(found.damage.problem);
  const { size } = found.chain.frontier;
  if (known !== undefined && known.size > size) throw new ProblemError(lost(known, size));

  await removeUnfinished(directory);
  const position = { ...found, first: last.first, offset: found.end };
  const tail = await Tail.resume(tools, position);
  try {
    if (found.tornBytes > 0) await tail.cut();
    if (found.lastFrame === 'seal') await tail.startNext();
    await opened(tail);
  } catch (error) {
    await tail.close().catch(() => undefined);
    throw error;
  }
  if (found.lastFrame === 'close') return { tail };
  return { tail, gap: { tornBytes: found.tornBytes } };
}

/** From here until `close` is written, an end of the process is a crash. */
async function opened(tail: Tail): Promise<Tail> {
  await tail.mark('open');
  return tail;
}

type Published =
  | { readonly ok: true; readonly value: Checkpoint | undefined }
  | { readonly ok: false; readonly problem: Problem };

/** Undefined when there is none yet. */
export async function readCheckpointFile(directory: string, key: VerifierKey): Promise<Published> {
  const path = join(directory, CHECKPOINT_FILE);
  let note: string;
  try {
    if ((await stat(path)).size > MAX_NOTE_BYTES) {
      return { ok: false, problem: corrupt({ file: CHECKPOINT_FILE, offset: 0 }, `it is longer than a checkpoint`) };
    }
    note = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { ok: true, value: undefined };
    throw error;
  }
  const checkpoint = openCheckpoint(note, key);
  return checkpoint.ok ? checkpoint : { ok: false, problem: wrongKey(CHECKPOINT_FILE, checkpoint.problem.message) };
}

export function lost(signed: Checkpoint, found: number): Problem {
  const what = `it speaks of ${signed.size} entries, and ${found} are there, so acknowledged events are lost`;
  return corrupt({ file: CHECKPOINT_FILE, offset: 0 }, what);
}

/** What a crash left of a file that was not yet renamed to its name. */
async function removeUnfinished(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (/^(?:\d{16}\.segment|checkpoint)\.new$/u.test(name)) await rm(join(directory, name), { force: true });
  }
}
