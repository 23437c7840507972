/** A layer: a compiled policy set in one language, as the decision point sees it. */
import type { AccessRequest } from '../kernel/access-request.ts';
import type { Explanation, Verdict } from '../kernel/verdict.ts';

export type Layer = {
  readonly name: string;
  /** The name of the tier it stands in (`kernel/combine.ts`). */
  readonly tier: string;
  /** The fast variant: stops at the first decisive outcome. A throw counts as a fault. */
  readonly decide: (request: AccessRequest) => Verdict;
  /** The slow variant: every determining policy, and what would have turned a denial into a permit. */
  readonly explain: (request: AccessRequest) => Explanation;
};
