/** What `explain` answers: who determined the decision, who erred, and what a denial lacked. */
import type { Problem } from '../../../kernel/problem.ts';
import type { SourceSpan } from '../../../kernel/source-span.ts';
import type { PolicySyntax } from '../syntax.ts';

export type CedarExplanation = {
  readonly decision: 'allow' | 'deny';
  /** The satisfied forbids of a denial, otherwise the satisfied permits; in the order of the set. */
  readonly determining: readonly PolicySyntax[];
  /** Policies that erred and were skipped, in the order of the set. */
  readonly errors: readonly PolicyError[];
  /** The denial is the doing of a forbid that erred (`forbidErrors: 'deny'`): without that error it could be otherwise. */
  readonly deniedByError: boolean;
  /** Why the request itself was refused, and so denied: malformed, or not valid under the schema. */
  readonly problem?: Problem;
  /** For a denial, what stood in the way: first the forbids that applied or erred, then the permits that did not. */
  readonly misses: readonly NearMiss[];
  /** How many more stood in the way and are left out, being farther away. */
  readonly omittedMisses: number;
  /** Set when no permit of the set speaks of such requests at all. */
  readonly noPermit?: NoPermit;
};

export type PolicyError = { readonly policy: PolicySyntax; readonly message: string; readonly at: SourceSpan };

/** A permit that did not apply, or a forbid that did (or erred, where that denies). */
export type NearMiss = {
  readonly policy: PolicySyntax;
  /** What failed of a permit, what held (or erred) of a forbid: parts of the scope, and of the conditions. */
  readonly failed: readonly FailedCondition[];
  /** How many more failed and are left out. */
  readonly omittedConditions: number;
  /** Single changes each of which alone would have made the permit apply, or the forbid not: tried out, not guessed. */
  readonly changes: readonly Change[];
};

export type Change = {
  /** What would have to hold: `context.amount` at most `100` (it is `250`); with the backticks. */
  readonly message: string;
  /** Whether the request would then be allowed, all policies considered; absent when finding out takes too long. */
  readonly allows?: boolean;
};

/** A part of a policy that can be evaluated by itself: of the scope, or of the `&&` of a condition. */
export type FailedCondition = {
  readonly at: SourceSpan;
  /** As its author wrote it; a part of the scope as Cedar writes it, with the slots of a template filled. */
  readonly text: string;
  /** What the policy needs it to be; false for what stands under `unless`. */
  readonly wanted: boolean;
  /** What it read, and what was there: a value as Cedar writes it, or `missing` without quotes. */
  readonly values: readonly ReadValue[];
  /** Set when it could not be evaluated. */
  readonly error?: string;
};

export type ReadValue = { readonly expression: string; readonly value: string };

export type NoPermit = {
  /** No permit speaks of the action, or those that do are for other types of principals and resources. */
  readonly for: 'action' | 'types';
  readonly message: string;
};
