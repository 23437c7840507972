/** What modules may say and what they may not, each refusal with its code and its place. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { RegoProblem } from '../parse/problem-list.ts';
import { BUILTINS } from '../builtins/registry.ts';
import { parseModule } from '../parse/parse-module.ts';
import type { RegoVersion } from '../syntax.ts';
import { unboundInProgram } from '../testing/bound-before-use.ts';
import { checkModules, type CheckedModules } from './check-modules.ts';

type Options = { readonly version?: RegoVersion; readonly dataExists?: (path: readonly string[]) => boolean };

/** Texts without a package are of the package `t`. */
function check(texts: readonly string[], options: Options = {}): CheckedModules | readonly RegoProblem[] {
  const modules = texts.map((text, index) => {
    const full = /^package /mu.test(text) ? text : `package t\n${text}`;
    const parsed = parseModule({ file: `${index}.rego`, text: full }, { regoVersion: options.version ?? 'v1' });
    assert.ok(parsed.ok, `${text}\n${JSON.stringify(parsed)}`);
    return parsed.value;
  });
  const { dataExists } = options;
  const checked = checkModules(modules, { builtins: BUILTINS, ...(dataExists === undefined ? {} : { dataExists }) });
  return checked.ok ? checked.value : checked.problem;
}

function accepted(texts: readonly string[], options: Options = {}): CheckedModules {
  const checked = check(texts, options);
  assert.ok('program' in checked, `${texts.join('\n')}\n${JSON.stringify(checked)}`);
  assert.deepEqual(unboundInProgram(checked.program), []);
  return checked;
}

/** `code file:line:column` of each problem. */
function refusals(texts: readonly string[], options: Options = {}): readonly string[] {
  const checked = check(texts, options);
  if ('program' in checked) return [];
  return checked.map(({ code, at }) => `${code.slice('rego/'.length)} ${at?.file[0]}:${at?.line}:${at?.column}`);
}

function refuses(cases: readonly (readonly [string, string])[]): void {
  for (const [text, wanted] of cases) assert.equal(refusals([text]).join(', '), wanted, text);
}

test('names are declared once in a scope, before they are used, and used when they were declared', () => {
  refuses([
    ['p if { x := 1; x := 2 }', 'redeclared 0:2:16'],
    ['p if { x := y; y := 1 }', 'redeclared 0:2:16'],
    ['p if { some x; x = 1; some x; x = 2 }', 'redeclared 0:2:28'],
    ['p if { [x, x] := [1, 2] }', 'redeclared 0:2:12'],
    ['f(x) := 1 if { x := 1 }', 'redeclared 0:2:16'],
    ['p if { count([]); count := 1 }', 'redeclared 0:2:19'],
    ['p if { some x in x }', 'redeclared 0:2:13'],
    ['p if { some x }', 'unused-variable 0:2:13'],
    ['p if { every k, v in [1] { v > 0 } }', 'unused-variable 0:2:14'],
    ['p := [1 | some x; true]', 'unused-variable 0:2:16'],
    ['p if { 1 := x }', 'bad-assignment 0:2:8'],
    ['p if { input.x := 1 }', 'bad-assignment 0:2:8'],
    ['p if { not x := 1 }', 'bad-assignment 0:2:8'],
  ]);
  accepted([
    'p if { x := 1; y := [x | x := 2]; some z in y; z > x }\nq := x if { some x; x = 1 }\nf(x) := [y | some y in x.xs]',
  ]);
});

test('a name means the innermost declaration, then an import, then a rule of the package', () => {
  accepted(['import data.foo\nfoo := 1\np if { foo.x; q == 1 }\nq := 1', 'import data.t.f\nf(q) := q\nr := f(1)']);
  accepted(['p if { every q in [1] { q > 0 } }\nq := "a"\nr(q) := q + 1']);
  refuses([
    ['p if q(1)\nq := 1', 'undefined-function 0:2:6'],
    ['p if { f := 1; f(f) }\nf(x) := x', 'undefined-function 0:2:16'],
    ['p if { f.x }\nf(x) := x', 'function-as-value 0:2:8'],
    ['p := data.t.f\nf(x) := x', 'function-as-value 0:2:6'],
  ]);
});

