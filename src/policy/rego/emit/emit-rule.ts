/** Rule sets to text: one function where there are few definitions, else one for each, with an index before them. */
import type { Surroundings } from '../evaluate/back-end.ts';
import type { RuleFunction } from '../evaluate/evaluation.ts';
import type { Place } from '../index/guards.ts';
import { indexDefinitions, type IndexNode, type Reader } from '../index/rule-index.ts';
import type { Definition, RuleSet } from '../program.ts';
import { BodyEmitter } from './emit-body.ts';
import { instantiate } from './instantiate.ts';
import { localsOf, unusedLocals } from './locals.ts';
import { build, local, unify } from './patterns.ts';
import { ReferenceEmitter } from './references.ts';
import { Scope } from './scope.ts';
import { Writer } from './writer.ts';

/** So many definitions stand in one function; it is optimised as a whole. */
const MAX_TOGETHER = 8;
const NO_LOCALS: ReadonlySet<number> = new Set();

/** Rules refer to each other through `rules`, which is complete before any of them is called. */
export function emitRule(
  set: RuleSet,
  around: Surroundings,
  rules: readonly RuleFunction[],
): (...given: never[]) => unknown {
  const parameters = Array.from({ length: set.arity }, (_, index) => `a${index}`);
  const index = indexDefinitions(set.definitions, (place) => emitReader(place, parameters, around));
  if (index === undefined && set.definitions.length <= MAX_TOGETHER)
    return emitTogether(set, around, parameters, rules);
  return emitApart(set, around, parameters, rules, index);
}

function emitTogether(
  set: RuleSet,
  around: Surroundings,
  parameters: readonly string[],
  rules: readonly RuleFunction[],
): (...given: never[]) => unknown {
  const writer = new Writer();
  const form = FORMS[set.kind];
  writer.emit(form.begin);
  for (const definition of set.definitions) emitDefinition(set, definition, writer, around, parameters);
  emitEnd(set, writer, around, parameters);
  return instantiate(writer, parameters, rules);
}

/** What gathers the solutions of all definitions, and what becomes of it. */
const FORMS: { readonly [Kind in RuleSet['kind']]: { readonly begin: string; readonly end: string } } = {
  complete: { begin: 'let result;', end: 'return result;' },
  function: { begin: 'let result;', end: 'return result;' },
  set: { begin: 'const result = new SetBuilder();', end: 'return result.build();' },
  object: { begin: 'const result = new NestedObject();', end: 'return result.build();' },
};

function emitEnd(set: RuleSet, writer: Writer, around: Surroundings, parameters: readonly string[]): void {
  if (set.byDefault !== undefined) {
    writer.emit('if (result !== undefined) return result;');
    emitDefinition({ ...set, definitions: [set.byDefault] }, set.byDefault, writer, around, parameters);
  }
  writer.emit(FORMS[set.kind].end);
}

/** Each definition is a function of its own, made when it is first called; the index says which ones are. */
function emitApart(
  set: RuleSet,
  around: Surroundings,
  parameters: readonly string[],
  rules: readonly RuleFunction[],
  index: IndexNode | undefined,
): (...given: never[]) => unknown {
  const writer = new Writer();
  const isSingle = set.kind === 'complete' || set.kind === 'function';
  // Definitions of one value return theirs; those of a collection add to it.
  const given = isSingle ? parameters : [...parameters, 'result'];
  const definitions = lazily(set.definitions, (definition) => {
    const own = new Writer();
    if (isSingle) own.emit('let result;');
    emitDefinition(set, definition, own, around, given);
    if (isSingle) own.emit('return result;');
    return instantiate(own, given, rules);
  });
  writer.emit(FORMS[set.kind].begin);
  const chosen =
    index === undefined
      ? writer.constant(set.definitions.map((_, number) => number))
      : `definitionsFor(${[writer.constant(index), 'e', ...parameters].join(', ')})`;
  writer.emit(`const chosen = ${chosen};`);
  const all = writer.constant(definitions);
  writer.emit('for (let i = 0; i < chosen.length; i += 1) {');
  const call = `${all}[chosen[i]](${['e', ...given].join(', ')})`;
  if (isSingle) {
    writer.emit(`const value = ${call};`);
    writer.emit('if (value === undefined) continue;');
    emitResult(set, 'value', writer);
  } else {
    writer.emit(`${call};`);
  }
  writer.emit('}');
  emitEnd(set, writer, around, parameters);
  return instantiate(writer, parameters, rules);
}

