/** The problems of one policy set, in the order in which they were found; not more than a person can use. */
import type { Problem } from '../../../kernel/problem.ts';
import { MAX_PROBLEMS } from '../limits.ts';
import type { PolicySource, Span } from '../syntax.ts';
import { sourceSpan } from '../../source-position.ts';

/** Reports one problem of one source. */
export type Report = (code: `cedar/${string}`, message: string, span: Span, hint?: string) => void;

export class ProblemList {
  readonly problems: Problem[] = [];

  /** Whoever finds problems may stop when it is full: what comes after is dropped. */
  get full(): boolean {
    return this.problems.length >= MAX_PROBLEMS;
  }

  add(problem: Problem): void {
    if (!this.full) this.problems.push(problem);
  }

  for(source: PolicySource): Report {
    return (code, message, span, hint) => {
      // The place is not computed for what is dropped.
      if (this.full) return;
      this.add({ code, message, ...(hint === undefined ? {} : { hint }), at: sourceSpan(source, span) });
    };
  }
}
