/**
 * The closure back end: needs no code generation, and tells an observer what it does where there is one. It is written to
 * be plain rather than fast, since the other back end is held against it.
 */
import type { Builtin } from '../builtins/builtin.ts';
import type { BackEnd, CompiledProgram, QueryFunction } from '../evaluate/back-end.ts';
import { keyedRules } from '../evaluate/keyed-rule.ts';
import { ruleKey, rulesInOrder, ruleTree } from '../evaluate/rule-tree.ts';
import type { Definition, Program, Query, RuleSet } from '../program.ts';
import type { RegoValue } from '../values/value.ts';
import { compileBody } from './body.ts';
import type { Frame, Observer, Owner } from './observer.ts';
import { compileRuleSet } from './rule-set.ts';

/** With an observer everything is told to it, of every evaluation. */
export function closures(observer?: Observer): BackEnd {
  return {
    compileProgram: (program, packages, builtins) => compileProgram(program, packages, builtins, observer),
    compileQuery: (query, program) => compileQuery(query, program, observer),
  };
}

function compileProgram(
  program: Program,
  packages: Iterable<readonly string[]>,
  builtins: ReadonlyMap<string, Builtin>,
  observer: Observer | undefined,
): CompiledProgram {
  const tree = ruleTree(program, packages);
  const sets = rulesInOrder(program);
  const ruleNumbers = new Map(sets.map(({ path }, index) => [ruleKey(path), index]));
  const surroundings = { program, tree, ruleNumbers, builtins };
  const rules = sets.map((set) => compileRuleSet(set, surroundings, observer));
  const keyed = keyedRules(sets, (set, original) =>
    compileRuleSet(set, surroundings, observer && toldOf(original, set, observer)),
  );
  return { machine: { tree, rules, keyed }, surroundings };
}

function compileQuery(query: Query, { surroundings }: CompiledProgram, observer: Observer | undefined): QueryFunction {
  const solve = compileBody(query.body, new Set(), { ...surroundings, observer, owner: query });
  return (evaluation) => {
    const frame: Frame = Array.from({ length: query.locals });
    const rows: RegoValue[][] = [];
    solve(frame, evaluation, () => {
      rows.push(query.answers.map(({ local }) => frame[local] as RegoValue));
      return false;
    });
    return rows;
  };
}

/** An observer knows rules as they were written, not as they are when they are asked for a key. */
function toldOf(original: RuleSet, keyed: RuleSet, observer: Observer): Observer {
  const written = new Map<Owner, Definition>();
  for (const [index, definition] of keyed.definitions.entries()) {
    written.set(definition, original.definitions[index] as Definition);
  }
  return (event) => {
    if ('set' in event) observer({ ...event, set: original });
    else if ('definition' in event) {
      observer({ ...event, definition: written.get(event.definition) ?? event.definition });
    } else if ('owner' in event) observer({ ...event, owner: written.get(event.owner) ?? event.owner });
    else observer(event);
  };
}
