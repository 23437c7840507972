/** Many calls on random JSON against the `opa` that is on the machine, all in one run of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { askOpa, skipWithoutOpa } from '../testing/ask-opa.ts';
import { callBuiltin } from '../testing/call-builtin.ts';
import { get } from '../values/access.ts';
import { equal } from '../values/equal.ts';
import { formatJson, parseJson } from '../values/json.ts';
import { toText } from '../values/text.ts';
import type { RegoValue } from '../values/value.ts';
import { BuiltinError } from './builtin.ts';
import { ALL_BUILTINS } from './registry.ts';

const word = fc
  .array(fc.constantFrom('a', 'b', 'B', '1', '.', '/', '-', ' ', '%', 'é', '😀', ''), { maxLength: 6 })
  .map((letters) => letters.join(''));
const integer = fc.integer({ min: -6, max: 12 });
const number = fc.oneof(
  integer,
  fc.integer(),
  fc.integer({ min: -4000, max: 4000 }).map((parts) => parts / 256),
);
const scalar = fc.oneof(word, integer, fc.constantFrom(null, true, false));
const list = fc.array(scalar, { maxLength: 5 });
const object = fc.dictionary(fc.constantFrom('a', 'b', 'c', '0'), fc.oneof(scalar, list), { maxKeys: 4 });
const any = fc.oneof(scalar, list, object, fc.array(object, { maxLength: 2 }));
const strings = fc.array(word, { maxLength: 4 });
const pattern = fc
  .array(fc.constantFrom('a', 'b', '.', '[a-c]', 'a*', 'b+', '(a|b)', '1?', '^', '$', '\\.', '[^a]'), { maxLength: 5 })
  .map((parts) => parts.join(''));
const glob = fc
  .array(fc.constantFrom('a', 'b', '.', '*', '**', '?', '{a,b}', '[ab]'), { maxLength: 5 })
  .map((parts) => parts.join(''));
const format = fc
  .array(fc.constantFrom('x', '%v', '%d', '%s', '%5d', '%q', '%x', '%.2f', '%-4v', '%%'), { maxLength: 4 })
  .map((parts) => parts.join(''));
const path = fc
  .array(fc.constantFrom('a', 'b', '0', '1'), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join('/'));

/** Well-typed arguments of each function, so that OPA's compiler takes the calls. */
const ARGUMENTS: Readonly<Record<string, readonly fc.Arbitrary<unknown>[]>> = {
  abs: [number],
  'array.concat': [list, list],
  'array.reverse': [list],
  'array.slice': [list, integer, integer],
  'base64.decode': [word],
  'base64.encode': [word],
  'bits.and': [integer, integer],
  'bits.negate': [integer],
  'bits.xor': [integer, integer],
  ceil: [number],
  concat: [word, strings],
  contains: [word, word],
  count: [fc.oneof(word, list, object)],
  div: [number, number],
  floor: [number],
  format_int: [number, fc.constantFrom(2, 8, 10, 16)],
  'glob.match': [glob, fc.constantFrom(null, [], ['/'], ['.', '/']), word],
  gt: [any, any],
  'hex.decode': [word],
  indexof: [word, word],
  indexof_n: [word, word],
  'json.filter': [object, fc.array(path, { maxLength: 3 })],
  'json.marshal': [any],
  'json.remove': [object, fc.array(path, { maxLength: 3 })],
  'json.unmarshal': [fc.oneof(fc.json({ maxDepth: 2 }), word)],
  lower: [word],
  lt: [any, any],
  max: [list],
  min: [list],
  minus: [number, number],
  mul: [number, number],
  'numbers.range': [integer, integer],
  'object.get': [object, fc.oneof(word, strings), scalar],
  'object.remove': [object, strings],
  'object.subset': [object, object],
  'object.union': [object, object],
  plus: [number, number],
  product: [fc.array(number, { maxLength: 4 })],
  'regex.find_n': [pattern, word, fc.constantFrom(-1, 0, 2)],
  'regex.match': [pattern, word],
  'regex.replace': [word, pattern, word],
  'regex.split': [pattern, word],
  rem: [integer, integer],
  // An empty pattern matches between the bytes of a character in OPA.
  replace: [word, fc.constantFrom('a', 'b', 'é', 'ab'), word],
  round: [number],
  sort: [list],
  split: [word, word],
  sprintf: [format, list],
  startswith: [word, word],
  'strings.any_prefix_match': [strings, strings],
  'strings.count': [word, word],
  'strings.reverse': [word],
  substring: [word, integer, integer],
  sum: [fc.array(number, { maxLength: 4 })],
  // OPA passes `.1` on as it is, which is no JSON.
  to_number: [fc.oneof(number.map(String), fc.constantFrom('a', '', '1e3', '--1', 'inf'))],
  trim: [word, word],
  trim_space: [word],
  'units.parse': [fc.tuple(number, fc.constantFrom('', 'k', 'Mi', 'm')).map(([amount, unit]) => `${amount}${unit}`)],
  upper: [word],
  'urlquery.decode': [word],
  'urlquery.encode': [word],
  'yaml.marshal': [any],
};

