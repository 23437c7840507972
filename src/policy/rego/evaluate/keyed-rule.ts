/**
 * A partial rule that is asked for one of its keys: the same rule, with the key as an argument. Definitions that give
 * other keys are not evaluated, and cannot conflict.
 */
import type { Machine, RuleFunction } from './evaluation.ts';
import type { Definition, Pattern, RuleSet } from '../program.ts';

/** How many of the keys in a reference a rule set can be asked with; 0: it has to be evaluated as a whole. */
export function keyCount({ kind, definitions }: RuleSet): number {
  switch (kind) {
    case 'complete':
    case 'function':
      return 0;
    case 'set':
      return 1;
    case 'object':
      return Math.max(0, ...definitions.map(({ keys }) => keys.length));
  }
}

/** The rule set as a function of its first keys; what it gives is the part of the whole in which they may be. */
function keyedRule(set: RuleSet, count: number): RuleSet {
  return { ...set, arity: count, definitions: set.definitions.map((definition) => keyed(set, definition, count)) };
}

/** Each is compiled when it is first asked for. */
export function keyedRules(
  sets: readonly RuleSet[],
  compile: (keyed: RuleSet, original: RuleSet) => RuleFunction,
): Machine['keyed'] {
  const compiled: RuleFunction[][] = [];
  return (rule, count) => {
    const ofRule = (compiled[rule] ??= []);
    const set = sets[rule] as RuleSet;
    return (ofRule[count] ??= compile(keyedRule(set, count), set));
  };
}

function keyed(set: RuleSet, definition: Definition, count: number): Definition {
  const keys = set.kind === 'set' ? definition.choices.map(({ value }) => value).slice(0, 1) : definition.keys;
  const parameters = Array.from({ length: count }, (_, index): Pattern => {
    const key = keys[index];
    // Whatever the argument is: a local that nothing else refers to.
    return key !== undefined && canBeBound(key) ? key : { kind: 'local', id: definition.locals + index };
  });
  return { ...definition, parameters, locals: definition.locals + count };
}

/** Members of sets and keys of objects do not unify. */
function canBeBound(pattern: Pattern): boolean {
  switch (pattern.kind) {
    case 'constant':
    case 'local':
      return true;
    case 'array':
      return pattern.elements.every(canBeBound);
    case 'object':
    case 'set':
      return false;
  }
}
