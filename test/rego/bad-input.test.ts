/** What nobody means well with, in policies and in data: refused with its place, or evaluated as OPA does. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { compileRego, parseJson, type RegoValue } from '../../src/policy/rego/library.ts';
import { answerOf, compiled, firstProblem, problemsOf } from './hostile.ts';

const P = 'package p\n\n';

test('what cannot mean anything is refused where it stands', () => {
  const wrong: readonly (readonly [string, string])[] = [
    ['x if y > 1', 'rego/unsafe-variable 3:6'],
    ['x := y if not y', 'rego/unsafe-variable 3:'],
    ['x := y if { some y; not input[y] }', 'rego/unsafe-variable 3:'],
    ['x := x', 'rego/recursion 3:1'],
    ['x := y\n\ny := x', 'rego/recursion 3:1'],
    ['f(n) := f(n - 1)', 'rego/recursion 3:1'],
    ['x contains y if some y in x', 'rego/recursion 3:1'],
    ['x := data.p', 'rego/recursion 3:1'],
    ['x := 1\n\nx contains 2', 'rego/'],
    ['x := 1\n\nx(y) := y', 'rego/'],
    ['default x := 1\n\ndefault x := 2', 'rego/'],
    ['f(a) := 1\n\nf(a, b) := 2', 'rego/'],
    ['x := nothing(1)', 'rego/undefined-function 3:6'],
    ['x := count()', 'rego/arity 3:6'],
    ['x := count(1, 2, 3)', 'rego/arity 3:6'],
    ['x := count(1)', 'rego/type-argument 3:6'],
    ['x := [y | some y in [1]; y == 1][0][0]', 'rego/type-reference 3:6'],
    ['x if {\n  y := 1\n  y == "a"\n}', 'rego/type-match 5:3'],
    ['x := 1e999999999', 'rego/bad-number 3:6'],
    ['x := "\\u12"', 'rego/'],
    ['x := "a', 'rego/'],
    ['x := `a', 'rego/'],
    ['x := [1, 2', 'rego/'],
    ['x := {1: 2,, }', 'rego/'],
    ['x if', 'rego/'],
    ['import data.x as data', 'rego/'],
    ['input := 1', 'rego/shadowed-root 3:1'],
    ['x := y with input as 1', 'rego/'],
    ['x if { input.a with data.p.nothing(1) as 1 }', 'rego/'],
  ];
  for (const [rule, expected] of wrong) {
    assert.ok(firstProblem(P + rule).startsWith(expected), `${rule}: ${firstProblem(P + rule)}`);
  }
});

test('errors of evaluations are those of OPA', () => {
  const input = { s: 'text', n: 3, o: {}, l: [1] };
  const errors: readonly (readonly [string, string])[] = [
    ['1 / (input.n - 3)', 'eval_builtin_error: div: divide by zero'],
    ['1 % (input.n - 3)', 'eval_builtin_error: rem: modulo by zero'],
    ['1.5 % input.n', 'eval_builtin_error: rem: modulo on floating-point number'],
    ['count(input.n)', 'eval_type_error: count: operand 1 must be one of {array, object, set, string} but got number'],
    ['input.s + 1', 'eval_type_error: plus: operand 1 must be number but got string'],
    ['input.s - {1}', 'eval_type_error: minus: operand 1 must be one of {number, set} but got string'],
    ['upper(input.l)', 'eval_type_error: upper: operand 1 must be string but got array'],
    ['to_number(input.s)', 'eval_builtin_error: to_number: strconv.ParseFloat: parsing "text": invalid syntax'],
    ['regex.match("(", input.s)', 'eval_builtin_error: regex.match: error parsing regexp: missing closing ): `(`'],
    [
      'json.unmarshal(input.s)',
      "eval_builtin_error: json.unmarshal: invalid character 'e' in literal true (expecting 'r')",
    ],
    ['[y | some y in input.l; y == 1][0][0]', 'undefined'],
  ];
  for (const [expression, expected] of errors) {
    assert.equal(answerOf(`${P}x := ${expression}`, { input }), expected, expression);
    // Not in strict mode: undefined.
    assert.equal(answerOf(`${P}x := ${expression}`, { input, strictErrors: false }), 'undefined', expression);
  }
  const conflict = 'eval_conflict_error: complete rules must not produce multiple outputs';
  assert.equal(answerOf(`${P}x := y if some y in [1, 2]`), conflict);
  assert.equal(
    answerOf(`${P}x[y] := z if { some y in [1]; some z in [1, 2] }`),
    'eval_conflict_error: object keys must be unique',
  );
  assert.equal(
    answerOf(`${P}f(a) := y if some y in [a, 2]\n\nx := f(1)`),
    'eval_conflict_error: functions must not produce multiple outputs for same inputs',
  );
});

test('texts of one character, of all characters and of none are refused, or hold no rule', () => {
  for (let code = 0; code < 0x3000; code += 1) {
    const text = String.fromCharCode(code);
    assert.ok(!compileRego({ modules: [{ file: 'p.rego', text }] }).ok, `\\u${code.toString(16)} is taken`);
    const inRule = compileRego({ modules: [{ file: 'p.rego', text: `${P}x := ${text}` }] });
    assert.ok(!inRule.ok || /^[0-9]$/u.test(text), `\\u${code.toString(16)} is a value`);
  }
  assert.ok(!compileRego({ modules: [{ file: 'p.rego', text: '' }] }).ok);
  assert.ok(compileRego({ modules: [] }).ok);
});

test('bytes that are no UTF-8, NUL and halves of surrogate pairs do not get past the parser as anything else', () => {
  assert.match(firstProblem(`${P}x := "a\0b"`), /^rego\/[a-z-]+ 3:/u);
  assert.match(firstProblem(`${P}\0x := 1`), /^rego\/[a-z-]+ 3:1/u);
  // What a decoder makes of bytes that are no UTF-8.
  const decoded = new TextDecoder().decode(Uint8Array.of(0x22, 0xff, 0xfe, 0x22));
  assert.equal(answerOf(`${P}x := ${decoded}`), '"\ufffd\ufffd"');
  assert.match(firstProblem(`${P}x := "\ud800"`), /^rego\/[a-z-]+ 3:/u);
  assert.equal(answerOf(`${P}x := "\\ud800"`), '"\ufffd"');
  assert.equal(answerOf(`${P}x := count(input)`, { input: '\ud800\udc00\ud800' }), '2');
  assert.equal(
    answerOf(`${P}x := json.marshal(input)`, { input: '\udfff' }),
    String.raw`"\"\ufffd\""`.replace('\\ufffd', '\ufffd'),
  );
  assert.equal(answerOf(`${P}x := input["a\\u0000"]`, { input: { 'a\0': 1 } }), '1');
  assert.equal(answerOf(`${P}x := {"\\u0000", input}`, { input: '\0' }), String.raw`{"\x00"}`);
  assert.equal(answerOf(`\ufeff${P}x := 1`), '1');
});

/** The same nesting in every construct that nests. */
const NESTINGS: Readonly<Record<string, (depth: number) => string>> = {
  parentheses: (depth) => `x := ${'('.repeat(depth)}1${')'.repeat(depth)}`,
  arrays: (depth) => `x := ${'['.repeat(depth)}1${']'.repeat(depth)}`,
  sets: (depth) => `x := ${'{'.repeat(depth)}1${'}'.repeat(depth)}`,
  objects: (depth) => `x := ${'{"a": '.repeat(depth)}1${'}'.repeat(depth)}`,
  comprehensions: (depth) => `x := ${'[1 | '.repeat(depth)}true${']'.repeat(depth)}`,
  'assigned comprehensions': (depth) => `x := ${'[y | y := '.repeat(depth)}1${']'.repeat(depth)}`,
  calls: (depth) => `x := ${'count('.repeat(depth)}[]${')'.repeat(depth)}`,
  sums: (depth) => `x := 1${' + 1'.repeat(depth)}`,
  'indices in indices': (depth) => `x := ${'input['.repeat(depth)}0${']'.repeat(depth)}`,
  every: (depth) => `x if ${'every a in [1] { a; '.repeat(depth)}true${' }'.repeat(depth)}`,
  'not closed': (depth) => `x := ${'['.repeat(depth)}`,
  'never opened': (depth) => `x := 1${']'.repeat(depth)}`,
  templates: (depth) => `x := ${'$"{'.repeat(depth)}1${'}"'.repeat(depth)}`,
  minuses: (depth) => `x := ${'-'.repeat(depth)}1`,
  negations: (depth) => `x if ${'not '.repeat(depth)}true`,
};

