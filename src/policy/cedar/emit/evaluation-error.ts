/** An error while a policy is evaluated: the policy is skipped, and `explain` says where and why. */
import type { Span } from '../syntax.ts';

export class EvaluationError {
  readonly span: Span;
  /** Lower case, no full stop, user text in backticks. */
  readonly message: string;

  constructor(span: Span, message: string) {
    this.span = span;
    this.message = message;
  }
}
