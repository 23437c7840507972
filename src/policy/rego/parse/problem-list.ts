/** The problems of one text, in the order in which they were found; not more than a person can use. */
import type { Problem } from '../../../kernel/problem.ts';
import { sourceSpan, type PolicySource, type Span } from '../../source-position.ts';
import { MAX_PROBLEMS } from './limits.ts';

/** `opa`: the sentence of OPA for the same mistake, where a policy can see it (`rego.parse_module`). */
export type RegoProblem = Problem & { readonly opa?: string };

/** What is known of a mistake where it is found. */
export type Mistake = Span & {
  readonly code: `rego/${string}`;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly opa?: string | undefined;
};

export class ProblemList {
  readonly problems: RegoProblem[] = [];
  readonly #source: PolicySource;

  constructor(source: PolicySource) {
    this.#source = source;
  }

  /** Whoever finds problems may stop when it is full: what comes after is dropped. */
  get full(): boolean {
    return this.problems.length >= MAX_PROBLEMS;
  }

  add(mistake: Mistake): void {
    if (this.full) return;
    const { code, message, hint, opa } = mistake;
    this.problems.push({
      code,
      message,
      ...(hint === undefined ? {} : { hint }),
      at: sourceSpan(this.#source, mistake),
      ...(opa === undefined ? {} : { opa }),
    });
  }

  /** Takes back what was reported when there were no more than `length`. */
  dropAfter(length: number): void {
    this.problems.length = Math.min(this.problems.length, length);
  }

  /** By their places: what the lexer found and what the parser found, in one order. */
  sorted(): readonly RegoProblem[] {
    const line = (problem: RegoProblem): number => problem.at?.line ?? 0;
    const column = (problem: RegoProblem): number => problem.at?.column ?? 0;
    return this.problems.toSorted((a, b) => line(a) - line(b) || column(a) - column(b));
  }
}