for (const [name, nest] of Object.entries(NESTINGS)) {
  test(`nesting without end is refused: ${name}`, () => {
    assert.match(firstProblem(P + nest(10_000)), /^rego\/(?:too-deep|syntax|shadowed-variable|unsafe-variable) 3:/u);
  });
}

test('what a person could nest is taken', () => {
  assert.equal(answerOf(P + (NESTINGS['parentheses']?.(100) ?? '')), '1');
  assert.equal(answerOf(`${P}x := count(${'[1 | y := '.repeat(60)}1${']'.repeat(60)})`), '1');
  assert.equal(answerOf(`${P}x := ${'[1 | y := '.repeat(60)}1${']'.repeat(60)}`), '[1]');
  assert.equal(answerOf(`${P}x := input${'.a'.repeat(5_000)}`, { input: { a: 1 } }), 'undefined');
});

/** `depth` arrays or objects around a 1. */
function nested(depth: number, kind: 'array' | 'object'): RegoValue {
  let value: RegoValue = 1;
  for (let level = 0; level < depth; level += 1) value = kind === 'array' ? [value] : { a: value };
  return value;
}

test('a document that is nested deeper than can be followed is a failure, and no crash', () => {
  const tooDeep = 'eval_cancel_error: a value, or the calls of rules, are nested deeper than the evaluator can follow';
  for (const kind of ['array', 'object'] as const) {
    const input = { a: nested(100_000, kind), b: nested(100_000, kind) };
    // What is only passed on is not followed.
    assert.equal(answerOf(`${P}x := 1 if input.a\n\nf(y) := 1\n\nx := f(input.b)`, { input }), '1');
    const followed = [
      'input.a == input.b',
      'input.a < input.b',
      '{input.a} == {input.b}',
      'count(json.marshal(input.a))',
    ];
    const more = ['sprintf("%v", [input.a])', '$"{input.a}"', 'yaml.marshal(input.a)', 'sort([input.a, input.b])'];
    for (const expression of [...followed, ...more, 'count([1 | walk(input.a, [_, _])])']) {
      assert.equal(answerOf(`${P}x := ${expression}`, { input }), tooDeep, `${kind}: ${expression}`);
    }
  }
  const text = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  assert.deepEqual(parseJson(text), { ok: false, problem: 'exceeded max depth' });
  assert.equal(
    answerOf(`${P}x := json.unmarshal(input)`, { input: text }),
    'eval_builtin_error: json.unmarshal: exceeded max depth',
  );
  assert.match(
    answerOf(`${P}x := yaml.unmarshal(input)`, { input: text.slice(95_000, 105_000) + text.slice(0, 10) }),
    /^eval_builtin_error/u,
  );
  // As deep as documents are.
  const input = { a: nested(400, 'object'), b: nested(400, 'object') };
  assert.equal(answerOf(`${P}x if { input.a == input.b; count({input.a, input.b}) == 1 }`, { input }), 'true');
  assert.equal(answerOf(`${P}x := count([1 | walk(input.a, [_, _])])`, { input }), '401');
});

