/** The problems of all modules together, each at its place. */
import type { RegoProblem } from '../parse/problem-list.ts';
import { MAX_PROBLEMS } from '../parse/limits.ts';
import { sourceSpan, type PolicySource, type Span } from '../../source-position.ts';

/** What is wrong, where it is found. */
export type Finding = {
  readonly code: `rego/${string}`;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly opa?: string | undefined;
};

export class Problems {
  readonly #found: RegoProblem[] = [];
  /** One mistake is often found in several ways. */
  readonly #seen = new Set<string>();

  get count(): number {
    return this.#found.length;
  }

  get full(): boolean {
    return this.#found.length >= MAX_PROBLEMS;
  }

  add(source: PolicySource, { start, end }: Span, { code, message, hint, opa }: Finding): void {
    const at = sourceSpan(source, { start, end });
    const key = `${code} ${at.file}:${at.line}:${at.column} ${message}`;
    if (this.full || this.#seen.has(key)) return;
    this.#seen.add(key);
    this.#found.push({
      code,
      message,
      ...(hint === undefined ? {} : { hint }),
      at,
      ...(opa === undefined ? {} : { opa }),
    });
  }

  /** By file and place. */
  sorted(): readonly RegoProblem[] {
    return this.#found.toSorted((a, b) => {
      const [left, right] = [a.at?.file ?? '', b.at?.file ?? ''];
      if (left !== right) return left < right ? -1 : 1;
      return (a.at?.line ?? 0) - (b.at?.line ?? 0) || (a.at?.column ?? 0) - (b.at?.column ?? 0);
    });
  }
}
