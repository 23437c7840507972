/** Why JSON is not a value of Cedar, or not one of the type that the schema says, and where in it. */
import type { Problem } from '../../../kernel/problem.ts';

/** `message` says what is wrong with the thing at `path`, which is its subject: `is null, and Cedar has no null`. */
export type ValueProblem = {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly path: readonly (string | number)[];
};

/** A problem on its way out of the value that it lies in. */
export class ValueFailure {
  readonly code: string;
  readonly message: string;
  readonly hint: string | undefined;
  /** Innermost first. */
  readonly #path: (string | number)[] = [];

  constructor(code: string, message: string, hint?: string) {
    this.code = code;
    this.message = message;
    this.hint = hint;
  }

  within(step: string | number): this {
    this.#path.push(step);
    return this;
  }

  toProblem(): ValueProblem {
    const hint = this.hint === undefined ? {} : { hint: this.hint };
    return { code: this.code, message: this.message, ...hint, path: this.#path.toReversed() };
  }
}

/** A path is shown up to here; deeper ones are those of attacks. */
const MAX_STEPS = 12;
const IDENTIFIER = /^[_a-zA-Z][_a-zA-Z0-9]*$/u;

/** As a policy would write it, without what stands before: `address.lines[0]`. */
export function formatPath(path: readonly (string | number)[]): string {
  const steps = path.slice(0, MAX_STEPS).map((step, index) => {
    if (typeof step === 'number') return `[${step}]`;
    if (!IDENTIFIER.test(step)) return `[${shown(step)}]`;
    return index === 0 ? step : `.${step}`;
  });
  return steps.join('') + (path.length > MAX_STEPS ? '…' : '');
}

/** The problem as a whole sentence; `whole` is what the path begins in, such as `the context`. */
export function locate(problem: ValueProblem, noun: 'attribute' | 'tag', whole: string): Problem {
  const subject = problem.path.length === 0 ? whole : `${noun} \`${formatPath(problem.path)}\` of ${whole}`;
  const hint = problem.hint === undefined ? {} : { hint: problem.hint };
  return { code: problem.code, message: `${subject} ${problem.message}`, ...hint };
}

/** Of a user's text in a message: whoever wrote it knows it by its beginning. */
const SHOWN_LENGTH = 64;

/** In double quotes, cut where it is long. */
export function shown(text: string): string {
  return JSON.stringify(text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}…` : text);
}
