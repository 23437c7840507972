/**
 * Bodies as closures. An expression either holds or not, or has solutions one after another; then what follows it in the
 * body is called back for each.
 */
import { keysOf } from '../evaluate/elements.ts';
import type { Evaluation } from '../evaluate/evaluation.ts';
import { withChanges } from '../evaluate/with-changes.ts';
import type { Body, Expression, Modifier, Source } from '../program.ts';
import { get } from '../values/access.ts';
import type { RegoValue } from '../values/value.ts';
import { changeOf, compileBuiltin, compileFunction } from './call.ts';
import { collectArray, collectObject, collectSet, collectText } from './collect.ts';
import type { Frame } from './observer.ts';
import { observedSource, observedStep, type Step } from './observed.ts';
import { build, buildAll, unify } from './patterns.ts';
import { compileReference } from './reference.ts';
import { type Compiling, type CompilingExpression, countStep, ENOUGH, type Give, type Solve } from './solve.ts';

/** Adds to `bound` what the body binds, for what is made of each solution. */
export function compileBody(body: Body, bound: Set<number>, compiling: Compiling): Solve {
  const steps = body.map((expression) => compileExpression(expression, bound, { ...compiling, expression }));
  return (frame, evaluation, found) => solveFrom(steps, 0, frame, evaluation, found);
}

/** What the body binds is not bound outside. */
function compileInner(body: Body, outer: ReadonlySet<number>, compiling: Compiling): Solve {
  return compileBody(body, new Set(outer), compiling);
}

function solveFrom(
  steps: readonly Step[],
  start: number,
  frame: Frame,
  evaluation: Evaluation,
  found: () => boolean,
): boolean {
  for (let at = start; at < steps.length; at += 1) {
    const step = steps[at] as Step;
    if (step.kind === 'many') {
      return step.solve(frame, evaluation, () => solveFrom(steps, at + 1, frame, evaluation, found));
    }
    if (!step.holds(frame, evaluation)) return false;
  }
  return found();
}

function compileExpression(expression: Expression, bound: Set<number>, compiling: CompilingExpression): Step {
  const modifiers = expression.modifiers.length === 0 ? undefined : compileModifiers(expression.modifiers, compiling);
  const plain = compilePlain(expression, bound, compiling);
  const step = compiling.observer === undefined ? plain : observedStep(plain, compiling.observer, compiling);
  return modifiers === undefined ? step : modified(step, modifiers);
}

type Within = (frame: Frame, evaluation: Evaluation) => Evaluation;

function compileModifiers(modifiers: readonly Modifier[], compiling: Compiling): Within {
  const changes = modifiers.map((modifier) => changeOf(modifier, compiling));
  const values = buildAll(modifiers.map(({ value }) => value));
  return (frame, evaluation) => withChanges(evaluation, changes, values(frame));
}

/** What follows the expression is evaluated in the evaluation before: it comes with the callback. */
function modified(step: Step, within: Within): Step {
  if (step.kind === 'one') {
    return { kind: 'one', holds: (frame, evaluation) => step.holds(frame, within(frame, evaluation)) };
  }
  return { kind: 'many', solve: (frame, evaluation, found) => step.solve(frame, within(frame, evaluation), found) };
}

function compilePlain(expression: Expression, bound: Set<number>, compiling: CompilingExpression): Step {
  switch (expression.kind) {
    case 'unify': {
      const source = compileSource(expression.source, bound, compiling);
      return stepOf(source, unify(expression.pattern, bound));
    }
    case 'test':
      return stepOf(compileSource(expression.source, bound, compiling), (_, value) => value !== false);
    case 'not': {
      const solve = compileInner(expression.body, bound, compiling);
      return { kind: 'one', holds: (frame, evaluation) => !solve(frame, evaluation, ENOUGH) };
    }
    case 'or': {
      const bodies = expression.bodies.map((body) => compileInner(body, bound, compiling));
      return { kind: 'one', holds: (frame, evaluation) => bodies.some((solve) => solve(frame, evaluation, ENOUGH)) };
    }
    case 'every':
      return compileEvery(expression, bound, compiling);
  }
}

function stepOf(source: Give, accept: (frame: Frame, value: RegoValue) => boolean): Step {
  if (source.kind === 'many') {
    return {
      kind: 'many',
      solve: (frame, evaluation, found) => source.each(frame, evaluation, (value) => accept(frame, value) && found()),
    };
  }
  return {
    kind: 'one',
    holds: (frame, evaluation) => {
      const value = source.value(frame, evaluation);
      return value !== undefined && accept(frame, value);
    },
  };
}

function compileEvery(
  { key, value, domain, body }: Expression & { kind: 'every' },
  outer: ReadonlySet<number>,
  compiling: Compiling,
): Step {
  const inside = new Set(outer).add(value.id);
  if (key !== undefined) inside.add(key.id);
  const collection = build(domain);
  const solve = compileBody(body, inside, compiling);
  return {
    kind: 'one',
    holds: (frame, evaluation) => {
      const elements = collection(frame);
      const keys = keysOf(elements);
      if (keys === undefined) return false;
      return keys.every((each, index) => {
        countStep(evaluation);
        // An array is its own list of keys.
        const at = keys === elements ? index : each;
        if (key !== undefined) frame[key.id] = at;
        frame[value.id] = get(elements, at);
        return solve(frame, evaluation, ENOUGH);
      });
    },
  };
}

function compileSource(source: Source, bound: Set<number>, compiling: CompilingExpression): Give {
  const give = compilePlainSource(source, bound, compiling);
  return compiling.observer === undefined ? give : observedSource(give, compiling.observer, compiling.expression);
}

function compilePlainSource(source: Source, bound: Set<number>, compiling: CompilingExpression): Give {
  switch (source.kind) {
    case 'pattern':
      return { kind: 'one', value: build(source.pattern) };
    case 'reference':
      return compileReference(source, bound, compiling);
    case 'builtin':
      return compileBuiltin(source, compiling);
    case 'function':
      return compileFunction(source, compiling);
    case 'arrayComprehension':
      return collectArray(compileInner(source.body, bound, compiling), build(source.element));
    case 'setComprehension':
      return collectSet(compileInner(source.body, bound, compiling), build(source.element));
    case 'objectComprehension':
      return collectObject(compileInner(source.body, bound, compiling), build(source.key), build(source.value));
    case 'template':
      return collectText(
        source.parts.map((part) =>
          part.kind === 'text'
            ? part
            : {
                kind: 'value',
                solve: compileInner(part.body, bound, compiling),
                element: build(part.element),
              },
        ),
      );
  }
}
