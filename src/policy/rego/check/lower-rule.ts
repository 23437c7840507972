/** A rule to a definition: what it is given, its bodies in order, and what each gives. */
import type { Definition, Pattern } from '../program.ts';
import { BoundLocals, NOTHING_BOUND, type Bound } from './bound-locals.ts';
import { bindAll, isBound } from './equations.ts';
import { Lowering, type Orders } from './lower-body.ts';
import type { Surroundings } from './resolution.ts';
import { patternOf, type ResolvedTerm } from './resolved.ts';
import type { ResolvedChoice, ResolvedRule } from './resolve-rule.ts';
import type { RuleEntry } from './rule-tree.ts';
import { reportUnsafe, reportUnsafeLocal } from './unsafe.ts';
import { constant } from './constants.ts';
import { localsOfTerm } from './visible-locals.ts';

/** `keys`: constant ones before those of the head. */
export function lowerRule(
  { rule, module }: RuleEntry,
  resolved: ResolvedRule,
  constantKeys: readonly Pattern[],
  around: Surroundings,
  orders: Orders,
): Definition {
  const { frame } = resolved;
  const lowering = new Lowering(module.source, frame, false, orders, (unsafe) => {
    reportUnsafe(unsafe, frame, around);
  });
  const parameters = lowerParameters(resolved);
  const outer = new BoundLocals(NOTHING_BOUND);
  for (const parameter of resolved.parameters) for (const id of localsOfTerm(parameter)) outer.add(id);
  const choices = resolved.choices.map((choice) => {
    const { body, bound } = lowering.body(choice.body, outer);
    for (const given of [...choice.keys, choice.value]) checkHead(given, bound, choice, resolved, around);
    return { body, value: patternOf(choice.value) };
  });
  const never = { kind: 'test', ...spanOf(rule.head), modifiers: [], source: NEVER } as const;
  const keys = resolved.choices[0]?.keys.map(patternOf) ?? [];
  return {
    ...spanOf(rule),
    source: module.source,
    locals: frame.size,
    names: frame.shownNames(),
    parameters: parameters.patterns,
    keys: [...constantKeys, ...keys],
    gives: rule.head.kind === 'contains' ? 'member' : 'value',
    choices: parameters.canMatch ? choices : [{ body: [never], value: constant(null) }],
  };
}

const NEVER = { kind: 'pattern', pattern: constant(false) } as const;

function spanOf({ start, end }: { readonly start: number; readonly end: number }): { start: number; end: number } {
  return { start, end };
}

/** A set, or an object by its keys, can only be compared: with variables that have no value it is equal to nothing. */
function lowerParameters({ parameters, frame }: ResolvedRule): {
  readonly patterns: readonly Pattern[];
  readonly canMatch: boolean;
} {
  const bound = new BoundLocals(NOTHING_BOUND);
  let canMatch = true;
  const patterns = parameters.map((parameter) => {
    const pattern = patternOf(parameter);
    if (!canUnify(pattern, bound)) {
      canMatch = false;
      return frame.fresh();
    }
    bindAll(pattern, bound);
    return pattern;
  });
  return { patterns, canMatch };
}

function canUnify(pattern: Pattern, bound: Bound): boolean {
  switch (pattern.kind) {
    case 'constant':
    case 'local':
      return true;
    case 'array':
      return pattern.elements.every((element) => canUnify(element, bound));
    case 'set':
      return isBound(pattern, bound);
    case 'object':
      return pattern.entries.every(({ key, value }) => isBound(key, bound) && canUnify(value, bound));
  }
}

function checkHead(
  given: ResolvedTerm,
  bound: Bound,
  { head }: ResolvedChoice,
  { frame }: ResolvedRule,
  around: Surroundings,
): void {
  for (const id of localsOfTerm(given)) {
    if (!bound.has(id) && frame.names.has(id)) reportUnsafeLocal(id, [head], frame, around);
  }
}
