/**
 * The closure back end: needs no code generation, and tells an observer what it does where there is one. It is written to
 * be plain rather than fast, since the other back end is held against it.
 */
import type { Builtin } from '../builtins/builtin.ts';
import type { BackEnd, CompiledProgram, QueryFunction } from '../evaluate/back-end.ts';
import { ruleKey, rulesInOrder, ruleTree } from '../evaluate/rule-tree.ts';
import type { Program, Query } from '../program.ts';
import type { RegoValue } from '../values/value.ts';
import { compileBody } from './body.ts';
import type { Frame, Observer } from './observer.ts';
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
  return { machine: { tree, rules }, surroundings };
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