test('v1 modules neither import a name twice nor hide `input` and `data`', () => {
  refuses([
    ['import data.foo\nimport data.foo', 'double-import 0:3:1'],
    ['import data.foo\nimport input.foo', 'double-import 0:3:1'],
    ['input := 1', 'shadowed-root 0:2:1'],
    ['f(input) := 1', 'shadowed-root 0:2:3'],
    ['f([data]) := 1', 'shadowed-root 0:2:4'],
    ['p if { data := 1 }', 'shadowed-root 0:2:8'],
    ['p if re_match("a", "b")', 'deprecated-builtin 0:2:6'],
  ]);
  const version = 'v0';
  accepted(['p { input := {"a": 1}; input.a == 1 }\nq { re_match("a", "b") }'], { version });
  accepted(['import data.foo\nimport data.foo\np[x] { x = foo[_] }'], { version });
});

test('a call of a built-in by itself is no rule', () => {
  refuses([
    ['startswith("a", "b")', 'call-as-rule 0:2:1'],
    ['json.unmarshal("1")', 'call-as-rule 0:2:1'],
    ['count(x) := 5', ''],
    ['f("a")', ''],
    ['p.startswith("a", "b")', ''],
  ]);
});

test('calls name a function that there is, with as many arguments as it takes', () => {
  refuses([
    ['p if coun([])', 'undefined-function 0:2:6'],
    ['p if input.f(1)', 'undefined-function 0:2:6'],
    ['p if data.t.f(1)', 'undefined-function 0:2:6'],
    ['p if f(1, 2, 3)\nf(x) := x', 'arity 0:2:6'],
    ['p := f(1, 2)\nf(x) := x', 'arity 0:2:6'],
    ['p if count()', 'arity 0:2:6'],
    ['p := print(1)', 'no-value 0:2:6'],
    ['f(g(1)) := 1\ng(x) := x', 'bad-parameter 0:2:3'],
    ['p := $"{walk(input)}"', 'relation-in-template 0:2:9'],
  ]);
  const problems = check(['p if coun([])\nq if alow(1)\nallow(x) := x']);
  assert.ok(!('program' in problems));
  assert.deepEqual(
    problems.map(({ hint }) => hint),
    ['did you mean `count`?', 'did you mean `allow`?'],
  );
  accepted(['p if { f(1, x); x == 1; count([], 0); data.t.f(2) }\nf(x) := x\na.b.g(x) := x\nq if a.b.g(1)']);
});

test('`with` replaces documents as a whole, and functions by what takes as many arguments', () => {
  refuses([
    ['p if { q with data.t.q.r as 1 }\nq := 1', 'bad-with 0:2:15'],
    ['p if { q with foo as 1 }\nq := 1', 'bad-with 0:2:15'],
    ['p if { q with input[x] as 1; x = "a" }\nq := 1', 'bad-with 0:2:21'],
    ['p if { count([]) == 0 with internal.member_2 as 1 }', 'bad-with 0:2:28'],
    ['p if { true with walk as 1 }', 'bad-with 0:2:18'],
    ['p if { true with print as 1 }', 'bad-with 0:2:18'],
    ['p if { f(1) with f as g }\nf(x) := x\ng(x, y) := x', 'arity 0:2:13'],
    ['p if { q with data.z as f }\nq := 1\nf(x) := x', 'bad-with 0:2:25'],
  ]);
  const { program } = accepted([
    'p if { count([]) == 0 with count as f with f as 1 with data.z.y as 2 with input.a as [x | x = 1] }\nf(x) := 1',
  ]);
  const { builtins, functions, data } = program.replaced;
  assert.deepEqual([[...builtins], [...functions], data], [['count'], ['t\0f'], [['z', 'y']]]);
});

test('rules of one path are of one kind, and nothing stands below a value', () => {
  refuses([
    ['p := 1\np contains 2', 'conflict 0:3:1'],
    ['p := 1\np(x) := 2', 'conflict 0:3:1'],
    ['f(x) := 1\nf(x, y) := 2', 'conflict 0:3:1'],
    ['p := 1\np.q := 2', 'conflict 0:3:1'],
    ['p[x] contains 1 if x := 1\np contains 2', 'conflict 0:3:1'],
    ['p[x] := 1 if x := "a"\np.q(x) := 2', 'conflict 0:3:1'],
    ['default p := 1\ndefault p := 2', 'conflict 0:3:1'],
  ]);
  assert.deepEqual(refusals(['p := 1', 'package t.p\nq := 1']), ['conflict 0:2:1', 'conflict 1:2:1']);
  assert.deepEqual(refusals(['p := 1', 'package t.p']), ['conflict 0:2:1']);
  const dataExists = (path: readonly string[]): boolean => path.join('.') === 't.p.q';
  assert.deepEqual(refusals(['p.q := 1\np.r := 2'], { dataExists }), ['conflict 0:2:1']);
  accepted(['p[x] := 1 if x := "a"\np.q := 2\np.r.s := 3', 'default q := 1\nq := 2 if input.x\nf(x) := 1\nf(2) := 1']);
});

