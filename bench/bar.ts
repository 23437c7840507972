/** The shape of a benchmark's result: a figure, the bar it is held to, and the peers measured in the same run. */

export type Peer = { readonly name: string; readonly figure: number };

export type Bar = {
  readonly name: string;
  readonly figure: number;
  readonly unit: string;
  /** Absent for a figure that is printed for information and held to nothing. */
  readonly bar?: { readonly atMost: number } | { readonly atLeast: number };
  /** Other systems on the same work in the same run; empty where none is on the machine. */
  readonly peers?: readonly Peer[];
  /** What a reader must know to use the figure: payload, sizes, what was excluded. */
  readonly note?: string;
};

/** A benchmark module exports `run`; `args` are the words after its name on the command line. */
export type Benchmark = { readonly run: (args: readonly string[]) => Promise<readonly Bar[]> };

export function met(bar: Bar): boolean {
  if (bar.bar === undefined) return true;
  return 'atMost' in bar.bar ? bar.figure <= bar.bar.atMost : bar.figure >= bar.bar.atLeast;
}

/** The value below which the fraction `p` (0 to 1) of the samples lies; the samples need not be sorted. */
export function percentile(samples: readonly number[], p: number): number {
  const sorted = Float64Array.from(samples).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))] ?? Number.NaN;
}
