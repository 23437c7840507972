import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { RegoModule } from '../compile.ts';
import type { RegoObject } from '../values/value.ts';
import { runTests, type TestResult, type TestRun, type TestRunOptions } from './run-tests.ts';

const monotonic = (): number => performance.now();

function run(
  modules: readonly (string | RegoModule)[],
  options: Partial<TestRunOptions> = {},
  data: RegoObject = {},
): TestRun {
  const files = modules.map((each, index) => (typeof each === 'string' ? { file: `${index}.rego`, text: each } : each));
  const ran = runTests({ modules: files, data }, { monotonic, ...options });
  if (!ran.ok) assert.fail(ran.problem[0]?.message);
  return ran.value;
}

/** `name outcome`, and the cases of it. */
function outcomes({ tests }: TestRun): readonly string[] {
  return tests.map(({ name, outcome, cases }) => {
    const named = cases.map((each) => ` ${each.passed ? '+' : '-'}${each.name}`);
    return `${name} ${outcome}${named.join('')}`;
  });
}

function only({ tests }: TestRun): TestResult {
  assert.equal(tests.length, 1);
  return tests[0] as TestResult;
}

const POLICY = `package shop

default allow := false

allow if input.user in data.admins
`;

test('a test passes where it is true, and fails where it is anything else or nothing', () => {
  const tests = `package shop_test

import data.shop

test_admin if shop.allow with input as {"user": "alice"}
test_nobody if shop.allow with input as {}
test_value := 7
test_false := false
not_a_test if false
test_function(x) if x
sub.test_nested if not shop.allow
todo_test_later if false
`;
  const ran = run([POLICY, tests], {}, { admins: ['alice'] });
  assert.deepEqual(outcomes(ran), [
    'test_admin passed',
    'test_nobody failed',
    'test_value failed',
    'test_false failed',
    'sub.test_nested passed',
    'todo_test_later skipped',
  ]);
  assert.deepEqual(
    ran.tests.map(({ package: name, at }) => `${name} ${at.file}:${at.line}`),
    [5, 6, 7, 8, 11, 12].map((line) => `data.shop_test 1.rego:${line}`),
  );
  assert.equal(ran.tests[2]?.gave, '7');
});

test('a failure is the expression that came to an end, with the values of what stands in it', () => {
  const failing = (body: string): TestResult['failure'] =>
    only(run([`package p\n\ntest_x if {\n${body}\n}\n`], {}, { known: [7, 8] })).failure;
  const counted = failing('xs := [1, 2]\nbound := 3\ncount(xs) + 1 == bound + 1\nfalse');
  assert.deepEqual([counted?.text, counted?.at.line, counted?.gave], ['count(xs) + 1 == bound + 1', 6, 'false']);
  assert.deepEqual(counted?.values, [
    { name: 'count(xs) + 1', value: '3' },
    { name: 'bound + 1', value: '4' },
    { name: 'count(xs)', value: '2' },
    { name: 'bound', value: '3' },
    { name: 'xs', value: '[1, 2]' },
  ]);
  const referred = failing('x := {"a": [1]}\ni := 0\ncount(data.known) + x.a[i] == 1');
  assert.deepEqual(referred?.values, [
    { name: 'count(data.known) + x.a[i]', value: '3' },
    { name: 'count(data.known)', value: '2' },
    { name: 'x.a[i]', value: '1' },
    { name: 'data.known', value: '[7, 8]' },
    { name: 'x', value: '{"a": [1]}' },
    { name: 'i', value: '0' },
  ]);
  const undefinedOne = failing('x := 1\ninput.user.name == "a"');
  assert.deepEqual([undefinedOne?.text, undefinedOne?.gave], ['input.user.name == "a"', 'undefined']);
  const refused = failing('x := 0\n1 / x == 1');
  assert.deepEqual([refused?.gave, refused?.error], ['undefined', 'div: divide by zero']);
  const inner = failing('xs := [3, 1]\nevery x in xs { x > 2 }');
  assert.deepEqual([inner?.text, inner?.values], ['x > 2', [{ name: 'x', value: '1' }]]);
  const negated = failing('x := {"a"}\nnot "a" in x');
  assert.equal(negated?.text, 'not "a" in x');
});

test('a failure names the rules that it failed for, and those that they failed for in turn', () => {
  const text = `package p

test_x if allow with input as {"role": "guest"}

allow if { is_clerk; other }

is_clerk if input.role == "clerk"

other := true
`;
  const { because } = only(run([text]));
  assert.deepEqual(
    because.map(({ rule, value }) => [rule, value]),
    [
      ['data.p.allow', undefined],
      ['data.p.is_clerk', undefined],
    ],
  );
});

test('of several ways to hold, the one that came furthest is told', () => {
  const text = 'package p\n\ntest_x if {\n\tsome x in [1, 5, 2]\n\tx > 3\n\tx == 6\n}\n';
  const { failure } = only(run([text]));
  assert.deepEqual([failure?.text, failure?.values], ['x == 6', [{ name: 'x', value: '5' }]]);
});

