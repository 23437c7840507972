/** How long single calls take: each timed on its own, beside the mean of many timed at once and the timer's own cost. */
import { percentile } from './bar.ts';

export type CallTimes = { readonly p50: number; readonly p99: number; readonly mean: number };

export class CallTiming<Argument> {
  readonly #call: (argument: Argument) => unknown;
  readonly #samples: number[] = [];
  readonly #batchMeans: number[] = [];

  constructor(call: (argument: Argument) => unknown) {
    this.#call = call;
  }

  /** Each call between two readings of the clock; what the second reading costs is a part of the sample. */
  timeSingly(arguments_: readonly Argument[]): void {
    const call = this.#call;
    const nanos = new Float64Array(arguments_.length);
    for (let index = 0; index < arguments_.length; index += 1) {
      const argument = arguments_[index] as Argument;
      const started = performance.now();
      call(argument);
      nanos[index] = (performance.now() - started) * 1e6;
    }
    for (const sample of nanos) this.#samples.push(sample);
  }

  /** All calls between two readings of the clock: the mean without the timer. */
  timeTogether(arguments_: readonly Argument[]): void {
    const call = this.#call;
    const started = performance.now();
    for (let index = 0; index < arguments_.length; index += 1) call(arguments_[index] as Argument);
    this.#batchMeans.push(((performance.now() - started) * 1e6) / arguments_.length);
  }

  /** Nanoseconds. Percentiles with the timer's cost in them, the mean (of the median batch) without. */
  times(): CallTimes {
    const [p50, p99] = [percentile(this.#samples, 0.5), percentile(this.#samples, 0.99)];
    return { p50, p99, mean: percentile(this.#batchMeans, 0.5) };
  }
}

/** The median of an empty measurement in nanoseconds. */
export function timerCost(): number {
  const samples: number[] = [];
  for (let index = 0; index < 200_000; index += 1) {
    const started = performance.now();
    samples.push((performance.now() - started) * 1e6);
  }
  return percentile(samples.slice(samples.length / 2), 0.5);
}
