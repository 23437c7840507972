/** The calls seen so far, and whether the first round is over: what was expected was seen, and the jobs have ended. */
import { type Call, callOf, compareCalls, type Comparison, type Expectation } from '../inventory/scenario.ts';
import type { LedgerEntry } from '../ledger/ledger.ts';

/** The round is over without what is still missing when this long nothing new that was expected came. */
const PATIENCE_MILLISECONDS = 20_000;

export type RoundResult = {
  readonly calls: readonly Call[];
  readonly comparison: Comparison;
  /** Jobs that ended with something else than 0. */
  readonly failedJobs: readonly string[];
};

export class Round {
  readonly #expected: readonly Expectation[];
  readonly #nameOf: (id: string) => string | undefined;
  readonly #jobs: Map<string, 'waiting' | 'finished' | 'failed'>;
  readonly #calls: Call[] = [];
  readonly #over = Promise.withResolvers<RoundResult>();
  #timer: NodeJS.Timeout | undefined;
  #done = false;

  constructor(expected: readonly Expectation[], jobs: readonly string[], nameOf: (id: string) => string | undefined) {
    this.#expected = expected;
    this.#nameOf = nameOf;
    this.#jobs = new Map(jobs.map((name) => [name, 'waiting']));
  }

  /** Settles when the round is over. A deployment that expects nothing and has no jobs has no round: never. */
  get over(): Promise<RoundResult> {
    return this.#over.promise;
  }

  /** Takes an entry of the ledger; gives the call that it tells of, if any. */
  take({ event }: LedgerEntry): Call | undefined {
    const call = callOf(event, this.#nameOf);
    if (call === undefined) return undefined;
    if (!this.#done) {
      this.#calls.push(call);
      this.#check();
    }
    return call;
  }

  jobEnded(name: string, ok: boolean): void {
    if (this.#jobs.has(name)) this.#jobs.set(name, ok ? 'finished' : 'failed');
    this.#check();
  }

  /** The processes have been started: from now on patience is limited. */
  begin(): void {
    if (this.#expected.length === 0 && this.#jobs.size === 0) return;
    this.#wait();
  }

  /** Ends the round as it stands. */
  end(): void {
    clearTimeout(this.#timer);
    if (this.#done) return;
    this.#done = true;
    const failedJobs = [...this.#jobs].filter(([, state]) => state !== 'finished').map(([name]) => name);
    this.#over.resolve({ calls: this.#calls, comparison: compareCalls(this.#expected, this.#calls), failedJobs });
  }

  #check(): void {
    if (this.#done || this.#timer === undefined) return;
    this.#wait();
    if ([...this.#jobs.values()].includes('waiting')) return;
    if (compareCalls(this.#expected, this.#calls).missing.length === 0) this.end();
  }

  #wait(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.end(), PATIENCE_MILLISECONDS);
  }
}
