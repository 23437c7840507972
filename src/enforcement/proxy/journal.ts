/** What the proxy writes into the ledger of its own accord: connections that it refused, and that it closed. */
import type { Clock } from '../../kernel/clock.ts';
import { type EventId, makeEventId } from '../../kernel/event-id.ts';
import type { JsonObject } from '../../kernel/json.ts';
import type { Actor } from '../../kernel/ledger-event.ts';
import type { RecordEvent } from '../../kernel/ports.ts';
import type { Problem } from '../../kernel/problem.ts';
import type { Address } from './questions.ts';

export type Entry = {
  readonly actor: Actor;
  readonly peer: Address;
  readonly problem: Problem;
  readonly traceId?: string | undefined;
  /** What else is known, such as a decision's id or a claimed SPIFFE ID. */
  readonly more?: JsonObject;
};

export type Journal = {
  /** Both return the id under which the event is found. */
  readonly refused: (entry: Entry) => EventId;
  readonly closed: (entry: Entry) => EventId;
};

export type JournalOptions = {
  readonly record: RecordEvent;
  readonly clock: Clock;
  readonly random: (bytes: number) => Uint8Array;
  /** Which proxy this is: direction and workload. */
  readonly about: JsonObject;
  /** Told of what could not be recorded. Refusing and closing happen regardless: they are the safe side. */
  readonly onProblem: (problem: Problem) => void;
};

export function createJournal({ record, clock, random, about, onProblem }: JournalOptions): Journal {
  const write = (kind: 'connection.refused' | 'connection.closed', entry: Entry): EventId => {
    const time = clock.now();
    const id = makeEventId(time, random);
    const { actor, peer, problem, traceId, more } = entry;
    const { code, message, hint } = problem;
    const data = { ...about, code, message, ...(hint !== undefined && { hint }), peer, ...more };
    const event = { id, time, kind, actor, ...(traceId !== undefined && { traceId }), data };
    record(event, 'prompt').catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      onProblem({ code: 'proxy/not-recorded', message: `event \`${id}\` (${code}) was not recorded: ${why}` });
    });
    return id;
  };
  return {
    refused: (entry) => write('connection.refused', entry),
    closed: (entry) => write('connection.closed', entry),
  };
}
