/** What an evaluation may cost: steps and time, shared by all that is evaluated within it. */
import { RegoError } from './rego-error.ts';

/** Time is looked at every so many steps: a look costs as much as a dozen of them. */
const STEPS_PER_LOOK = 16_384;

export class Budget {
  /** Emitted code counts this down, and calls `look` at zero. */
  left: number;
  #rounds: number;
  readonly #deadline: number;
  readonly #now: () => number;

  /** `deadline` in the milliseconds of `now`. */
  constructor(maxSteps: number, deadline: number, now: () => number) {
    this.#rounds = Math.ceil(maxSteps / STEPS_PER_LOOK) - 1;
    this.left = Math.min(maxSteps, STEPS_PER_LOOK);
    this.#deadline = deadline;
    this.#now = now;
  }

  look(): void {
    if (this.#rounds <= 0) throw new RegoError('eval_cancel_error', 'the evaluation took more steps than it may');
    if (this.#now() > this.#deadline) {
      throw new RegoError('eval_cancel_error', 'the evaluation took longer than it may');
    }
    this.#rounds -= 1;
    this.left = STEPS_PER_LOOK;
  }
}
