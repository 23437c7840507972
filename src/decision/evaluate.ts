/** A request against a snapshot: the verdict of each layer in its tier, combined, with the reasons that determined it. */
import type { AccessRequest } from '../kernel/access-request.ts';
import { type Cause, combine, type LayerVerdict, type TierVerdicts } from '../kernel/combine.ts';
import type { LayerReason } from '../kernel/decision.ts';
import type { Obligation, Verdict } from '../kernel/verdict.ts';
import type { Asking, Layer, LayeredTier } from './layer.ts';

export type Evaluation = {
  readonly effect: 'allow' | 'deny';
  readonly cause: Cause;
  readonly reasons: readonly LayerReason[];
  readonly obligations: readonly Obligation[];
};

/** Of a snapshot, or of those of its layers that may be asked. */
export function evaluate(
  snapshot: { readonly tiers: readonly LayeredTier[] },
  request: AccessRequest,
  asking: Asking,
): Evaluation {
  const tiers = snapshot.tiers.map(({ tier, layers }): TierVerdicts => {
    return {
      tier,
      verdicts: layers.map((layer) => ({ layer: layer.name, verdict: verdictOf(layer, request, asking) })),
    };
  });
  const { effect, cause } = combine(tiers);
  const obligations = effect === 'allow' ? tiers.flatMap(({ verdicts }) => verdicts.flatMap(obligationsOf)) : [];
  return { effect, cause, reasons: determining(tiers, cause, request), obligations };
}

/** A layer that throws has a bug or met one; either way it could not decide. */
function verdictOf(layer: Layer, request: AccessRequest, asking: Asking): Verdict {
  try {
    return layer.decide(request, asking);
  } catch (error) {
    const message = `layer \`${layer.name}\` failed: ${error instanceof Error ? error.message : String(error)}`;
    return { kind: 'fault', reasons: [{ message }] };
  }
}

function obligationsOf({ verdict }: LayerVerdict): readonly Obligation[] {
  return verdict.kind === 'permit' ? (verdict.obligations ?? []) : [];
}

/** The reasons of the verdicts that made the outcome what it is. */
function determining(tiers: readonly TierVerdicts[], cause: Cause, request: AccessRequest): LayerReason[] {
  const reasonsOf = (tier: string | undefined, wanted: (verdict: Verdict, layer: string) => boolean): LayerReason[] =>
    tiers
      .filter((entry) => tier === undefined || entry.tier.name === tier)
      .flatMap(({ verdicts }) => verdicts.filter(({ verdict, layer }) => wanted(verdict, layer)))
      .flatMap(({ layer, verdict }) => verdict.reasons.map((reason) => ({ ...reason, layer })));
  switch (cause.kind) {
    case 'granted':
      return reasonsOf(undefined, (verdict) => verdict.kind === 'permit');
    case 'forbidden':
      return reasonsOf(cause.tier, (verdict) => verdict.kind === 'forbid');
    case 'fault':
      return reasonsOf(cause.tier, (verdict, layer) => verdict.kind === 'fault' && layer === cause.layer);
    case 'not-granted':
      return reasonsOf(cause.tier, (verdict) => verdict.kind === 'abstain' && verdict.speaks);
    case 'nothing-speaks': {
      const message = `no policy speaks for ${request.resource.type} \`${request.resource.id}\`: denied by default`;
      return [{ layer: 'decision', message }];
    }
  }
}
