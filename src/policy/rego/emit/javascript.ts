/** A program and its queries as JavaScript: one function for each rule set, and one for each query. */
import type { Builtin } from '../builtins/builtin.ts';
import type { Definition, Program, Query, RuleSet } from '../program.ts';
import type { BackEnd, CompiledProgram, QueryFunction, Surroundings } from '../evaluate/back-end.ts';
import { BodyEmitter } from './emit-body.ts';
import type { RuleFunction } from '../evaluate/evaluation.ts';
import { build, local, unify } from './patterns.ts';
import { ruleKey, rulesInOrder, ruleTree } from '../evaluate/rule-tree.ts';
import { RUNTIME } from './runtime.ts';
import type { Scope } from './scope.ts';
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
  const rules: RuleFunction[] = [];
  for (const set of sets) rules.push(emitRule(set, surroundings, rules));
  return { machine: { tree, rules }, surroundings };
}

function emitQuery({ body, locals, answers }: Query, { surroundings, machine }: CompiledProgram): QueryFunction {
  const writer = new Writer();
  const emitter = new BodyEmitter(writer, surroundings);
  declareLocals(writer, locals);
  writer.emit('const rows = [];');
  emitter.solve(body, START(), () => {
    writer.emit(`rows.push([${answers.map((answer) => local(answer.local)).join(', ')}]);`);
  });
  writer.emit('return rows;');
  return instantiate(writer, [], machine.rules) as QueryFunction;
}

const START = (): Scope => ({ bound: new Set(), evaluation: 'e', fail: '', open: 0 });

function declareLocals(writer: Writer, count: number): void {
  if (count > 0) writer.emit(`let ${Array.from({ length: count }, (_, id) => local(id)).join(', ')};`);
}

function instantiate(writer: Writer, parameters: readonly string[], rules: readonly RuleFunction[]): unknown {
  const body = writer.take();
  const constants = writer.constants.map((_, index) => `const k${index} = K[${index}];`).join('\n');
  const source = `"use strict";
const { ${Object.keys(RUNTIME).join(', ')} } = R;
${constants}
return (${['e', ...parameters].join(', ')}) => {
const budget = e.budget;
${body}
};`;
  // oxlint-disable-next-line no-new-func, no-implied-eval -- this is what the back end is: the source holds our own words only
  const make = new Function('K', 'R', 'rules', source) as (K: unknown, R: unknown, rules: unknown) => unknown;
  return make(writer.constants, RUNTIME, rules);
}

/** Rules refer to each other through `rules`, which is complete before any of them is called. */
function emitRule(set: RuleSet, surroundings: Surroundings, rules: readonly RuleFunction[]): RuleFunction {
  const writer = new Writer();
  const emitter = new BodyEmitter(writer, surroundings);
  const parameters = Array.from({ length: set.arity }, (_, index) => `a${index}`);
  switch (set.kind) {
    case 'complete':
    case 'function':
      emitSingle(set, writer, emitter, parameters);
      break;
    case 'set':
      writer.emit('const members = new SetBuilder();');
      for (const definition of set.definitions) {
        emitDefinition(definition, writer, emitter, [], (value) => {
          writer.emit(`members.add(${value});`);
        });
      }
      writer.emit('return members.build();');
      break;
    case 'object':
      writer.emit('const object = new NestedObject();');
      for (const definition of set.definitions) {
        const put = definition.gives === 'value' ? 'put' : 'add';
        emitDefinition(definition, writer, emitter, [], (value) => {
          const keys = definition.keys.map((key) => build(writer, key)).join(', ');
          writer.emit(`object.${put}([${keys}], ${value});`);
        });
      }
      writer.emit('return object.build();');
      break;
  }
  return instantiate(writer, parameters, rules) as RuleFunction;
}

function emitSingle(set: RuleSet, writer: Writer, emitter: BodyEmitter, parameters: readonly string[]): void {
  writer.emit('let result;');
  const conflict = set.kind === 'function' ? 'function' : 'complete';
  // Where all values are one and the same constant, the first solution is as good as all of them.
  const same = oneConstant(set);
  for (const definition of set.definitions) {
    emitDefinition(definition, writer, emitter, parameters, (value, leave, isConstant) => {
      if (same) {
        writer.emit(`return ${value};`);
        return;
      }
      const name = writer.name('t');
      writer.emit(`const ${name} = ${value};`);
      writer.emit(`if (result === undefined) result = ${name};`);
      writer.emit(`else if (result !== ${name} && !equal(result, ${name})) conflictOf('${conflict}');`);
      if (isConstant) writer.emit(leave);
    });
  }
  if (set.byDefault !== undefined) {
    writer.emit('if (result !== undefined) return result;');
    emitDefinition(set.byDefault, writer, emitter, parameters, (value) => {
      writer.emit(`return ${value};`);
    });
  }
  writer.emit('return result;');
}

function oneConstant({ definitions }: RuleSet): boolean {
  const values = definitions.flatMap(({ choices }) => choices.map(({ value }) => value));
  const [first] = values;
  if (first?.kind !== 'constant') return false;
  return values.every((value) => value.kind === 'constant' && value.value === first.value);
}

/** Each choice is tried when those before it had no solution. */
function emitDefinition(
  { locals, parameters: patterns, choices }: Definition,
  writer: Writer,
  emitter: BodyEmitter,
  parameters: readonly string[],
  onValue: (value: string, leave: string, isConstant: boolean) => void,
): void {
  const label = writer.name('b');
  writer.emit(`${label}: {`);
  declareLocals(writer, locals);
  const scope: Scope = { bound: new Set(), evaluation: 'e', fail: `break ${label};`, open: 0 };
  for (const [index, pattern] of patterns.entries()) unify(writer, scope, pattern, parameters[index] as string);
  const found = writer.name('h');
  if (choices.length > 1) writer.emit(`let ${found} = false;`);
  for (const [index, { body, value }] of choices.entries()) {
    if (index > 0) writer.emit(`if (!${found}) {`);
    emitter.solve(body, scope, (_, leave) => {
      if (choices.length > 1) writer.emit(`${found} = true;`);
      onValue(build(writer, value), leave, value.kind === 'constant');
    });
    if (index > 0) writer.emit('}');
  }
  writer.emit('}');
}
