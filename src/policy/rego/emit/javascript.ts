/** A program and its queries as JavaScript: one function for each rule set, and one for each query. */
import type { Builtin } from '../builtins/builtin.ts';
import type { Program, Query } from '../program.ts';
import type { BackEnd, CompiledProgram, QueryFunction } from '../evaluate/back-end.ts';
import { BodyEmitter } from './emit-body.ts';
import { emitRule, lazily } from './emit-rule.ts';
import { instantiate } from './instantiate.ts';
import { unusedLocals } from './locals.ts';
import type { RuleFunction } from '../evaluate/evaluation.ts';
import { local } from './patterns.ts';
import { keyedRules } from '../evaluate/keyed-rule.ts';
import { ruleKey, rulesInOrder, ruleTree } from '../evaluate/rule-tree.ts';
import { Scope } from './scope.ts';
import { Writer } from './writer.ts';

/** One function for each rule set and query. Throws `EvalError` where code generation is disallowed. */
export const JAVASCRIPT: BackEnd = { compileProgram: emitProgram, compileQuery: emitQuery };

/** Some runtimes and content security policies forbid to make functions of text. */
export function codeGenerationAllowed(): boolean {
  try {
    // oxlint-disable-next-line no-new-func, no-implied-eval -- this is the question
    return (new Function('return 1') as () => number)() === 1;
  } catch {
    return false;
  }
}

function emitProgram(
  program: Program,
  packages: Iterable<readonly string[]>,
  builtins: ReadonlyMap<string, Builtin>,
): CompiledProgram {
  const tree = ruleTree(program, packages);
  const sets = rulesInOrder(program);
  const ruleNumbers = new Map(sets.map(({ path }, index) => [ruleKey(path), index]));
  const surroundings = { program, tree, ruleNumbers, builtins };
  const rules = lazily(sets, (set) => emitRule(set, surroundings, rules)) as RuleFunction[];
  const keyed = keyedRules(sets, (set) => emitRule(set, surroundings, rules) as RuleFunction);
  return { machine: { tree, rules, keyed }, surroundings };
}

function emitQuery(query: Query, { surroundings, machine }: CompiledProgram): QueryFunction {
  const { body, locals, answers } = query;
  const writer = new Writer();
  const emitter = new BodyEmitter(writer, surroundings, unusedLocals(query));
  if (locals > 0) writer.emit(`let ${Array.from({ length: locals }, (_, id) => local(id)).join(', ')};`);
  writer.emit('const rows = [];');
  emitter.solve(body, Scope.ofFunction(writer.slot(), true), true, () => {
    writer.emit(`rows.push([${answers.map((answer) => local(answer.local)).join(', ')}]);`);
  });
  writer.emit('return rows;');
  return instantiate(writer, [], machine.rules) as QueryFunction;
}