type AnyFunction = (...given: never[]) => unknown;

/** Functions that take the place of themselves once they have been made. */
export function lazily<T>(each: readonly T[], make: (of: T) => AnyFunction): AnyFunction[] {
  const functions: AnyFunction[] = [];
  for (const [index, of] of each.entries()) {
    functions.push((...given) => {
      const made = make(of);
      functions[index] = made;
      return made(...given);
    });
  }
  return functions;
}

function emitResult(set: RuleSet, value: string, writer: Writer): void {
  // Where all values are one and the same constant, the first solution is as good as all of them.
  if (isOneConstant(set)) {
    writer.emit(`return ${value};`);
    return;
  }
  const conflict = set.kind === 'function' ? 'function' : 'complete';
  writer.emit(`if (result === undefined) result = ${value};`);
  writer.emit(`else if (result !== ${value} && !equal(result, ${value})) conflictOf('${conflict}');`);
}

function isOneConstant({ definitions }: RuleSet): boolean {
  const values = definitions.flatMap(({ choices }) => choices.map(({ value }) => value));
  const [first] = values;
  if (first?.kind !== 'constant') return false;
  return values.every((value) => value.kind === 'constant' && value.value === first.value);
}

/** Adds its solutions to `result`. Each choice is tried when those before it had no solution. */
function emitDefinition(
  set: RuleSet,
  definition: Definition,
  writer: Writer,
  around: Surroundings,
  parameters: readonly string[],
): void {
  const { locals, parameters: patterns, choices, keys } = definition;
  const emitter = new BodyEmitter(writer, around, unusedLocals(definition));
  const label = writer.name('b');
  writer.emit(`${label}: {`);
  if (locals > 0) writer.emit(`let ${Array.from({ length: locals }, (_, id) => local(id)).join(', ')};`);
  const scope = Scope.ofFunction(writer.slot(), false).within(`break ${label};`, false);
  for (const [index, pattern] of patterns.entries()) {
    unify(writer, scope, pattern, { name: parameters[index] as string, depth: 0 });
  }
  const found = writer.name('h');
  if (choices.length > 1) writer.emit(`let ${found} = false;`);
  for (const [index, { body, value }] of choices.entries()) {
    if (index > 0) writer.emit(`if (!${found}) {`);
    emitter.solve(body, scope, false, (inner) => {
      if (choices.length > 1) writer.emit(`${found} = true;`);
      switch (set.kind) {
        case 'complete':
        case 'function':
          emitResult(set, value.kind === 'constant' ? build(writer, value) : writer.let(build(writer, value)), writer);
          break;
        case 'set':
          writer.emit(`result.add(${build(writer, value)});`);
          break;
        case 'object': {
          const path = keys.map((key) => build(writer, key)).join(', ');
          writer.emit(`result.${definition.gives === 'value' ? 'put' : 'add'}([${path}], ${build(writer, value)});`);
          break;
        }
      }
      emitter.leaveLoopsThatChange([value, ...keys].flatMap(localsOf), inner);
    });
    if (index > 0) writer.emit('}');
  }
  writer.emit('}');
}

/** A function that reads one place, and gives undefined where there is nothing. */
function emitReader({ root, path }: Place, parameters: readonly string[], around: Surroundings): Reader {
  const writer = new Writer();
  writer.emit('read: {');
  const scope = Scope.ofFunction(writer.slot(), false).within('break read;', false);
  const references = new ReferenceEmitter(writer, around, NO_LOCALS);
  const constants = path.map((value) => ({ kind: 'constant', value }) as const);
  const value =
    root === 'input'
      ? references.emit({ kind: 'reference', root: { kind: 'input' }, path: constants }, scope)
      : references.below({ name: parameters[root] as string, depth: 0 }, constants, scope);
  writer.emit(`return ${value.name};`);
  writer.emit('}');
  writer.emit('return undefined;');
  return instantiate(writer, parameters, []) as Reader;
}
