/** How the verdicts of layers in tiers become one effect: the only place where this is written. */
import type { Verdict } from './verdict.ts';

/**
 * A `veto` tier passes unless one of its layers forbids; it never grants. A `grant` tier must permit when one of its
 * layers speaks for the resource.
 */
export type Tier = { readonly name: string; readonly kind: 'veto' | 'grant' };

export type LayerVerdict = { readonly layer: string; readonly verdict: Verdict };
export type TierVerdicts = { readonly tier: Tier; readonly verdicts: readonly LayerVerdict[] };

/** What decided: exactly one of these, in the order of the tiers. */
export type Cause =
  | { readonly kind: 'granted' }
  | { readonly kind: 'forbidden'; readonly tier: string; readonly layer: string }
  | { readonly kind: 'fault'; readonly tier: string; readonly layer: string }
  | { readonly kind: 'not-granted'; readonly tier: string }
  | { readonly kind: 'nothing-speaks' };

export type Combined = { readonly effect: 'allow' | 'deny'; readonly cause: Cause };

/** The tiers every deployment starts with: network and application policy must both agree, guardrails may veto. */
export const DEFAULT_TIERS: readonly Tier[] = [
  { name: 'guardrails', kind: 'veto' },
  { name: 'mesh', kind: 'grant' },
  { name: 'application', kind: 'grant' },
];

/**
 * INVARIANT (combine): in any tier a forbid denies and a fault denies; every grant tier that speaks must permit; at
 * least one grant tier must speak; otherwise deny. The cause is the first tier's, in order; within a tier a forbid
 * is named before a fault, since it would deny without the fault as well.
 */
export function combine(tiers: readonly TierVerdicts[]): Combined {
  let granted = false;
  for (const { tier, verdicts } of tiers) {
    const forbid = verdicts.find(({ verdict }) => verdict.kind === 'forbid');
    if (forbid !== undefined) return deny({ kind: 'forbidden', tier: tier.name, layer: forbid.layer });
    const fault = verdicts.find(({ verdict }) => verdict.kind === 'fault');
    if (fault !== undefined) return deny({ kind: 'fault', tier: tier.name, layer: fault.layer });
    if (tier.kind === 'veto') continue;
    if (verdicts.some(({ verdict }) => verdict.kind === 'permit')) granted = true;
    else if (verdicts.some(({ verdict }) => verdict.kind === 'abstain' && verdict.speaks)) {
      return deny({ kind: 'not-granted', tier: tier.name });
    }
  }
  return granted ? { effect: 'allow', cause: { kind: 'granted' } } : deny({ kind: 'nothing-speaks' });
}

function deny(cause: Cause): Combined {
  return { effect: 'deny', cause };
}
