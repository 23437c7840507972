/** Rule sets as functions: what all definitions give becomes one value, one set or one object. */
import type { Surroundings } from '../evaluate/back-end.ts';
import type { Evaluation, RuleFunction } from '../evaluate/evaluation.ts';
import { NestedObject } from '../evaluate/nested-object.ts';
import { conflictOf } from '../evaluate/rego-error.ts';
import type { Definition, RuleSet } from '../program.ts';
import { equal } from '../values/equal.ts';
import { SetBuilder } from '../values/rego-set.ts';
import type { RegoValue } from '../values/value.ts';
import { compileBody } from './body.ts';
import type { Frame, Observer } from './observer.ts';
import { build, buildAll, unify } from './patterns.ts';

export function compileRuleSet(set: RuleSet, surroundings: Surroundings, observer: Observer | undefined): RuleFunction {
  const plain = compileKind(set, (definition) => compileDefinition(definition, surroundings, observer));
  if (observer === undefined) return plain;
  return (evaluation, ...values) => {
    observer({ kind: 'rule', set, evaluation, values });
    let value: RegoValue | undefined;
    try {
      value = plain(evaluation, ...values);
    } finally {
      // A failure need not end the evaluation: who asked may do without the rule.
      observer({ kind: 'ruleEnd', set, evaluation, value });
    }
    return value;
  };
}

/** One solution of a definition; whether no more of its body are wanted, or none of the whole rule set. */
type OnValue = (value: RegoValue, frame: Frame, isConstant: boolean) => 'more' | 'leave body' | 'leave rule';

/** Says whether the rule set is done. */
type Defined = (evaluation: Evaluation, values: readonly RegoValue[], onValue: OnValue) => boolean;

function compileKind(set: RuleSet, compile: (definition: Definition) => Defined): RuleFunction {
  const definitions = set.definitions.map(compile);
  switch (set.kind) {
    case 'complete':
    case 'function':
      return single(set, definitions, set.byDefault === undefined ? undefined : compile(set.byDefault));
    case 'set':
      return (evaluation, ...values) => {
        const members = new SetBuilder();
        for (const each of definitions) {
          each(evaluation, values, (value) => {
            members.add(value);
            return 'more';
          });
        }
        return members.build();
      };
    case 'object':
      return nested(set, definitions);
  }
}

function nested({ definitions }: RuleSet, compiled: readonly Defined[]): RuleFunction {
  const parts = compiled.map((each, index) => {
    const { keys, gives } = definitions[index] as Definition;
    return { each, keys: buildAll(keys), gives };
  });
  return (evaluation, ...values) => {
    const object = new NestedObject();
    for (const { each, keys, gives } of parts) {
      each(evaluation, values, (value, frame) => {
        if (gives === 'value') object.put(keys(frame), value);
        else object.add(keys(frame), value);
        return 'more';
      });
    }
    return object.build();
  };
}

function single(set: RuleSet, definitions: readonly Defined[], byDefault: Defined | undefined): RuleFunction {
  const conflict = set.kind === 'function' ? 'function' : 'complete';
  // Where all values are one and the same constant, the first solution is as good as all of them.
  const same = isOneConstant(set);
  return (evaluation, ...values) => {
    let result: RegoValue | undefined;
    for (const each of definitions) {
      const done = each(evaluation, values, (value, _, isConstant) => {
        if (result === undefined) result = value;
        else if (!equal(result, value)) conflictOf(conflict);
        if (same) return 'leave rule';
        return isConstant ? 'leave body' : 'more';
      });
      if (done) return result;
    }
    if (result !== undefined) return result;
    byDefault?.(evaluation, values, (value) => {
      result = value;
      return 'leave rule';
    });
    return result;
  };
}

function isOneConstant({ definitions }: RuleSet): boolean {
  const values = definitions.flatMap(({ choices }) => choices.map(({ value }) => value));
  const [first] = values;
  if (first?.kind !== 'constant') return false;
  return values.every((value) => value.kind === 'constant' && equal(value.value, first.value));
}

/** Each choice is tried when those before it had no solution. */
function compileDefinition(
  definition: Definition,
  surroundings: Surroundings,
  observer: Observer | undefined,
): Defined {
  const bound = new Set<number>();
  const parameters = definition.parameters.map((parameter) => unify(parameter, bound));
  const choices = definition.choices.map(({ body, value }) => ({
    solve: compileBody(body, new Set(bound), { ...surroundings, observer, owner: definition }),
    value: build(value),
    isConstant: value.kind === 'constant',
  }));
  return (evaluation, values, onValue) => {
    const frame: Frame = Array.from({ length: definition.locals });
    if (!parameters.every((accept, index) => accept(frame, values[index] as RegoValue))) {
      observer?.({ kind: 'mismatch', definition });
      return false;
    }
    for (const [choice, { solve, value, isConstant }] of choices.entries()) {
      let held = false;
      let done = false;
      observer?.({ kind: 'body', definition, choice, frame });
      solve(frame, evaluation, () => {
        held = true;
        const result = value(frame);
        observer?.({ kind: 'solution', definition, choice, frame, value: result });
        const next = onValue(result, frame, isConstant);
        done = next === 'leave rule';
        return next !== 'more';
      });
      observer?.({ kind: 'bodyEnd', definition, choice, held });
      if (done) return true;
      if (held) return false;
    }
    return false;
  };
}
