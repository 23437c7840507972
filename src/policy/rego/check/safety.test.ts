/** Safety: what is accepted can be evaluated from first to last, and what cannot is refused with its place. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc, { type Arbitrary } from 'fast-check';

import { BUILTINS } from '../builtins/registry.ts';
import { parseModule, parseQuery } from '../parse/parse-module.ts';
import { arbitraryModule } from '../testing/arbitrary-modules.ts';
import { unboundInProgram, unboundInQuery } from '../testing/bound-before-use.ts';
import { checkModules } from './check-modules.ts';
import { checkQuery } from './check-query.ts';

/** Of variables without a value: `name line:column`. */
function unsafeIn(body: string): readonly string[] {
  const parsed = parseModule({ file: 'test.rego', text: `package t\np if {\n${body}\n}\nf(a) := a` });
  assert.ok(parsed.ok, JSON.stringify(parsed));
  const checked = checkModules([parsed.value], { builtins: BUILTINS });
  if (checked.ok) {
    assert.deepEqual(unboundInProgram(checked.value.program), []);
    return [];
  }
  return checked.problem.map(({ code, message, at }) => {
    const name = code === 'rego/unsafe-variable' ? (/`(.*)`/u.exec(message)?.[1] ?? '') : code;
    return `${name} ${at?.line}:${at?.column}`;
  });
}

test('expressions may stand in any order that can be mended', () => {
  for (const body of [
    'x > y; y = 1; x = 2',
    'not x; x = 1',
    'y == z; [y, 1] = [z, w]; w = 1; z = 3',
    'x = [y, z]; y = 1; z = 2',
    '[x, [y, z]] = [1, w]; w = [2, 3]',
    'input.a[i] = x; input.b[x] = i',
    'f(x, y); x = 1; y == 1',
    'walk(x, [path, value]); x = input; path; value',
    'count([y | y = xs[_]; y > least]) > 1; xs = input.xs; least = 3',
    'every k, v in xs { v > k; v < most }; most = 9; xs = [1]',
    'xs[i]; i > 1; xs = input.xs',
    'input.x with input as y; y = 1',
    '{"a": x} = y; y = input',
    'x := y + 1; y = 2',
    'x := $"{y} {input.z}"; y = 1',
    'x = {y: 1}; y = "a"',
    'x = y; y = z; z = 1',
    '{k: x} = input.a; k = "a"',
    'some x in [y]; y = 1; x',
  ]) {
    assert.deepEqual(unsafeIn(body), [], body);
  }
});

test('a variable that nothing gives a value is named, at its first place in what needs it', () => {
  const refused: readonly (readonly [string, readonly string[]])[] = [
    ['x > 1', ['x 3:1']],
    ['x = y', ['x 3:1', 'y 3:5']],
    ['not x', ['x 3:5']],
    ['not input.xs[i]', ['i 3:14']],
    ['y = 1; f(y, x) with input as z', ['x 3:13', 'z 3:30']],
    ['f(x)', ['x 3:3']],
    ['y := x', ['x 3:6']],
    ['x + 1 = 2', ['x 3:1']],
    ['y = x + 1; x = y - 1', ['x 3:5', 'y 3:1']],
    ['[y | y = x]', ['x 3:10', 'y 3:6']],
    ['[x | true]', ['x 3:2']],
    ['every y in [1] { y > x }', ['x 3:22']],
    ['{x} = {1}', ['x 3:2']],
    ['{x: 1} = input', ['x 3:2']],
    ['{"a": x} = {"b": 1}', ['x 3:7']],
    ['[x] = [1, 2]', ['x 3:2']],
    ['x = {x}', ['x 3:1']],
    ['x = [y | y = x]', ['x 3:1']],
    ['[{x}, x] = input.a', ['x 3:3']],
    ['input[{x: x}]', ['x 3:8']],
    ['x[1]', ['x 3:1']],
    ['$"{x}"', ['x 3:4']],
    ['print(x); x = 1', ['x 3:7']],
    ['not _', ['_ 3:5']],
    ['x = input\ny == [x, z]', ['y 4:1', 'z 4:10']],
  ];
  for (const [body, wanted] of refused) assert.deepEqual([...unsafeIn(body)].sort(), [...wanted].sort(), body);
});

test('`not`, `and` and `or` with bodies keep what they bind to themselves', () => {
  const check = (body: string): readonly string[] => {
    const text = `package t\nimport future.keywords\np if {\n${body}\n}`;
    const parsed = parseModule({ file: 'test.rego', text });
    assert.ok(parsed.ok, JSON.stringify(parsed));
    const checked = checkModules([parsed.value], { builtins: BUILTINS });
    if (!checked.ok) return checked.problem.map(({ code }) => code);
    assert.deepEqual(unboundInProgram(checked.value.program), []);
    return [];
  };
  assert.deepEqual(check('not { x := 1; x == 2 }'), []);
  assert.deepEqual(check('not { x = 1; x == y }; y = 2'), []);
  assert.deepEqual(check('{ x := input.a; x > 1 } and count(input.b) > 2'), []);
  assert.deepEqual(check('{ input.a[i] == 1 } or { input.b[i] == 2 }'), []);
  assert.deepEqual(check('input.a[i] == 1 or input.b[i] == 2'), ['rego/unsafe-variable']);
  assert.deepEqual(check('{ x = 1 } or { x = 2 }; x > 1'), ['rego/unsafe-variable']);
  assert.deepEqual(check('not x == 1'), ['rego/unsafe-variable']);
  assert.deepEqual(check('not { x := 1; y := 2; x == z }'), ['rego/unsafe-variable']);
});

