/** Both back ends on programs written by hand, one for each thing that a body or a rule can be. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Builtin, BuiltinContext } from '../builtins/builtin.ts';
import { Prepared } from '../builtins/prepared.ts';
import { BUILTINS } from '../builtins/registry.ts';
import type { Body, Definition, Expression, Pattern, Program, Query, RuleSet, Source } from '../program.ts';
import { formatJson } from '../values/json.ts';
import type { RegoValue } from '../values/value.ts';
import type { BackEnd } from '../evaluate/back-end.ts';
import { outcomeOf } from '../evaluate/begin.ts';
import { Budget } from '../evaluate/budget.ts';
import { Evaluation } from '../evaluate/evaluation.ts';
import { closures } from '../interpret/closures.ts';
import { JAVASCRIPT } from './javascript.ts';
import { RegoError } from '../evaluate/rego-error.ts';

const SPAN = { start: 0, end: 0 };
const SOURCE = { file: 'test.rego', text: '' };
const l = (id: number): Pattern => ({ kind: 'local', id });
const k = (value: RegoValue): Pattern => ({ kind: 'constant', value });
const array = (...elements: readonly Pattern[]): Pattern => ({ kind: 'array', elements });
const data = (...path: readonly Pattern[]): Source => ({ kind: 'reference', root: { kind: 'data' }, path });
const input = (...path: readonly Pattern[]): Source => ({ kind: 'reference', root: { kind: 'input' }, path });
const at = (id: number, ...path: readonly Pattern[]): Source => ({
  kind: 'reference',
  root: { kind: 'local', id },
  path,
});
const call = (name: string, ...given: readonly Pattern[]): Source => ({ kind: 'builtin', name, arguments: given });
const unify = (pattern: Pattern, source: Source): Expression => ({
  ...SPAN,
  kind: 'unify',
  modifiers: [],
  pattern,
  source,
});
const check = (source: Source): Expression => ({ ...SPAN, kind: 'test', modifiers: [], source });
const not = (...body: Body): Expression => ({ ...SPAN, kind: 'not', modifiers: [], body });

function definition(value: Pattern, body: Body, more: Partial<Definition> = {}): Definition {
  const base = {
    ...SPAN,
    source: SOURCE,
    locals: 10,
    names: new Map(),
    parameters: [],
    keys: [],
    gives: 'value',
  } as const;
  return { ...base, choices: [{ body, value }], ...more };
}

function rule(
  kind: RuleSet['kind'],
  path: string,
  definitions: readonly Definition[],
  more: Partial<RuleSet> = {},
): RuleSet {
  const arity = definitions[0]?.parameters.length ?? 0;
  return { path: path.split('.'), kind, arity, definitions, byDefault: undefined, ...more };
}

const CONTEXT: BuiltinContext = {
  nowNanoseconds: () => 0n,
  randomBytes: (length) => new Uint8Array(length),
  memo: new Map(),
  prepared: new Prepared(),
  trace: () => undefined,
  print: () => undefined,
  runtime: {},
  host: undefined,
};

type Given = {
  readonly input?: RegoValue;
  readonly data?: RegoValue;
  readonly strict?: boolean;
  readonly steps?: number;
};

/** The rows of the query, each as JSON, for the first two locals; of both back ends, which do the same. */
function rows(...asked: Parameters<typeof rowsBy> extends [unknown, ...infer Rest] ? Rest : never): string[] {
  const [emitted, interpreted] = [JAVASCRIPT, closures()].map((backEnd) => outcomeOf(() => rowsBy(backEnd, ...asked)));
  assert.deepEqual(interpreted, emitted);
  if (emitted?.ok === true) return emitted.value;
  throw new RegoError(emitted?.problem.code ?? 'eval_cancel_error', emitted?.problem.message ?? '');
}

function rowsBy(
  backEnd: BackEnd,
  rules: readonly RuleSet[],
  body: Body,
  given: Given = {},
  replaced: Partial<Program['replaced']> = {},
): string[] {
  const none = { builtins: new Set<string>(), functions: new Set<string>(), data: [] };
  const program: Program = {
    rules: new Map(rules.map((set) => [set.path.join('\0'), set])),
    replaced: { ...none, ...replaced },
  };
  const builtins: ReadonlyMap<string, Builtin> = BUILTINS;
  const emitted = backEnd.compileProgram(program, [], builtins);
  const answers = [0, 1].map((local) => ({ name: `x${local}`, local }));
  const query: Query = { source: SOURCE, locals: 10, names: new Map(), body, answers };
  const budget = new Budget(given.steps ?? 1_000_000, Number.POSITIVE_INFINITY, () => 0);
  const { data: documents = {}, strict = false } = given;
  const evaluation = new Evaluation(emitted.machine, given.input, documents, CONTEXT, budget, strict, undefined);
  return backEnd
    .compileQuery(
      query,
      emitted,
    )(evaluation)
    .map((row) => row.map((value) => (value === undefined ? '-' : formatJson(value))).join(' '));
}

