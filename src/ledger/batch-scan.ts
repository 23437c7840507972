/** Reads the batches of a ledger in order, without a running ledger and without its lock. */
import { open } from 'node:fs/promises';
import { join } from 'node:path';

import { ProblemError } from '../kernel/problem.ts';
import {
  type EntrySpan,
  entrySpans,
  FORMAT_VERSION,
  FRAME_HEADER_BYTES,
  FRAME_MAGIC,
  readFrameHeader,
} from './frame.ts';
import { scanFrames } from './frame-scan.ts';
import { corrupt, missing, newerVersion, toProblem } from './problems.ts';
import { listSegments, readSeal, type SegmentName, type Summary } from './segment.ts';

export type ScannedBatch = {
  /** The number of its first entry. */
  readonly sequence: number;
  /** Valid until the next batch is asked for. */
  readonly body: Buffer;
  readonly spans: readonly EntrySpan[];
};

/** A seal is shorter: its ids are as long as ids are. */
const SEAL_BYTES = 512;

/** @throws ProblemError `ledger/missing` when the directory holds no segment. */
export async function segmentsOf(directory: string): Promise<readonly SegmentName[]> {
  const segments = await listSegments(directory);
  if (segments.length === 0) throw new ProblemError(missing(directory));
  return segments;
}

/**
 * The batches of one segment, each checked by its checksum. An unfinished write at the end is what a live writer or a
 * crash leaves in the last segment, and damage in any other.
 *
 * @throws ProblemError `ledger/corrupt`, `ledger/newer-version`, `ledger/unavailable`.
 */
export async function* scanBatches(
  directory: string,
  segment: SegmentName,
  isLast: boolean,
): AsyncGenerator<ScannedBatch, void, undefined> {
  let sequence = segment.first;
  const damaged = (offset: number, what: string): ProblemError =>
    new ProblemError(corrupt({ file: segment.name, offset }, what));
  try {
    for await (const item of scanFrames(join(directory, segment.name))) {
      if (item.kind === 'newer') throw new ProblemError(newerVersion(segment.name, item.version, FORMAT_VERSION));
      if (item.kind === 'damage') throw damaged(item.offset, item.what);
      if (item.kind === 'end') {
        if (item.tornBytes > 0 && !isLast) throw damaged(item.offset, 'the segment is cut off');
        return;
      }
      const { header, offset, body } = item;
      if (header.sequence !== sequence) throw damaged(offset, `entry ${sequence} should follow here`);
      if (header.kind !== 'batch') continue;
      const spans = entrySpans(body, header.entries);
      if (spans === undefined) throw damaged(offset, 'the entries do not fill their batch');
      yield { sequence, body, spans };
      sequence += spans.length;
    }
  } catch (error) {
    throw toProblem(`be read in \`${segment.name}\``, error);
  }
}

/**
 * What a full segment holds, by its own account: for passing it by, not for proving anything. Undefined when it has no
 * sound seal: it is the last one, or a failing disk ended it early.
 */
export async function sealOf(directory: string, segment: SegmentName): Promise<Summary | undefined> {
  const file = await open(join(directory, segment.name), 'r');
  try {
    const { size } = await file.stat();
    const { buffer, bytesRead } = await file.read({
      buffer: Buffer.alloc(SEAL_BYTES),
      position: Math.max(0, size - SEAL_BYTES),
    });
    const end = buffer.subarray(0, bytesRead);
    const at = end.lastIndexOf(FRAME_MAGIC);
    const header = at < 0 ? undefined : readFrameHeader(end, at);
    if (header?.kind !== 'seal') return undefined;
    return readSeal(end.toString('utf8', at + FRAME_HEADER_BYTES));
  } finally {
    await file.close();
  }
}