const CALLS_EACH = 60;

type Call = { readonly name: string; readonly args: readonly RegoValue[] };

/** What crosses to OPA is JSON, and so is what is called here. */
function sampleCalls(): ReadonlyMap<string, readonly Call[]> {
  return new Map(
    Object.entries(ARGUMENTS).map(([name, parameters]) => {
      const samples = fc.sample(fc.tuple(...parameters), { numRuns: CALLS_EACH });
      return [name, samples.map((args) => ({ name, args: JSON.parse(JSON.stringify(args)) as readonly RegoValue[] }))];
    }),
  );
}

/** A rule for each function, which calls it with each element of its list in the input. */
function moduleOf(names: readonly string[]): string {
  const rules = names.map((name, index) => {
    const args = (ARGUMENTS[name] ?? []).map((_, position) => `call[${position}]`);
    return `r${index}[format_int(at, 10)] := ${name}(${args.join(', ')}) if some at, call in input.r${index}`;
  });
  return ['package calls', ...rules].join('\n');
}

const INFIX: Readonly<Record<string, string>> = {
  plus: '+',
  minus: '-',
  mul: '*',
  div: '/',
  rem: '%',
  lt: '<',
  gt: '>',
};

function withInfix(module: string): string {
  return module.replaceAll(/:= (\w+)\((call\[0\]), (call\[1\])\)/g, (whole, name: string, a: string, b: string) =>
    INFIX[name] === undefined ? whole : `:= ${a} ${INFIX[name]} ${b}`,
  );
}

/** What OPA gives for the calls of each function, by their place; nothing for those that are undefined or fail. */
function answersOf(calls: ReadonlyMap<string, readonly Call[]>): readonly RegoValue[] {
  const names = [...calls.keys()];
  const lists = names.map((name, index) => [`r${index}`, (calls.get(name) ?? []).map(({ args }) => args)]);
  const answers = askOpa(withInfix(moduleOf(names)), Object.fromEntries(lists));
  return names.map((_, index) => get(answers, `r${index}`) ?? {});
}

/** As it crosses from OPA: a set is a sorted array, and a byte that is no text U+FFFD. */
function asJson(value: RegoValue): RegoValue {
  const parsed = parseJson(formatJson(value));
  assert.ok(parsed.ok);
  return parsed.value;
}

test('random calls give what OPA gives', { skip: skipWithoutOpa() }, () => {
  const calls = sampleCalls();
  const answers = answersOf(calls);
  for (const [index, [name, ofName]] of [...calls].entries()) {
    for (const [at, { args }] of ofName.entries()) {
      const [expected, outcome] = [get(answers[index] ?? null, String(at)), callBuiltin(ALL_BUILTINS, name, args)];
      const given = outcome === undefined || outcome instanceof BuiltinError ? undefined : asJson(outcome);
      const isSame = given === undefined || expected === undefined ? given === expected : equal(given, expected);
      const shown = [given, expected].map((value) => (value === undefined ? 'nothing' : toText(value)));
      assert.ok(isSame, `${name}(${args.map(toText).join(', ')}): ${shown[0]}, and OPA ${shown[1]}`);
    }
  }
});
