/** The problems of one schema, in the order in which they were found; not more than a person can use. */
import type { Problem } from '../../../kernel/problem.ts';
import { sourceSpan, type PolicySource, type Span } from '../../source-position.ts';
import { MAX_PROBLEMS } from './limits.ts';

/** What is known of a mistake where it is found. */
export type Mistake = Span & {
  readonly code: `relations/${string}`;
  readonly message: string;
  readonly hint?: string | undefined;
};

export class ProblemList {
  readonly problems: Problem[] = [];
  readonly #source: PolicySource;

  constructor(source: PolicySource) {
    this.#source = source;
  }

  get full(): boolean {
    return this.problems.length >= MAX_PROBLEMS;
  }

  add({ code, message, hint, start, end }: Mistake): void {
    if (this.full) return;
    const at = sourceSpan(this.#source, { start, end });
    this.problems.push({ code, message, ...(hint === undefined ? {} : { hint }), at });
  }

  /** What another step found in the same text. */
  addPlaced(problem: Problem): void {
    if (!this.full) this.problems.push(problem);
  }

  /** By their places, whichever step found them. */
  sorted(): readonly Problem[] {
    const line = (problem: Problem): number => problem.at?.line ?? 0;
    const column = (problem: Problem): number => problem.at?.column ?? 0;
    return this.problems.toSorted((a, b) => line(a) - line(b) || column(a) - column(b));
  }
}
