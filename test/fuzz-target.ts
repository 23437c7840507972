/** What `npm run fuzz` runs: a property with a name. Each `*.fuzz.ts` exports `makeTargets`. */
import type fc from 'fast-check';

export type FuzzTarget = {
  readonly name: string;
  readonly property: fc.IRawProperty<unknown>;
  /** As many as take about a second. Fixed, so that a seed finds the same again. */
  readonly runsPerTurn: number;
};
export type MakeTargets = () => readonly FuzzTarget[];