const variableName = fc.constantFrom('x', 'y', 'z', 'w', '_');

const terms = fc.letrec<{ term: string; body: string; expression: string }>((tie) => ({
  term: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'safety' },
    variableName,
    fc.constantFrom('1', '"a"', 'input.a', 'data.d', 'null'),
    joined('[', [tie('term'), tie('term')], ']'),
    joined('{', [tie('term'), fc.constant('1')], '}'),
    fc.tuple(fc.constantFrom('"k"', 'x', '1'), tie('term')).map(([key, value]) => `{${key}: ${value}}`),
    fc.tuple(fc.constantFrom('input', 'x', 'data.d'), tie('term')).map(([head, part]) => `${head}[${part}]`),
    joined('f(', [tie('term')], ')'),
    joined('count(', [tie('term')], ')'),
    fc.tuple(tie('term'), tie('body')).map(([element, body]) => `[${element} | ${body}]`),
    fc.tuple(tie('term'), tie('term'), tie('body')).map(([key, value, body]) => `{${key}: ${value} | ${body}}`),
    tie('term').map((term) => `$"a{${term}}"`),
  ),
  expression: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'safety' },
    fc.tuple(variableName, fc.constantFrom('1', 'input.b', '[1, input.c]', '{"k": 1}')).map(([x, y]) => `${x} = ${y}`),
    fc.tuple(tie('term'), fc.constantFrom('=', '=', '==', '<'), tie('term')).map((parts) => parts.join(' ')),
    fc.tuple(fc.constantFrom('x', '[y, z]', '{"k": w}', '_'), tie('term')).map(([x, y]) => `${x} := ${y}`),
    fc.tuple(tie('term'), tie('term')).map(([x, y]) => `not ${x} == ${y}`),
    fc.tuple(tie('term'), tie('term')).map(([x, y]) => `f(${x}, ${y})`),
    fc.tuple(tie('term'), tie('term')).map(([x, y]) => `${x} with input as ${y}`),
    fc.tuple(fc.constantFrom('x', 'k, v', '[y, 1]'), tie('term')).map(([x, y]) => `some ${x} in ${y}`),
    fc.tuple(fc.constantFrom('x', 'k, v'), tie('term'), tie('body')).map(([x, y, z]) => `every ${x} in ${y} { ${z} }`),
    fc.tuple(tie('term'), variableName).map(([x, y]) => `walk(${x}, [_, ${y}])`),
    tie('term'),
  ),
  body: fc.array(tie('expression'), { minLength: 1, maxLength: 4 }).map((expressions) => expressions.join('; ')),
}));

function joined(open: string, parts: readonly Arbitrary<string>[], close: string): Arbitrary<string> {
  return fc.tuple(...parts).map((texts) => open + texts.join(', ') + close);
}

const rule = fc
  .tuple(fc.constantFrom('p if', 'p contains x if', 'p[x] := y if', 'g(x, [y]) := z if', 'p := [x, w] if'), terms.body)
  .map(([head, body]) => `${head} { ${body} }`);

test('whatever is accepted binds every local before its use', () => {
  let accepted = 0;
  fc.assert(
    fc.property(rule, (text) => {
      const parsed = parseModule({ file: 'test.rego', text: `package t\nf(a) := a\n${text}` });
      if (!parsed.ok) return;
      const checked = checkModules([parsed.value], { builtins: BUILTINS });
      if (!checked.ok) return;
      accepted += 1;
      assert.deepEqual(unboundInProgram(checked.value.program), []);
    }),
    { numRuns: 2000 },
  );
  assert.ok(accepted > 20, `only ${accepted} of the bodies were accepted`);
});

test('a query that is accepted binds every local, and all of its answers', () => {
  const none = checkModules([], { builtins: BUILTINS });
  assert.ok(none.ok);
  let accepted = 0;
  fc.assert(
    fc.property(terms.body, (text) => {
      const parsed = parseQuery(text);
      if (!parsed.ok) return;
      const checked = checkQuery(parsed.value, none.value);
      if (!checked.ok) return;
      accepted += 1;
      assert.deepEqual(unboundInQuery(checked.value), []);
    }),
    { numRuns: 1000 },
  );
  assert.ok(accepted > 10, `only ${accepted} of the queries were accepted`);
});

test('any tree that the parser could make is checked without a fault', () => {
  fc.assert(
    fc.property(fc.array(arbitraryModule, { maxLength: 3 }), (modules) => {
      const checked = checkModules(modules, { builtins: BUILTINS });
      if (checked.ok) assert.deepEqual(unboundInProgram(checked.value.program), []);
      else assert.ok(checked.problem.length > 0);
    }),
    { numRuns: 300 },
  );
});
