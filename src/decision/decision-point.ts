/** The decision point: decides at one revision, records, and only then answers. */
import { performance } from 'node:perf_hooks';

import type { AccessRequest } from '../kernel/access-request.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Answer, Decision } from '../kernel/decision.ts';
import { makeEventId } from '../kernel/event-id.ts';
import type { Actor, RecordMode } from '../kernel/ledger-event.ts';
import { Permit } from '../kernel/permit.ts';
import type { Decide, OnDecisionsChanged, RecordEvent } from '../kernel/ports.ts';
import type { Revision } from '../kernel/revision.ts';
import { decisionEvent } from './decision-event.ts';
import { evaluate, type Evaluation } from './evaluate.ts';
import type { Snapshot } from './snapshot.ts';

export type DecisionPointOptions = {
  readonly snapshot: Snapshot;
  readonly record: RecordEvent;
  readonly clock: Clock;
  readonly random: (bytes: number) => Uint8Array;
};

export class DecisionPoint {
  #snapshot: Snapshot;
  readonly #options: DecisionPointOptions;
  readonly #listeners = new Set<(revision: Revision) => void>();

  constructor(options: DecisionPointOptions) {
    this.#options = options;
    this.#snapshot = options.snapshot;
  }

  /** What decisions are made from at this moment. */
  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  /** Puts a newer snapshot in force, at once and as a whole, and has live connections asked again. */
  swap(snapshot: Snapshot): void {
    this.#snapshot = snapshot;
    for (const listener of this.#listeners) listener(snapshot.revision);
  }

  readonly onChanged: OnDecisionsChanged = (listener) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** See `Decide` in kernel/ports.ts. */
  readonly decide: Decide = async (request, asker) => {
    const snapshot = this.#snapshot;
    const started = performance.now();
    const now = this.#options.clock.now();
    const evaluation = evaluate(snapshot, request, { now });
    const decision = this.#decision(snapshot.revision, evaluation, now, (performance.now() - started) * 1000);
    // Recorded before the answer: a crash between the two loses an answer, never the record of one.
    const mode = recordModeOf(snapshot, request, asker);
    try {
      await this.#options.record(decisionEvent(decision, request, asker), mode);
    } catch (error) {
      return { kind: 'denied', decision: unrecorded(decision, request, error) };
    }
    return answer(decision);
  };

  #decision(revision: Revision, evaluation: Evaluation, time: number, micros: number): Decision {
    const id = makeEventId(time, this.#options.random);
    return { id, ...evaluation, revision, time, micros: Math.round(micros * 10) / 10 };
  }
}

/** What a workload asks for itself is as worth recording as what is asked of it. */
function recordModeOf({ workloads }: Snapshot, { resource }: AccessRequest, asker: Actor | undefined): RecordMode {
  const concerned = [workloads.get(resource.id), asker === undefined ? undefined : workloads.get(asker.id)];
  return concerned.some((workload) => workload?.record === 'required') ? 'required' : 'prompt';
}

function answer(decision: Decision): Answer {
  if (decision.effect === 'deny') return { kind: 'denied', decision };
  const { id, revision, obligations } = decision;
  return { kind: 'permitted', decision, permit: Permit.grant({ decisionId: id, revision, obligations }) };
}

/** What cannot be recorded must not happen: the decision becomes a denial, whatever the layers said. */
function unrecorded(decision: Decision, request: AccessRequest, error: unknown): Decision {
  const detail = error instanceof Error ? error.message : String(error);
  const message = `the decision on \`${request.resource.id}\` could not be recorded: ${detail}`;
  return {
    ...decision,
    effect: 'deny',
    cause: { kind: 'fault', tier: 'ledger', layer: 'ledger' },
    reasons: [{ layer: 'ledger', message }],
    obligations: [],
  };
}