test('a rule may not need its own value, however far the way back is', () => {
  refuses([
    ['p if p', 'recursion 0:2:1'],
    ['a if b\nb if c\nc if a', 'recursion 0:2:1'],
    ['f(x) := f(x - 1)', 'recursion 0:2:1'],
    ['p := data', 'recursion 0:2:1'],
    ['p := data[input.x].p', 'recursion 0:2:1'],
    ['p if { some x in ["q", "p"]; data.t[x] }\nq := 1', 'recursion 0:2:1'],
    ['p := [x | x := data.t.p]', 'recursion 0:2:1'],
    ['p if { true with data.t.p as 1 }', 'recursion 0:2:1'],
    ['p[x] := 1 if { x := "q"; data.t.p.z }', 'recursion 0:2:1'],
    ['p := $"{q}"\nq := 1 if p == 1 else := 2', 'recursion 0:2:1'],
  ]);
  accepted(['p.a := 1\np.b := p.a\nq[x].b := 1 if { x := 1; q[x].c }\nq[x].c := 1 if x := 1']);
  accepted(['p if { some x in ["q", "r"]; data.t[x] }\nq := 1\nr := 2', 'package t.u\ns := data.t.q']);
  const problems = check(['a if b\nb if c\nc if a']);
  assert.ok(!('program' in problems));
  assert.equal(problems[0]?.message, 'the rule needs its own value: `data.t.a` → `data.t.b` → `data.t.c` → `data.t.a`');
});

test('rules become sets of definitions at paths of which none begins with another', () => {
  const { program } = accepted([
    `a := 1
b.c contains 2
d[x] := 1 if x := "k"
d.e.f := 2
g[1] := 3
default h(_) := 0
h(x) := 1 if { x > 1 } else := 2 if { y := x; y < 0 }
i[x] contains y if { some x, y in input }`,
  ]);
  const sets = [...program.rules.values()].map(({ path, kind, arity, definitions, byDefault }) => {
    const keys = definitions.map((definition) =>
      definition.keys.map((key) => (key.kind === 'constant' ? key.value : key.kind)),
    );
    return [path.join('.'), kind, arity, keys, byDefault !== undefined];
  });
  assert.deepEqual(sets, [
    ['t.a', 'complete', 0, [[]], false],
    ['t.b.c', 'set', 0, [[]], false],
    ['t.d', 'object', 0, [['local'], ['e', 'f']], false],
    ['t.g', 'object', 0, [[1]], false],
    ['t.h', 'function', 1, [[]], true],
    ['t.i', 'object', 0, [['local']], false],
  ]);
  const [h] = program.rules.get('t\0h')?.definitions ?? [];
  assert.equal(h?.choices.length, 2);
  assert.deepEqual([...(h?.names.values() ?? [])].sort(), ['x', 'y']);
});

test('a set or a key of a parameter that is not known when it is compared never matches', () => {
  const { program } = accepted(['f({x}, x) := 1\ng(x, {x}) := 1\nh({x: y}) := y']);
  const first = (path: string): unknown => program.rules.get(path)?.definitions[0]?.choices[0]?.body[0];
  const never = {
    kind: 'test',
    modifiers: [],
    source: { kind: 'pattern', pattern: { kind: 'constant', value: false } },
  };
  assert.deepEqual({ ...(first('t\0f') as object), start: 0, end: 0 }, { ...never, start: 0, end: 0 });
  assert.equal(first('t\0g'), undefined);
  assert.deepEqual({ ...(first('t\0h') as object), start: 0, end: 0 }, { ...never, start: 0, end: 0 });
});

test('metadata is known before evaluation, from the rule outward', () => {
  const { program } = accepted([
    `# METADATA
# title: of the package
package t

# METADATA
# title: of the rule
# custom:
#   level: 3
p := [rego.metadata.rule(), rego.metadata.chain()]

q := rego.metadata.chain()`,
  ]);
  const value = (path: string): unknown => program.rules.get(path)?.definitions[0]?.choices[0]?.value;
  const rule = { scope: 'rule', title: 'of the rule', custom: { level: 3 } };
  const outer = { path: ['t'], annotations: { scope: 'package', title: 'of the package' } };
  assert.deepEqual(value('t\0p'), {
    kind: 'constant',
    value: [rule, [{ path: ['t', 'p'], annotations: rule }, outer]],
  });
  assert.deepEqual(value('t\0q'), { kind: 'constant', value: [{ path: ['t', 'q'] }, outer] });
});
