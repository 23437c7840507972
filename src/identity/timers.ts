/** Waiting as an argument, so that a test turns the hands and nothing sleeps. */

export type Timers = {
  /** Calls back once, not before `delayMs`. Returns the function that cancels. */
  readonly after: (delayMs: number, callback: () => void) => () => void;
};

/** Waiting for a renewal does not keep a process alive that has nothing else to do. */
export const systemTimers: Timers = {
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs).unref();
    return () => clearTimeout(timer);
  },
};
