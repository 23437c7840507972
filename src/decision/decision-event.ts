/** A decision as an event of the ledger, and back: what explain, replay and the account read. */
import * as z from 'zod';

import { type AccessRequest, ANONYMOUS, WORKLOAD } from '../kernel/access-request.ts';
import type { Cause } from '../kernel/combine.ts';
import type { Decision, LayerReason } from '../kernel/decision.ts';
import type { Actor, LedgerEvent } from '../kernel/ledger-event.ts';
import { type Revision, toRevision } from '../kernel/revision.ts';

export type RecordedDecision = {
  readonly effect: 'allow' | 'deny';
  readonly cause: Cause;
  readonly reasons: readonly LayerReason[];
  readonly request: AccessRequest;
  readonly revision: Revision;
  /** Who asked on the subject's behalf; absent when the subject itself was at the enforcement point. */
  readonly asker?: Actor;
};

/** `asker`: see `Decide` in kernel/ports.ts. */
export function decisionEvent(decision: Decision, request: AccessRequest, asker?: Actor): LedgerEvent {
  const { id, time, effect, cause, reasons, obligations, revision, micros } = decision;
  const traceId = request.context['traceId'];
  return {
    id,
    time,
    kind: 'decision',
    actor: asker ?? actorOf(request),
    ...(typeof traceId === 'string' ? { traceId } : {}),
    data: {
      ...{ effect, cause, reasons, obligations, request, revision, micros },
      // Said expressly: the actor alone would not tell an asker from a subject of the same name.
      ...(asker === undefined ? {} : { asked: true }),
    },
  };
}

function actorOf({ subject }: AccessRequest): Actor {
  if (subject.type === WORKLOAD) return { type: 'workload', id: subject.id };
  return subject.type === ANONYMOUS.type ? { type: 'anonymous', id: subject.id } : { type: 'system', id: subject.id };
}

const entity = z.object({ type: z.string(), id: z.string(), properties: z.record(z.string(), z.json()).optional() });
const recorded = z.object({
  effect: z.enum(['allow', 'deny']),
  cause: z.looseObject({ kind: z.string() }),
  reasons: z.array(z.looseObject({ layer: z.string(), message: z.string() })),
  request: z.object({
    subject: entity,
    action: z.object({ name: z.string(), properties: z.record(z.string(), z.json()).optional() }),
    resource: entity,
    context: z.record(z.string(), z.json()),
  }),
  revision: z.int().min(0),
});

/** Undefined when the event is not a decision that this version can read. */
export function readDecision(event: LedgerEvent): RecordedDecision | undefined {
  if (event.kind !== 'decision') return undefined;
  if (!recorded.safeParse(event.data).success) return undefined;
  // What was checked is read as it stands: a copy made by the schema would lack a property named `__proto__`. The
  // unions within are as they were written, for the entry is the ledger's own.
  const { effect, cause, reasons, request, revision } = event.data as unknown as RecordedDecision;
  const asker = event.data['asked'] === true ? { asker: event.actor } : {};
  return { effect, cause, reasons, request, revision: toRevision(revision), ...asker };
}