test('no pattern makes a text take more than linear time', () => {
  const text = `${'a'.repeat(100_000)}!`;
  for (const pattern of [
    '^(a+)+$',
    '(a|a)*b',
    '(.*)*(.*)*(.*)*=',
    '(a|aa)+$',
    '^(([a-z])+.)+[A-Z]([a-z])+$',
    '(x+x+)+y',
  ]) {
    assert.equal(answerOf(`${P}x := regex.match("${pattern}", input)`, { input: text }), 'false', pattern);
  }
  assert.equal(
    answerOf(`${P}x := glob.match("*a*a*a*a*a*a*a*a*b", [], input)`, { input: text.slice(-20_000) }),
    'false',
  );
  assert.match(
    answerOf(`${P}x := regex.match("((a{1,100}){1,100}){1,100}", "a")`),
    /^eval_builtin_error: regex\.match: error parsing regexp/u,
  );
});

test('what would never end is stopped by its steps or its time', () => {
  const steps = 'eval_cancel_error: the evaluation took more steps than it may';
  const time = 'eval_cancel_error: the evaluation took longer than it may';
  const range = 'numbers.range(1, 10000)';
  const product = `${P}x if {\n  some a in ${range}\n  some b in ${range}\n  some c in ${range}\n  a + b + c < 0\n}`;
  assert.equal(answerOf(product, { maxSteps: 1_000_000 }), steps);
  assert.equal(answerOf(product, { maxMilliseconds: 50 }), time);
  const walks = `${P}x if {\n  walk(input, [_, a])\n  walk(input, [_, b])\n  walk(input, [_, c])\n  count([a, b, c]) == 4\n}`;
  assert.equal(answerOf(walks, { input: Array.from({ length: 300 }, () => ({})), maxSteps: 1_000_000 }), steps);
  for (const endless of [
    `[[a, b] | some a in ${range}; some b in ${range}]`,
    `{[a, b] | some a in ${range}; some b in ${range}}`,
  ]) {
    assert.equal(answerOf(`${P}x := ${endless}`, { maxSteps: 1_000_000 }), steps, endless);
  }
  const every = `${P}x if every a in ${range} {\n  every b in ${range} { a + b > 0 }\n}`;
  assert.equal(answerOf(every, { maxSteps: 1_000_000 }), steps);
  const calls = `${P}f(n) := count([1 | some a in ${range}; a > n])\n\nx := [f(n) | some n in ${range}]`;
  assert.equal(answerOf(calls, { maxSteps: 1_000_000 }), steps);
  // A call may take as long as a loop.
  const large = Array.from({ length: 2_000 }, () => ({}));
  const late = walks.replace('count([a, b, c]) == 4', 'a == b; count([b, c]) == 3');
  for (const text of [late, `${P}x if { some a in ${range}; count(numbers.range(a, 1000000)) == 0 }`]) {
    assert.equal(answerOf(text, { input: large, maxMilliseconds: 200 }), time);
  }
  // The clock that is given is the one that counts.
  let now = 0;
  assert.equal(answerOf(product, { maxMilliseconds: 3, now: () => (now += 1) }), time);
});

