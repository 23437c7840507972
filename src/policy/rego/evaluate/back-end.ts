/** What a back end makes of a program and of its queries; there are two, and what they make does the same. */
import type { Builtin } from '../builtins/builtin.ts';
import type { Program, Query } from '../program.ts';
import type { RegoValue } from '../values/value.ts';
import type { Evaluation, Machine } from './evaluation.ts';
import type { RuleNode } from './rule-tree.ts';

/** What bodies refer to. */
export type Surroundings = {
  readonly program: Program;
  readonly tree: RuleNode;
  /** By the key of its path: the number of a rule set. */
  readonly ruleNumbers: ReadonlyMap<string, number>;
  readonly builtins: ReadonlyMap<string, Builtin>;
};

export type CompiledProgram = { readonly machine: Machine; readonly surroundings: Surroundings };

/** Rows of values, in the order of the query's answers. */
export type QueryFunction = (evaluation: Evaluation) => RegoValue[][];

export type BackEnd = {
  readonly compileProgram: (
    program: Program,
    packages: Iterable<readonly string[]>,
    builtins: ReadonlyMap<string, Builtin>,
  ) => CompiledProgram;
  readonly compileQuery: (query: Query, program: CompiledProgram) => QueryFunction;
};
