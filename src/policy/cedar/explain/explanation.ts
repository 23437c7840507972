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
  /** For a denial, what stood in the way; nearest first. */
  readonly misses: readonly NearMiss[];
};

export type PolicyError = { readonly policy: PolicySyntax; readonly message: string; readonly at: SourceSpan };

/** A permit that did not apply, or a forbid that did. */
export type NearMiss = {
  readonly policy: PolicySyntax;
  /** What failed of a permit, what held of a forbid: parts of the scope and conditions. */
  readonly failed: readonly FailedCondition[];
  /** Single changes each of which alone would have made the policy let the request pass: tried out, not guessed. */
  readonly changes: readonly { readonly message: string }[];
};

export type FailedCondition = {
  readonly at: SourceSpan;
  /** As its author wrote it. */
  readonly text: string;
  /** What it read, and what was there. */
  readonly values: readonly { readonly expression: string; readonly value: string }[];
  /** Set when it could not be evaluated. */
  readonly error?: string;
};
