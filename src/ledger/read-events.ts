/** Reads what was recorded, with or without a running ledger: all of it, from a point on, or what fits a filter. */
import type { EventId } from '../kernel/event-id.ts';
import type { LedgerEventKind } from '../kernel/ledger-event.ts';
import { ProblemError } from '../kernel/problem.ts';
import { scanBatches, type ScannedBatch, sealOf, segmentsOf } from './batch-scan.ts';
import { readEvent } from './event-text.ts';
import type { LedgerEntry } from './ledger.ts';
import { corrupt } from './problems.ts';
import type { SegmentName, Summary } from './segment.ts';

export type ReadOptions = {
  /** The first sequence number that is wanted. */
  readonly from?: number;
  /** The first one that is not wanted. */
  readonly to?: number;
  readonly kinds?: readonly LedgerEventKind[];
  /** Of the event's own time, in milliseconds since 1970; `until` is exclusive. */
  readonly since?: number;
  readonly until?: number;
};

/**
 * In the order of the sequence numbers, up to what was written when the last segment was reached; the last events may
 * be on their way to the disk still. Each is checked by its checksum only: `verifyLedger` proves.
 *
 * @throws ProblemError `ledger/missing`, `ledger/corrupt`, `ledger/newer-version`, `ledger/unavailable`.
 */
export async function* readEvents(
  directory: string,
  options: ReadOptions = {},
): AsyncGenerator<LedgerEntry, void, undefined> {
  const { from = 0, to = Number.POSITIVE_INFINITY } = options;
  const wanted = wantedBy(options);
  const segments = await segmentsOf(directory);
  for (const [index, segment] of segments.entries()) {
    const next = segments[index + 1];
    if (segment.first >= to) return;
    if (next !== undefined && next.first <= from) continue;
    if (next !== undefined && !overlaps(await sealOf(directory, segment), options)) continue;
    let end = segment.first;
    for await (const batch of scanBatches(directory, segment, next === undefined)) {
      end = batch.sequence + batch.spans.length;
      if (end <= from) continue;
      for (const entry of entriesOf(batch, segment)) {
        if (entry.sequence >= to) return;
        if (entry.sequence >= from && wanted(entry)) yield entry;
      }
    }
    if (next !== undefined && next.first !== end) throw new ProblemError(gapBefore(next, end));
  }
}

/**
 * The event with this id, or undefined when no segment has it. Ids sort by time, so the segments whose ids span it are
 * read first; a clock may have jumped and a seal may lie, so all others are read before the answer is no.
 *
 * @throws ProblemError as `readEvents`; a damaged segment is not an answer.
 */
export async function findEvent(directory: string, id: EventId): Promise<LedgerEntry | undefined> {
  const segments = await segmentsOf(directory);
  const likely: SegmentName[] = [];
  const unlikely: SegmentName[] = [];
  for (const segment of segments.toReversed()) {
    const seal = await sealOf(directory, segment);
    const spans = seal === undefined || (seal.firstId <= id && id <= seal.lastId);
    (spans ? likely : unlikely).push(segment);
  }
  let damage: unknown;
  for (const segment of [...likely, ...unlikely]) {
    try {
      const found = await findInSegment(directory, segment, { id, isLast: segment === segments.at(-1) });
      if (found !== undefined) return found;
    } catch (error) {
      damage ??= error;
    }
  }
  if (damage instanceof Error) throw damage;
  return undefined;
}

async function findInSegment(
  directory: string,
  segment: SegmentName,
  { id, isLast }: { readonly id: EventId; readonly isLast: boolean },
): Promise<LedgerEntry | undefined> {
  const needle = Buffer.from(`"id":"${id}"`);
  for await (const batch of scanBatches(directory, segment, isLast)) {
    // The id may also stand in the data of another event, which mentions this one.
    if (!batch.body.includes(needle)) continue;
    for (const entry of entriesOf(batch, segment)) if (entry.event.id === id) return entry;
  }
  return undefined;
}

function* entriesOf({ sequence, body, spans }: ScannedBatch, segment: SegmentName): Generator<LedgerEntry> {
  for (const [index, { from, end }] of spans.entries()) {
    const event = readEvent(body.subarray(from, end));
    if (event === undefined) {
      throw new ProblemError(corrupt({ file: segment.name, offset: 0 }, `entry ${sequence + index} is not an event`));
    }
    yield { sequence: sequence + index, event };
  }
}

function wantedBy({ kinds, since, until }: ReadOptions): (entry: LedgerEntry) => boolean {
  const set = kinds === undefined ? undefined : new Set(kinds);
  return ({ event }) =>
    (set === undefined || set.has(event.kind)) &&
    (since === undefined || event.time >= since) &&
    (until === undefined || event.time < until);
}

function overlaps(seal: Summary | undefined, { since, until }: ReadOptions): boolean {
  if (seal === undefined) return true;
  return (since === undefined || seal.lastTime >= since) && (until === undefined || seal.firstTime < until);
}

function gapBefore(next: SegmentName, end: number): ReturnType<typeof corrupt> {
  return corrupt({ file: next.name, offset: 0 }, `entries ${end} to ${next.first - 1} are missing before it`);
}
