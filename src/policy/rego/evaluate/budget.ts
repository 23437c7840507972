/** What an evaluation may cost: steps and time, shared by all that is evaluated within it. */
import { RegoError } from './rego-error.ts';

/** Time is looked at every so many steps: a look costs as much as a dozen of them. */
const STEPS_PER_LOOK = 16_384;

export class Budget {
  /** Emitted code counts this down, and calls `look` at zero. */
  left: number;
  #rounds: number;
  #looks = 0;
  readonly #now: () => number;
  #deadline: number | undefined;
  readonly #milliseconds: number;

  /** `deadline` in the milliseconds of `now`; without one, so many `milliseconds` from the first look on. */
  constructor(maxSteps: number, deadline: number | undefined, now: () => number, milliseconds: number = 0) {
    this.#rounds = Math.ceil(maxSteps / STEPS_PER_LOOK) - 1;
    this.left = Math.min(maxSteps, STEPS_PER_LOOK);
    this.#deadline = deadline;
    this.#now = now;
    this.#milliseconds = milliseconds;
  }

  /** Steps so far. */
  get spent(): number {
    return this.#looks * STEPS_PER_LOOK - this.left;
  }

  look(): void {
    if (this.#rounds <= 0) throw new RegoError('eval_cancel_error', 'the evaluation took more steps than it may');
    const now = this.#now();
    // Most evaluations end before the first look, and never ask for the time.
    this.#deadline ??= now + this.#milliseconds;
    if (now > this.#deadline) throw new RegoError('eval_cancel_error', 'the evaluation took longer than it may');
    this.#rounds -= 1;
    this.#looks += 1;
    this.left = STEPS_PER_LOOK;
  }
}
