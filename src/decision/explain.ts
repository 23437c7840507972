/** Any recorded decision, decided again at the revision it was made at, with what would have allowed it. */
import type { AccessRequest } from '../kernel/access-request.ts';
import type { Cause } from '../kernel/combine.ts';
import type { LayerReason } from '../kernel/decision.ts';
import type { EventId } from '../kernel/event-id.ts';
import type { Actor, LedgerEvent } from '../kernel/ledger-event.ts';
import type { Revision } from '../kernel/revision.ts';
import type { Reason, Remedy, Verdict } from '../kernel/verdict.ts';
import { readDecision } from './decision-event.ts';
import { evaluate } from './evaluate.ts';
import type { Asking, Layer } from './layer.ts';
import type { Snapshot } from './snapshot.ts';

export type ExplainedLayer = {
  readonly layer: string;
  readonly tier: string;
  readonly verdict: Verdict;
  readonly remedies: readonly Remedy[];
  readonly unmet?: readonly Reason[];
};

export type ExplainedDecision = {
  readonly id: EventId;
  readonly time: number;
  readonly effect: 'allow' | 'deny';
  readonly cause: Cause;
  readonly request: AccessRequest;
  /** Who asked on the subject's behalf, if somebody did. */
  readonly asker?: Actor;
  /** As they were recorded. */
  readonly reasons: readonly LayerReason[];
  readonly revision: Revision;
  /** Decided again; empty when the policies of that revision are no longer kept. */
  readonly layers: readonly ExplainedLayer[];
  /**
   * Whether deciding again gave the same effect. `different` means that the record, the history or this version of
   * the program is not what it was: worth an operator's attention.
   */
  readonly reproduced: 'same' | 'different' | 'history-gone';
};

/** Undefined when the event is not a decision. `snapshotAt` gives undefined for a revision that is no longer kept. */
export async function explainDecision(
  event: LedgerEvent,
  snapshotAt: (revision: Revision) => Promise<Snapshot | undefined>,
): Promise<ExplainedDecision | undefined> {
  const recorded = readDecision(event);
  if (recorded === undefined) return undefined;
  const snapshot = await snapshotAt(recorded.revision);
  const base = { id: event.id, time: event.time, ...recorded };
  if (snapshot === undefined) return { ...base, layers: [], reproduced: 'history-gone' };
  // As if it were then: a policy may look at the clock.
  const asking = { now: event.time };
  const again = evaluate(snapshot, recorded.request, asking);
  const layers = snapshot.tiers.flatMap(({ layers: some }) =>
    some.map((layer) => explainLayer(layer, recorded.request, asking)),
  );
  return { ...base, layers, reproduced: again.effect === recorded.effect ? 'same' : 'different' };
}

function explainLayer(layer: Layer, request: AccessRequest, asking: Asking): ExplainedLayer {
  const base = { layer: layer.name, tier: layer.tier };
  try {
    return { ...base, ...layer.explain(request, asking) };
  } catch (error) {
    const message = `layer \`${layer.name}\` failed: ${error instanceof Error ? error.message : String(error)}`;
    return { ...base, verdict: { kind: 'fault', reasons: [{ message }] }, remedies: [] };
  }
}
