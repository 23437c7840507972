/** Time as an argument, so that a test can hold it and a jump of the wall clock cannot surprise anyone. */

export type Clock = {
  /** Wall time in milliseconds since 1970, for certificates and records; it may jump. */
  readonly now: () => number;
  /** Milliseconds from an arbitrary start; it never goes back. For durations and timeouts. */
  readonly monotonic: () => number;
};

export const systemClock: Clock = { now: () => Date.now(), monotonic: () => performance.now() };
