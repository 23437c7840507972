/** An expected outcome: a value, or the problem that stood in its way. A throw is a bug or a broken environment. */
import type { Problem } from './problem.ts';

export type Ok<T> = { readonly ok: true; readonly value: T };
export type Err<P> = { readonly ok: false; readonly problem: P };
export type Result<T, P = Problem> = Ok<T> | Err<P>;

export function ok<T>(value: T): Ok<T> {
  return { ok: true, value };
}

export function err<P>(problem: P): Err<P> {
  return { ok: false, problem };
}