test('a reference with free variables has a solution for each element, in Rego order', () => {
  assert.deepEqual(rows([], [unify(l(1), data(k('a'), l(0)))], { data: { a: [5, 6] } }), ['0 5', '1 6']);
  assert.deepEqual(rows([], [unify(l(1), input(l(0)))], { input: { b: 1, a: 2 } }), ['"a" 2', '"b" 1']);
  assert.deepEqual(rows([], [unify(l(1), input(l(0)))], { input: 'text' }), []);
});

test('what is not there is no solution, whatever JavaScript thinks it has', () => {
  for (const name of ['length', 'constructor', '__proto__', 'toString', 'missing']) {
    assert.deepEqual(rows([], [unify(l(0), input(k(name)))], { input: {} }), [], name);
    assert.deepEqual(rows([], [unify(l(0), input(k(name)))], { input: [1] }), [], name);
  }
  const own = JSON.parse('{"__proto__": 1, "constructor": 2}') as RegoValue;
  assert.deepEqual(rows([], [unify(l(1), input(l(0)))], { input: own }), ['"__proto__" 1', '"constructor" 2']);
});

test('patterns take values apart', () => {
  const pair: RegoValue = [1, { a: [2, 3] }];
  const pattern = array(k(1), { kind: 'object', entries: [{ key: k('a'), value: array(l(0), l(1)) }] });
  assert.deepEqual(rows([], [unify(pattern, input())], { input: pair }), ['2 3']);
  assert.deepEqual(rows([], [unify(pattern, input())], { input: [1, { a: [2] }] }), []);
});

test('false and undefined fail a test; null, zero and empty texts do not', () => {
  for (const [value, holds] of [
    [false, 0],
    [null, 1],
    [0, 1],
    ['', 1],
    [[], 1],
  ] as const) {
    assert.equal(rows([], [check(input())], { input: value }).length, holds, String(value));
  }
  assert.equal(rows([], [check(input(k('a')))], { input: {} }).length, 0);
});

test('not has a solution where its body has none, also when that loops', () => {
  const seven = not(unify(k(7), input(l(5))));
  assert.deepEqual(rows([], [seven, unify(l(0), input(k(0)))], { input: [1, 2] }), ['1 -']);
  assert.deepEqual(rows([], [seven, unify(l(0), input(k(0)))], { input: [1, 7] }), []);
});

test('every asks each element, and holds of none', () => {
  const every = (domain: RegoValue): Expression => {
    const above: Body = [check(call('gt', l(3), k(1)))];
    return {
      ...SPAN,
      kind: 'every',
      modifiers: [],
      key: undefined,
      value: { kind: 'local', id: 3 },
      domain: k(domain),
      body: above,
    };
  };
  assert.equal(rows([], [every([2, 3])]).length, 1);
  assert.equal(rows([], [every([2, 1])]).length, 0);
  assert.equal(rows([], [every([])]).length, 1);
  assert.equal(rows([], [every('text')]).length, 0);
});

test('comprehensions collect all solutions, and are empty without any', () => {
  const body: Body = [unify(l(6), input(l(5)))];
  const collected = (kind: 'arrayComprehension' | 'setComprehension'): Source => ({ kind, element: l(6), body });
  const byKey: Source = { kind: 'objectComprehension', key: l(5), value: l(6), body };
  assert.deepEqual(rows([], [unify(l(0), collected('arrayComprehension'))], { input: [3, 1, 3] }), ['[3,1,3] -']);
  assert.deepEqual(rows([], [unify(l(0), collected('setComprehension'))], { input: [3, 1, 3] }), ['[1,3] -']);
  assert.deepEqual(rows([], [unify(l(0), byKey)], { input: { b: 2 } }), ['{"b":2} -']);
  assert.deepEqual(rows([], [unify(l(0), collected('arrayComprehension'))]), ['[] -']);
});

test('a complete rule has one value, or the evaluation ends in a conflict', () => {
  const first = definition(l(0), [unify(l(0), input(l(1)))]);
  const p = rule('complete', 'p', [first]);
  assert.deepEqual(rows([p], [unify(l(0), data(k('p')))], { input: [4, 4] }), ['4 -']);
  assert.deepEqual(rows([p], [unify(l(0), data(k('p')))]), []);
  assert.throws(() => rows([p], [unify(l(0), data(k('p')))], { input: [4, 5] }), {
    code: 'eval_conflict_error',
    message: 'complete rules must not produce multiple outputs',
  });
});

test('else is asked in order, and the default last', () => {
  const above = (limit: number): Body => [check(call('gt', k(limit), k(0)))];
  const choices = (one: number, two: number): Definition['choices'] => [
    { body: above(one), value: k('first') },
    { body: above(two), value: k('second') },
  ];
  const p = (one: number, two: number): RuleSet =>
    rule('complete', 'p', [definition(k(0), [], { choices: choices(one, two) })], {
      byDefault: definition(k('none'), []),
    });
  for (const [one, two, wanted] of [
    [1, 1, 'first'],
    [0, 1, 'second'],
    [0, 0, 'none'],
  ] as const) {
    assert.deepEqual(rows([p(one, two)], [unify(l(0), data(k('p')))]), [`"${wanted}" -`]);
  }
});

