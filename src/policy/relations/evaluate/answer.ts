/** What is known of a membership, as one number: no, yes, or that it depends; and how such answers combine. */

/**
 * 0 and 1 are no and yes. Above stand answers that nothing definite is known of: first those of a fault, then those
 * that miss fields of a context, by their place in a table. Kleene's logic: what is unknown decides nothing where
 * the rest decides.
 */
export type Answer = number;

export const NO: Answer = 0;
export const YES: Answer = 1;
/** The search went deeper than is allowed. */
export const TOO_DEEP: Answer = 2;
/** The set is defined by its own complement. */
export const CYCLE: Answer = 3;
/** A caveat could not be evaluated. */
export const CAVEAT_FAULT: Answer = 4;
const FIRST_CONDITIONAL = 5;

export function isConditional(answer: Answer): boolean {
  return answer >= FIRST_CONDITIONAL;
}

export function negate(answer: Answer): Answer {
  if (answer === NO) return YES;
  return answer === YES ? NO : answer;
}

/** The answers of one evaluation that miss something. */
export class ConditionalAnswers {
  readonly #missing: (readonly string[])[] = [];

  clear(): void {
    if (this.#missing.length > 0) this.#missing.length = 0;
  }

  of(missing: readonly string[]): Answer {
    return this.#missing.push(missing) - 1 + FIRST_CONDITIONAL;
  }

  /** The fields that a conditional answer misses, sorted. */
  missing(answer: Answer): readonly string[] {
    return [...(this.#missing[answer - FIRST_CONDITIONAL] ?? [])].sort();
  }

  either(one: Answer, other: Answer): Answer {
    if (one === NO || other === YES) return other;
    if (other === NO || one === YES) return one;
    return this.#join(one, other);
  }

  both(one: Answer, other: Answer): Answer {
    if (one === YES || other === NO) return other;
    if (other === YES || one === NO) return one;
    return this.#join(one, other);
  }

  /** A fault outweighs what is missing: no context would make the answer definite for sure. */
  #join(one: Answer, other: Answer): Answer {
    if (one === other || one < FIRST_CONDITIONAL) return one;
    if (other < FIRST_CONDITIONAL) return other;
    const [left, right] = [this.missing(one), this.missing(other)];
    const fields = new Set([...left, ...right]);
    if (fields.size === left.length) return one;
    return fields.size === right.length ? other : this.of([...fields]);
  }
}
