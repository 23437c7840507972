/** Where in a body the emitted text stands. */

export type Scope = {
  /** Locals that have a value here. */
  readonly bound: Set<number>;
  /** The name of the evaluation that is asked: another one under a `with`. */
  evaluation: string;
  /** The statement for an expression that has no (further) solution: leaves the body, or tries the next element. */
  fail: string;
  /** How many blocks have been opened and must be closed after the last expression. */
  open: number;
};

export function scopeWithin(outer: Scope, fail: string): Scope {
  return { bound: new Set(outer.bound), evaluation: outer.evaluation, fail, open: 0 };
}
