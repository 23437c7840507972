/** Closures that tell an observer what they do; without one they are not there. */
import type { Evaluation } from '../evaluate/evaluation.ts';
import type { Expression } from '../program.ts';
import type { RegoValue } from '../values/value.ts';
import type { Frame, Observer } from './observer.ts';
import type { CompilingExpression, Give, Solve } from './solve.ts';

/** What an expression becomes: at most one solution, or many. */
export type Step =
  | { readonly kind: 'one'; readonly holds: (frame: Frame, evaluation: Evaluation) => boolean }
  | { readonly kind: 'many'; readonly solve: Solve };

export function observedStep(step: Step, observer: Observer, { expression, owner }: CompilingExpression): Step {
  const end = (frame: Frame, evaluation: Evaluation, held: boolean): void => {
    observer({ kind: 'expressionEnd', expression, owner, frame, evaluation, held });
  };
  if (step.kind === 'one') {
    return {
      kind: 'one',
      holds: (frame, evaluation) => {
        observer({ kind: 'expression', expression, owner, frame });
        const held = step.holds(frame, evaluation);
        if (held) observer({ kind: 'holds', expression, owner, frame });
        end(frame, evaluation, held);
        return held;
      },
    };
  }
  return {
    kind: 'many',
    solve: (frame, evaluation, found) => {
      observer({ kind: 'expression', expression, owner, frame });
      let held = false;
      const enough = step.solve(frame, evaluation, () => {
        held = true;
        observer({ kind: 'holds', expression, owner, frame });
        return found();
      });
      end(frame, evaluation, held);
      return enough;
    },
  };
}

export function observedSource(give: Give, observer: Observer, expression: Expression): Give {
  const tell = (value: RegoValue): void => {
    observer({ kind: 'value', expression, value });
  };
  if (give.kind === 'many') {
    return {
      kind: 'many',
      each: (frame, evaluation, take) =>
        give.each(frame, evaluation, (value) => {
          tell(value);
          return take(value);
        }),
    };
  }
  return {
    kind: 'one',
    value: (frame, evaluation) => {
      const value = give.value(frame, evaluation);
      if (value !== undefined) tell(value);
      return value;
    },
  };
}
