/** Types without OPA: what is refused, how it is said, and that no module costs much. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { compileRego } from '../compile.ts';
import { almostRego, arbitraryModule } from '../testing/arbitrary-modules.ts';
import { arbitraryProgram } from '../testing/arbitrary-programs.ts';
import { printModule } from '../parse/print.ts';

/** The problems of the rules of a package `p`, with their lines. */
function problemsOf(...rules: readonly string[]): readonly string[] {
  const policy = compileRego({ modules: [{ file: 'p.rego', text: ['package p', ...rules].join('\n') }] });
  if (policy.ok) return [];
  return policy.problem.map(({ code, message, hint, at }) => {
    return `${at?.line}:${at?.column} ${code}: ${message}${hint === undefined ? '' : ` (${hint})`}`;
  });
}

test('a call with what the function never takes is refused where it stands', () => {
  assert.deepEqual(problemsOf('x := count(1)'), [
    '2:6 rego/type-argument: a number is given to `count` as its first argument (it takes a set, a string, an array or an object)',
  ]);
  assert.deepEqual(problemsOf('f(x) := x + 1', 'y := f("a")'), [
    '3:6 rego/type-argument: a string is given to `data.p.f` as its first argument (it takes a number)',
  ]);
  assert.deepEqual(problemsOf('x if count([1], "a")'), [
    '2:6 rego/type-argument: the result of `count` can never be a string (it is a number)',
  ]);
  assert.deepEqual(problemsOf('x if { some y in [1, 2]; z := y; startswith("a", z) }'), [
    '2:34 rego/type-argument: a number is given to `startswith` as its second argument (it takes a string)',
  ]);
});

test('an equation whose sides are never equal is refused', () => {
  assert.deepEqual(problemsOf('x if { y := "a"; y == 1 }'), [
    '2:18 rego/type-match: the two sides can never be equal: a string and a number',
  ]);
  assert.deepEqual(problemsOf('x if 1 in ["a"]'), [
    '2:6 rego/type-match: a number can never be among the values that are gone through (each is a string)',
  ]);
  assert.deepEqual(problemsOf('x if [y, "b"] = [1, y]'), [
    '2:6 rego/type-match: the two sides can never be equal: an array of length 2 and an array of length 2',
  ]);
});

test('a reference to where there is never a value is refused', () => {
  assert.deepEqual(problemsOf('s := {"a": 1}', 't := s.b', 'u := s.a.b'), [
    '3:6 rego/type-reference: `data.p.s` is an object with the key `a`, and has no `b`',
    '4:6 rego/type-reference: `data.p.s.a` is a number, which has no parts (compare it, or pass it to a function)',
  ]);
  assert.deepEqual(problemsOf('s := [1, 2]', 't if { i := "a"; s[i] }'), [
    '3:18 rego/type-reference: `data.p.s` is asked for a string (each of its keys is a number)',
  ]);
});

test('what a rule is by one of its definitions, it may be', () => {
  assert.deepEqual(problemsOf('x := 1 if input.a', 'x := "a" if input.b', 'y := x + 1', 'z := upper(x)'), []);
  assert.deepEqual(problemsOf('x := 1 if input.a else := "a"', 'y := upper(x)'), []);
  assert.deepEqual(problemsOf('x[y] := 1 if y := input.a', 'x.b.c := "a"', 'y := x[_].c'), []);
  assert.deepEqual(problemsOf('f(1) := 1', 'f("a") := "b"', 'y := upper(f(input.x))', 'z := f("a") + 1'), []);
});

test('what a `with` replaces, and what reads it, may be of another type', () => {
  const rules = ['a := 1', 'b := a', 'c := b'];
  assert.deepEqual(problemsOf(...rules, 'd := upper(c)').length, 1);
  assert.deepEqual(problemsOf(...rules, 'd if upper(c) with a as "x"'), []);
  assert.deepEqual(problemsOf(...rules, 'd if upper(a) with a as "x"'), []);
  assert.deepEqual(problemsOf(...rules, 'd if upper(a) with b as "x"').length, 1);
  assert.deepEqual(problemsOf('d if upper("x") with upper as bits.negate'), [
    '2:17 rego/type-argument: `bits.negate` takes other types of arguments than `upper`, which it replaces',
  ]);
});

test('queries know the types of rules', () => {
  const policy = compileRego({ modules: [{ file: 'p.rego', text: 'package p\nx := 1\ny := {"a": x}' }] });
  assert.ok(policy.ok);
  const codesOf = (query: string): readonly string[] => {
    const prepared = policy.value.prepare(query);
    return prepared.ok ? [] : prepared.problem.map(({ code }) => code);
  };
  assert.deepEqual(codesOf('data.p.x.y'), ['rego/type-reference']);
  assert.deepEqual(codesOf('upper(data.p.x)'), ['rego/type-argument']);
  assert.deepEqual(codesOf('data.p.y.a = "b"'), ['rego/type-match']);
  assert.deepEqual(codesOf('data.p.y.a = z; data.p.nothing; data.q.x.y'), []);
});

test('whatever the module, it has types or problems', () => {
  const texts = fc.oneof(
    arbitraryModule.map(printModule),
    almostRego,
    arbitraryProgram.map(({ text }) => text),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const policy = compileRego({ modules: [{ file: 'p.rego', text }] });
      for (const { code } of policy.ok ? [] : policy.problem) assert.match(code, /^rego\//u);
    }),
    { numRuns: 200 },
  );
});

test('a module that wants to cost much does not', () => {
  const count = 2000;
  const list = (make: (index: number) => string): readonly string[] => Array.from({ length: count }, (_, i) => make(i));
  // Of thousands of alternatives, each another one.
  const union = [`s := [${list((index) => `{"k${index}": ${index}}`).join(', ')}]`, 'a if { s[_] == s[_] }'];
  assert.deepEqual(problemsOf(...union, 'b if { some x in s; some y in s; x == y; count(x) > 1 }'), []);
  // Nested by one more level in each rule, and twice as large.
  const doubled = ['r0 := [1]', ...list((index) => `r${index + 1} := [r${index}, {"a": r${index}}]`)];
  assert.deepEqual(problemsOf(...doubled, `b if { r${count} == r${count - 1} }`, `c := r${count}[0][1].a`), []);
  // As many types as rules, all of them compared with all.
  const rules = list((index) => `q[${index}] := {"k${index}": [${index}, {"k${index}"}]}`);
  assert.deepEqual(problemsOf(...rules, 'c if { q[_] == q[_] }', 'd if { some x in q; some y in q; x == [y] }'), []);
  const ways = list((index) => `f({"k${index}": x}) := [x, "${index}"]`);
  assert.deepEqual(problemsOf(...ways, 'd := f({"k7": f({"k8": f({"k9": input})})})', 'e := f(f(input))[0]'), []);
});
