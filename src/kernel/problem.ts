/** A refusal or a fault in words for an operator: a stable code, one sentence, and what to do next. */
import type { SourceSpan } from './source-span.ts';

/**
 * `code` is `area/what-happened` and stable; `message` is lower case, without a full stop, with user text in
 * backticks; `hint` says what to do. None of the three may carry a secret.
 */
export type Problem = {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  /** Where in the user's text, for problems of policies and configuration. */
  readonly at?: SourceSpan;
};

/** A problem on its way to somebody who can act on it: thrown where the environment is broken. */
export class ProblemError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem, options?: ErrorOptions) {
    super(problem.message, options);
    this.name = 'ProblemError';
    this.problem = problem;
  }
}
