/** Time that a test turns by hand: a clock and timers that work, with jumps of the wall clock and sleep. */
import { setImmediate } from 'node:timers/promises';

import type { Clock } from '../../kernel/clock.ts';
import type { Timers } from '../timers.ts';

export type ManualTime = {
  readonly clock: Clock;
  readonly timers: Timers;
  /** Lets time pass: each timer fires at its moment, and what it set off is let run before the next. */
  readonly advance: (ms: number) => Promise<void>;
  /** Sets the wall clock forward or back; nothing else notices. */
  readonly jumpWall: (ms: number) => void;
  /** Timers that wait. */
  readonly waiting: () => number;
};

type Waiting = { readonly at: number; readonly callback: () => void };

export function createManualTime(startMs: number): ManualTime {
  let wall = startMs;
  let monotonic = 1000;
  const waiting = new Set<Waiting>();
  const nextUntil = (end: number): Waiting | undefined => {
    const due = [...waiting].filter(({ at }) => at <= end);
    return due.sort((a, b) => a.at - b.at)[0];
  };
  return {
    clock: { now: () => wall, monotonic: () => monotonic },
    timers: {
      after: (delayMs, callback) => {
        const timer = { at: monotonic + delayMs, callback };
        waiting.add(timer);
        return () => waiting.delete(timer);
      },
    },
    advance: async (ms) => {
      const end = monotonic + ms;
      for (let next = nextUntil(end); next !== undefined; next = nextUntil(end)) {
        const passed = Math.max(0, next.at - monotonic);
        wall += passed;
        monotonic += passed;
        waiting.delete(next);
        next.callback();
        await setImmediate();
      }
      wall += end - monotonic;
      monotonic = end;
      await setImmediate();
    },
    jumpWall: (ms) => {
      wall += ms;
    },
    waiting: () => waiting.size,
  };
}
