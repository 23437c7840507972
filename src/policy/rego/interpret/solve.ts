/** The shapes of closures: what gives a value, what gives several, and what calls back for each solution. */
import type { Surroundings } from '../evaluate/back-end.ts';
import type { Evaluation } from '../evaluate/evaluation.ts';
import type { Expression } from '../program.ts';
import type { RegoValue } from '../values/value.ts';
import type { Frame, Observer, Owner } from './observer.ts';

/** Calls back for each solution until `found` says that nothing more is wanted, and then says so itself. */
export type Solve = (frame: Frame, evaluation: Evaluation, found: () => boolean) => boolean;

export type Give =
  | { readonly kind: 'one'; readonly value: (frame: Frame, evaluation: Evaluation) => RegoValue | undefined }
  /** Until `take` says that nothing more is wanted, as `Solve`. */
  | {
      readonly kind: 'many';
      readonly each: (frame: Frame, evaluation: Evaluation, take: (value: RegoValue) => boolean) => boolean;
    };

/** What the parts of one definition or query are compiled with. */
export type Compiling = Surroundings & { readonly observer: Observer | undefined; readonly owner: Owner };

export type CompilingExpression = Compiling & { readonly expression: Expression };

/** One solution is enough. */
export const ENOUGH = (): boolean => true;

/** Before each element of a loop. */
export function countStep({ budget }: Evaluation): void {
  budget.left -= 1;
  if (budget.left < 0) budget.look();
}
