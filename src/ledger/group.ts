/** Events that one caller hands over at once: they are checked and spelled together, and stay together in a batch. */
import { makeEventId } from '../kernel/event-id.ts';
import type { JsonObject } from '../kernel/json.ts';
import type { LedgerEvent, RecordMode } from '../kernel/ledger-event.ts';
import { ProblemError } from '../kernel/problem.ts';
import { entryBytes } from './batch.ts';
import { type EventText, writeEvent } from './event-text.ts';
import { MAX_BATCH_BYTES } from './limits.ts';
import { tooLarge } from './problems.ts';

export type Group = {
  readonly events: readonly LedgerEvent[];
  readonly written: readonly EventText[];
  readonly bytes: number;
  readonly mode: RecordMode;
};

/** The error that the caller gets when one of the events cannot be recorded; then none is. */
export function toGroup(events: readonly LedgerEvent[], mode: RecordMode): Group | ProblemError {
  const written: EventText[] = [];
  let bytes = 0;
  for (const event of events) {
    const result = writeEvent(event);
    if (!result.ok) return new ProblemError(result.problem);
    written.push(result.value);
    bytes += entryBytes(result.value);
  }
  return bytes > MAX_BATCH_BYTES
    ? new ProblemError(tooLarge(bytes, MAX_BATCH_BYTES))
    : { events, written, bytes, mode };
}

/** What the ledger says of itself: that events may be missing after the last one it knows. */
export function gapGroup(time: number, random: (bytes: number) => Uint8Array, data: JsonObject): Group {
  const actor = { type: 'system', id: 'ledger' } as const;
  const group = toGroup([{ id: makeEventId(time, random), time, kind: 'ledger.gap', actor, data }], 'required');
  if (group instanceof ProblemError) throw group;
  return group;
}