test('sets gather members and objects gather keys of several definitions', () => {
  const members = rule('set', 'a.s', [definition(k(2), []), definition(l(0), [unify(l(0), input(l(1)))])]);
  assert.deepEqual(rows([members], [unify(l(0), data(k('a'), k('s')))], { input: [1, 2] }), ['[1,2] -']);
  const keyed = rule('object', 'a.o', [
    definition(k(1), [], { keys: [k('x'), k('y')] }),
    definition(k(2), [], { keys: [k('x'), k('z')] }),
    definition(k('m'), [], { keys: [k('w')], gives: 'member' }),
  ]);
  assert.deepEqual(rows([keyed], [unify(l(0), data(k('a'), k('o')))]), ['{"w":["m"],"x":{"y":1,"z":2}} -']);
  const twice = rule('object', 'a.o', [
    definition(k(1), [], { keys: [k('x')] }),
    definition(k(2), [], { keys: [k('x')] }),
  ]);
  assert.throws(() => rows([twice], [unify(l(0), data(k('a'), k('o')))]), { message: 'object keys must be unique' });
});

test('a package is one document of what is given and what rules compute', () => {
  const rules = [rule('complete', 'a.p', [definition(k(1), [])]), rule('complete', 'a.b.q', [definition(k(2), [])])];
  const given = { a: { c: 3, p: 'hidden' }, z: 0 };
  assert.deepEqual(rows(rules, [unify(l(0), data(k('a')))], { data: given }), ['{"b":{"q":2},"c":3,"p":1} -']);
  assert.deepEqual(rows(rules, [unify(l(1), data(k('a'), l(0)))], { data: given }), ['"b" {"q":2}', '"c" 3', '"p" 1']);
  assert.deepEqual(rows(rules, [unify(l(1), data(l(0), k('c')))], { data: given }), ['"a" 3']);
});

test('functions match their arguments, and are undefined where nothing does', () => {
  const f = rule('function', 'f', [
    definition(k('one'), [], { parameters: [k(1)] }),
    definition(l(0), [], { parameters: [array(l(0))] }),
  ]);
  const apply = (argument: RegoValue): string[] =>
    rows([f], [unify(l(0), { kind: 'function', path: ['f'], arguments: [k(argument)] })]);
  assert.deepEqual(apply(1), ['"one" -']);
  assert.deepEqual(apply([5]), ['5 -']);
  assert.deepEqual(apply(2), []);
});

test('with gives another input, other data and other functions, for one expression', () => {
  const p = rule('complete', 'p', [definition(l(0), [unify(l(0), input(k('a')))])]);
  const seen: Expression = {
    ...unify(l(0), data(k('p'))),
    modifiers: [{ value: k(9), target: { kind: 'input', path: ['a'] } }],
  };
  assert.deepEqual(rows([p], [seen, unify(l(1), data(k('p')))], { input: { a: 1 } }), ['9 1']);
  const set: Expression = {
    ...unify(l(0), data(k('p'))),
    modifiers: [{ value: k(7), target: { kind: 'data', path: ['p'] } }],
  };
  assert.deepEqual(rows([p], [set, unify(l(1), data(k('p')))], { input: { a: 1 } }, { data: [['p']] }), ['7 1']);
  const mocked: Expression = {
    ...unify(l(0), call('count', k([1, 2]))),
    modifiers: [{ value: k(5), target: { kind: 'builtin', name: 'count' } }],
  };
  const replaced = { builtins: new Set(['count']) };
  assert.deepEqual(rows([], [mocked, unify(l(1), call('count', k([1, 2])))], {}, replaced), ['5 2']);
});

test('an error of a built-in is undefined, and with strict errors it ends the evaluation', () => {
  const divided = [unify(l(0), call('div', k(1), k(0)))];
  assert.deepEqual(rows([], divided), []);
  assert.throws(() => rows([], divided, { strict: true }), {
    code: 'eval_builtin_error',
    message: 'div: divide by zero',
  });
});

test('a runaway evaluation is stopped', () => {
  const many: RegoValue = Array.from({ length: 1000 }, (_, index) => index);
  const product: Body = [2, 3, 4].map((id) => unify(l(id), input(l(id + 3))));
  assert.throws(
    () => rows([], product, { input: many, steps: 100_000 }),
    (error) => {
      return error instanceof RegoError && error.code === 'eval_cancel_error';
    },
  );
});

test('a value that is bound can be looked into', () => {
  assert.deepEqual(rows([], [unify(l(1), input()), unify(l(0), at(1, k('a'), k(1)))], { input: { a: [1, 2] } }), [
    '2 {"a":[1,2]}',
  ]);
});