test('what would fill the memory is refused before it does', () => {
  const refused = [
    'numbers.range(1, 1000000000000)',
    'numbers.range_step(1, 1000000000000, 1)',
    'net.cidr_expand("0.0.0.0/0")',
    'bits.lsh(1, 100000000000)',
    'strings.render_template("{{range .a}}{{range $.a}}{{range $.a}}x{{end}}{{end}}{{end}}", {"a": numbers.range(1, 1000)})',
  ];
  for (const expression of refused) {
    assert.match(answerOf(`${P}x := ${expression}`), /^eval_builtin_error: .{10,200}$/u, expression);
  }
  const doubled = Array.from({ length: 40 }, (_, index) => `a${index + 1} := concat("", [a${index}, a${index}])`);
  const text = `${P}x := count(a40) if {\n  a0 := input\n  ${doubled.join('\n  ')}\n}`;
  assert.match(answerOf(text, { input: 'ab' }), /^eval_cancel_error: a text, a list or a number became larger/u);
});

test('a policy may be long', () => {
  const many = (count: number, line: (index: number) => string): string =>
    Array.from({ length: count }, (_, index) => line(index)).join('\n');
  const elses = `${P}x := 0 if input.n == 0\n${many(5_000, (index) => `else := ${index + 1} if input.n == ${index + 1}`)}`;
  assert.equal(answerOf(elses, { input: { n: 5_000 } }), '5000');
  const expressions = `${P}x if {\n${many(10_000, (index) => `  input.n > ${-index}`)}\n}`;
  assert.equal(answerOf(expressions, { input: { n: 1 } }), 'true');
  const rules = `${P}${many(5_000, (index) => `r${index} if input.n == ${index}\n`)}`;
  assert.equal(answerOf(rules, { query: 'data.p.r777', input: { n: 777 } }), 'true');
  const alternatives = `${P}${many(5_000, (index) => `x if input.n == ${index}\n`)}`;
  assert.equal(answerOf(alternatives, { input: { n: 4_999 } }), 'true');
  assert.equal(answerOf(alternatives, { input: { n: 5_000 } }), 'undefined');
  assert.equal(answerOf(`${P}x := count([${many(50_000, (index) => `${index},`)}])`), '50000');
  const problems = problemsOf(`${P}${many(2_000, (index) => `r${index} := nothing${index}`)}`);
  assert.equal(problems.length, 100);
});

test('a query is held to the same as a module', () => {
  const policy = compiled(`${P}x := 1`);
  for (const query of [
    '',
    'x >',
    'data.p.x = y; z > 1',
    `${'('.repeat(10_000)}1`,
    'data.p.nothing(1)',
    '\0',
    'x := x',
  ]) {
    const prepared = policy.prepare(query);
    assert.ok(!prepared.ok && prepared.problem.length > 0, `${query.slice(0, 20)} is taken`);
  }
});
