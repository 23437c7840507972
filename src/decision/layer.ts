/** A layer: a compiled policy set in one language, as the decision point sees it. */
import type { AccessRequest } from '../kernel/access-request.ts';
import type { Tier } from '../kernel/combine.ts';
import type { Explanation, Verdict } from '../kernel/verdict.ts';
import type { Budget } from '../policy/rego/evaluate/budget.ts';

/** What a question is asked within. */
export type Asking = {
  /** Wall time of the decision in milliseconds since 1970: the same for all layers, and again when it is explained. */
  readonly now: number;
  /** The layers that wait for this answer, outermost first: none of them can be asked. Absent: none. */
  readonly waiting?: readonly string[];
  /** What the layer that waits has left: what is evaluated for it counts against it. */
  readonly budget?: Budget;
};

export type Layer = {
  readonly name: string;
  /** The name of the tier it stands in (`kernel/combine.ts`). */
  readonly tier: string;
  /** The fast variant: stops at the first decisive outcome. A throw counts as a fault. */
  readonly decide: (request: AccessRequest, asking: Asking) => Verdict;
  /** The slow variant: every determining policy, and what would have turned a denial into a permit. */
  readonly explain: (request: AccessRequest, asking: Asking) => Explanation;
};

export type LayeredTier = { readonly tier: Tier; readonly layers: readonly Layer[] };