test('an error ends a test, and no other', () => {
  const ran = run(['package p\n\ntest_a if { x := c; x }\nc := 1 if true\nc := 2 if true\ntest_b if true\n']);
  assert.deepEqual(outcomes(ran), ['test_a error', 'test_b passed']);
  assert.equal(ran.tests[0]?.error?.code, 'eval_conflict_error');
  const slow = 'package p\n\ntest_a if { xs := numbers.range(1, 10000); count([1 | xs[_]; xs[_]]) == 0 }\n';
  const stopped = only(run([slow], { maxMilliseconds: 20 }));
  assert.deepEqual([stopped.outcome, stopped.error?.code], ['error', 'eval_cancel_error']);
});

test('what a test prints is kept with it', () => {
  const ran = run(['package p\n\ntest_a if { x := 1; print("x is", x); x == 2 }\ntest_b if print("b")\n']);
  assert.deepEqual(
    ran.tests.map(({ output }) => output),
    [['x is 1'], ['b']],
  );
});

test('tests of one name are tests of their own, where they stand', () => {
  const text = `package p

test_x if { 1 == 1 }

test_x if {
	y := 2
	y == 3
}
`;
  const more = 'package p\n\nimport data.q.z\n\n# other\ntest_x if z\n';
  const ran = run([text, more, 'package q\n\nz := true\n'], { coverage: true });
  assert.deepEqual(outcomes(ran), ['test_x passed', 'test_x#01 failed', 'test_x#02 passed']);
  const { failure, at } = ran.tests[1] as TestResult;
  assert.deepEqual([at.line, failure?.at.line, failure?.at.column, failure?.text], [5, 7, 2, 'y == 3']);
  assert.deepEqual(failure?.values, [{ name: 'y', value: '2' }]);
  assert.deepEqual(
    ran.coverage?.files.map(({ notCovered }) => notCovered),
    [[5], [], []],
  );
});

test('a test with names in its head has a case for each, whether it holds or not', () => {
  const text = `package p

test_concat[tc.note] if {
	some tc in [
		{"note": "empty", "a": [], "b": [], "want": []},
		{"note": "wrong", "a": [1], "b": [], "want": [2]},
		{"note": "never", "b": []},
	]
	print(tc.note)
	got := array.concat(tc.a, tc.b)
	got == tc.want
}

test_deep[a][b] if {
	some a in ["x", "y"]
	some b in [1, 2]
	[a, b] != ["y", 2]
}

test_fine["one"] if true
test_fine["two"] if 1 == 1
test_none[x] if { some x in [] }
`;
  const ran = run([text]);
  assert.deepEqual(outcomes(ran), [
    'test_concat failed +empty -never -wrong',
    'test_deep failed +x/1 +x/2 +y/1 -y/2',
    'test_fine passed +one +two',
    'test_none failed',
  ]);
  assert.deepEqual(ran.tests[0]?.output, ['empty', 'wrong', 'never']);
  assert.equal(ran.tests[0]?.failure?.text, 'got == tc.want');
});

test('a case is known as soon as its name can be, however the body is ordered', () => {
  const late = 'package p\n\ntest_late[n] if {\n\tn = m\n\tm = ["a", "b"][_]\n\tm == "a"\n}\n';
  const early = 'package q\n\ntest_early[n] if {\n\tn := ["a", "b"][_]\n\tn == "a"\n}\n';
  assert.deepEqual(outcomes(run([late, early])), ['test_late failed +a -b', 'test_early failed +a -b']);
});

test('modules from before OPA 1.0 are tested as well, cases included', () => {
  const old: RegoModule = {
    file: 'old.rego',
    text: 'package old\n\ntest_a { input.x == 1 with input as {"x": 1} }\n\ntest_a { false }\n',
    regoVersion: 'v0',
  };
  assert.deepEqual(outcomes(run([old])), ['test_a passed', 'test_a#01 failed']);
});

test('only what is asked for is run, by its whole name', () => {
  const text = 'package p\n\ntest_a if true\ntest_b if true\n';
  assert.deepEqual(outcomes(run([text, text.replace('package p', 'package q')], { only: /^data\.q\..*_b$/u })), [
    'test_b passed',
  ]);
});

test('coverage counts the lines on which a rule or an expression begins', () => {
  const policy = `package shop

limit := 10

allow if {
	input.n < limit
	every x in input.xs {
		x > 0
	}
}

allow if {
	input.admin
	input.n == 11
} else := false if {
	input.n > 11
}

never contains x if {
	some x
	input.xs[x]
}
`;
  const tests = 'package shop\n\ntest_a if allow with input as {"n": 3, "xs": [1]}\n';
  const { coverage } = run([policy, tests], { coverage: true });
  const [first, second] = coverage?.files ?? [];
  assert.deepEqual(first?.covered, [3, 5, 6, 7, 8, 13, 16]);
  assert.deepEqual(first?.notCovered, [12, 14, 15, 19, 21]);
  assert.deepEqual([second?.file, second?.covered, second?.notCovered], ['1.rego', [3], []]);
  assert.deepEqual([coverage?.coveredLines, coverage?.lines], [8, 13]);
  assert.equal(coverage?.percent, 800 / 13);
});

test('where a module does not compile, nothing is run and its problems are told', () => {
  const ran = runTests({ modules: [{ file: 'a.rego', text: 'package a\n\ntest_x if y\n' }], data: {} }, { monotonic });
  assert.ok(!ran.ok);
  assert.equal(ran.problem[0]?.code, 'rego/unsafe-variable');
});
