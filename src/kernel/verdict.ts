/** What one layer says to one request. */
import type { JsonObject } from './json.ts';
import type { SourceSpan } from './source-span.ts';

/** Why: the policy and rule that determined a verdict, and where they are written. */
export type Reason = {
  /** The policy as its author named it, such as `AuthorizationPolicy shop/payments`. */
  readonly policy?: string;
  /** Which rule of it, such as `rules[0]`. */
  readonly rule?: string;
  readonly span?: SourceSpan;
  /** One sentence for an operator: lower case, no full stop. Never shown to the caller. */
  readonly message: string;
};

/** What an enforcement point must also do when it forwards; one that cannot comply denies. */
export type Obligation = { readonly kind: string; readonly data?: JsonObject };

export type Verdict =
  | { readonly kind: 'permit'; readonly reasons: readonly Reason[]; readonly obligations?: readonly Obligation[] }
  | { readonly kind: 'forbid'; readonly reasons: readonly Reason[] }
  /** `speaks`: the layer has policies for the resource, and none of them permits. Otherwise it is not concerned. */
  | { readonly kind: 'abstain'; readonly speaks: boolean; readonly reasons: readonly Reason[] }
  /** The layer could not decide: a missing fact, an error in a policy, a limit. Denies, loudly. */
  | { readonly kind: 'fault'; readonly reasons: readonly Reason[] };

/** What would have turned a denial by this layer into a permit, for an operator. */
export type Remedy = {
  /** One sentence: what to change. */
  readonly message: string;
  readonly policy?: string;
  readonly span?: SourceSpan;
};

/** The slow variant's answer: every determining policy, and for a denial what would have to change. */
export type Explanation = {
  readonly verdict: Verdict;
  readonly remedies: readonly Remedy[];
  /** The conditions that were not met: `rule` is the text, `message` the actual values of what it reads. */
  readonly unmet?: readonly Reason[];
};
