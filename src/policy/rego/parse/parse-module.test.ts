/** Modules: what rules become, what is refused and where, and texts that want to break the parser. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import fc from 'fast-check';

import { formatSpan } from '../../../kernel/source-span.ts';
import { sourceSpan } from '../../source-position.ts';
import type { Module, RegoVersion } from '../syntax.ts';
import { almostRego } from '../testing/arbitrary-modules.ts';
import { MAX_NESTING, MAX_PROBLEMS } from './limits.ts';
import { parseModule, parseQuery, parseTerm } from './parse-module.ts';
import { printRule } from './print.ts';
import type { RegoProblem } from './problem-list.ts';

function parsed(text: string, regoVersion: RegoVersion = 'v1'): Module {
  const result = parseModule({ file: 'x.rego', text }, { regoVersion });
  assert.ok(result.ok, result.ok ? '' : JSON.stringify(result.problem));
  return result.value;
}

function problemsOf(text: string, regoVersion: RegoVersion = 'v1'): readonly RegoProblem[] {
  const result = parseModule({ file: 'x.rego', text }, { regoVersion });
  assert.ok(!result.ok, `accepted: ${text}`);
  return result.problem;
}

/** `line:column code` of each problem. */
function placesOf(text: string, regoVersion: RegoVersion = 'v1'): readonly string[] {
  return problemsOf(text, regoVersion).map(({ at, code }) => `${at?.line}:${at?.column} ${code}`);
}

/** The rules of a module as canonical text. */
function rulesOf(rules: string, regoVersion: RegoVersion = 'v1'): readonly string[] {
  return parsed(`package x\n${rules}`, regoVersion).rules.map((rule) =>
    printRule(rule).replaceAll(/\s+/gu, ' ').trim(),
  );
}

describe('rules', () => {
  test('a rule has one value, collects members, or is a function', () => {
    const { rules } = parsed('package x\np := 1\nq contains 2\nf(a, [b]) = a + b\nr.s[k] := v if some k, v in input');
    assert.deepEqual(
      rules.map(({ head }) => [head.kind, head.ref.path.length, head.parameters?.length]),
      [
        ['value', 0, undefined],
        ['contains', 0, undefined],
        ['value', 0, 2],
        ['value', 2, undefined],
      ],
    );
  });

  test('a value that was not written is true', () => {
    const [rule] = parsed('package x\np if input.x').rules;
    assert.ok(rule?.head.kind === 'value');
    assert.deepEqual([rule.head.value.kind, rule.head.assignment], ['boolean', undefined]);
  });

  test('several bodies are several rules, whose wildcards differ', () => {
    const { rules } = parsed('package x\nf(_) if { true } { false }');
    const names = rules.map(({ head }) => (head.parameters?.[0]?.kind === 'variable' ? head.parameters[0].name : ''));
    assert.equal(rules.length, 2);
    assert.notEqual(names[0], names[1]);
  });

  test('else branches follow in order, and one without a body is the last', () => {
    const text = 'p := 1 if { a } else := 2 if b else if { c } else := 3';
    assert.deepEqual(rulesOf(text), ['p := 1 if { a } else := 2 if { b } else if { c } else := 3']);
    assert.deepEqual(placesOf(`package x\n${text} else := 4`), ['2:56 rego/bad-head']);
  });

  test('braces behind if are a body, unless they are an object or a comprehension', () => {
    assert.deepEqual(rulesOf('p if { input.x }\nq if {"a": 1}\nr if {x | x := 1}'), [
      'p if { input.x }',
      'q if { {"a": 1} }',
      'r if { {x | x := 1} }',
    ]);
  });

  test('v0 collects members with brackets, and needs no if', () => {
    assert.deepEqual(rulesOf('p[x] { x = 1 }\nq.r { true }\ns[x] = y { x := y }', 'v0'), [
      'p contains x if { x = 1 }',
      'q contains "r" if { true }',
      's[x] = y if { x := y }',
    ]);
  });

  test('v0 knows the new keywords where they are imported, and as names elsewhere', () => {
    assert.deepEqual(rulesOf('import rego.v1\np[x] if x := 1', 'v0'), ['p[x] if { x := 1 }']);
    assert.deepEqual(rulesOf('in := 1\nevery[x] { x := in }', 'v0'), ['in := 1', 'every[x] { x := in }']);
  });

  test('keywords are names in paths', () => {
    assert.deepEqual(rulesOf('default.if := input.in\nnot.x["else"] := 1'), [
      'default.if := input.in',
      'not.x.else := 1',
    ]);
  });
});

test('a span is the text that it names', () => {
  const text = 'package x\n\nallow if {\n  input.user == "alice"\n}\n';
  const module = parsed(text);
  const [rule] = module.rules;
  const [expression] = rule?.body ?? [];
  assert.ok(rule !== undefined && expression !== undefined);
  assert.equal(text.slice(expression.start, expression.end), 'input.user == "alice"');
  assert.equal(formatSpan(sourceSpan(module.source, expression)), 'x.rego:4:3');
  assert.equal(text.slice(rule.start, rule.end), text.slice(11, -1));
});

describe('mistakes', () => {
  test('all of them are reported, in the order of the text', () => {
    const text = 'package x\np := )\nq if {\n  1 +\n}\nr { true }\ns := "a\nt := 1';
    assert.deepEqual(placesOf(text), [
      '2:6 rego/syntax',
      '5:1 rego/syntax',
      '6:3 rego/if-missing',
      '7:6 rego/unclosed-string',
    ]);
  });

  test('v0 syntax in a v1 module is told from nonsense', () => {
    assert.deepEqual(placesOf('package x\np { true }\nq[x] { x := 1 }\nr[1]\nf(x) { x }'), [
      '2:3 rego/if-missing',
      '3:1 rego/contains-missing',
      '3:6 rego/if-missing',
      '4:1 rego/contains-missing',
      '5:6 rego/if-missing',
    ]);
    assert.match(problemsOf('package x\np { true }')[0]?.hint ?? '', /write `if \{`/u);
  });

  test('a message says what was expected and found, and OPA says it for policies', () => {
    const [problem] = problemsOf('package foo.');
    assert.equal(problem?.message, 'expected a name after `.`, found the end of the text');
    assert.equal(problem?.opa, 'unexpected eof token: expected identifier');
  });

  const REFUSED: readonly (readonly [string, string, RegoVersion?])[] = [
    ['', '1:1 rego/package-missing'],
    ['p := 1', '1:1 rego/package-missing'],
    ['package x\npackage y', '2:1 rego/second-package'],
    ['package x\nimport foo', '2:8 rego/bad-import'],
    ['package x\nimport data.if', '2:8 rego/bad-import'],
    ['package x\nimport future.keywords.nope', '2:8 rego/bad-import'],
    ['package x\nimport rego.v1 as y', '2:8 rego/bad-import'],
    ['package x\nimport data.y as input', '2:18 rego/bad-import'],
    ['package x[1]', '1:11 rego/syntax'],
    ['package x\nif := 1', '2:1 rego/bad-head'],
    ['package x\nf(x) contains 1', '2:6 rego/bad-head'],
    ['package x\np', '2:2 rego/syntax'],
    ['package x\np := 1; q := 2', '2:7 rego/syntax'],
    ['package x\np if { every x in y { } }', '2:23 rego/empty-body'],
    ['package x\np if { a; }', '2:11 rego/syntax'],
    ['package x\np if { a b }', '2:10 rego/syntax'],
    ['package x\np if { not some x in y }', '2:12 rego/syntax'],
    ['package x\np if { every x in y }', '2:21 rego/syntax'],
    ['package x\np if { x with 1 as 2 }', '2:15 rego/syntax'],
    ['package x\np contains x if { x } else := 1', '2:23 rego/bad-else'],
    ['package x\np[x] := 1 if { x } else := 1', '2:20 rego/bad-else'],
    ['package x\ndefault p := input.x', '2:14 rego/bad-default'],
    ['package x\ndefault p', '2:1 rego/bad-default'],
    ['package x\ndefault f(x, x) := 1', '2:14 rego/bad-default'],
    ['package x\ndefault f([x]) := 1', '2:11 rego/bad-default'],
    ['package x\np := 01', '2:6 rego/bad-number'],
    ['package x\np := 1.', '2:6 rego/bad-number'],
    ['package x\np := 1e999999', '2:6 rego/bad-number'],
    ['package x\np := 0x1f', '2:6 rego/bad-number'],
    ['package x\np := "\\x"', '2:7 rego/bad-escape'],
    ['package x\np := "\\u12"', '2:7 rego/bad-escape'],
    ['package x\np := "\t\\n"', '2:6 rego/illegal-character'],
    ['package x\np := `a', '2:6 rego/unclosed-string'],
    ['package x\np := $"{1 = 2}"', '2:9 rego/syntax'],
    ['package x\np := $"{}"', '2:9 rego/syntax'],
    ['package x\np := $"a"', '2:6 rego/template-in-v0', 'v0'],
    ['package x\np := a ! b', '2:8 rego/illegal-character'],
    ['package x\n# \0', '2:3 rego/illegal-character'],
    ['package x\n# \ud800', '2:3 rego/illegal-character'],
    ['package x\n# \u{feff}', '2:3 rego/illegal-character'],
    ['package x\np := f (x)', '2:8 rego/syntax'],
    ['package x\np := a. b', '2:9 rego/syntax'],
    ['package x\np := "a".b', '2:6 rego/syntax'],
    ['package x\np := (input.x).y', '2:7 rego/syntax'],
  ];
  for (const [text, place, version] of REFUSED) {
    test(`refused: ${JSON.stringify(text)}`, () => assert.equal(placesOf(text, version)[0], place));
  }

  test('no more than a person can use', () => {
    assert.equal(problemsOf(`package x\n${'p := )\n'.repeat(MAX_PROBLEMS * 3)}`).length, MAX_PROBLEMS);
    assert.equal(problemsOf(`package x\n${'\0'.repeat(MAX_PROBLEMS * 3)}`).length, MAX_PROBLEMS);
  });
});

describe('texts that want to break the parser', () => {
  test('any text gives a tree or problems with places, and nothing is thrown', () => {
    fc.assert(
      fc.property(almostRego, fc.constantFrom<RegoVersion[]>('v0', 'v1'), (text, regoVersion) => {
        const results = [
          parseModule({ file: 'x', text }, { regoVersion }),
          parseQuery(text, { regoVersion }),
          parseTerm(text, { regoVersion }),
        ];
        for (const result of results) {
          if (result.ok) continue;
          assert.ok(result.problem.length > 0 && result.problem.length <= MAX_PROBLEMS);
          for (const { message, at } of result.problem) {
            assert.ok(message.isWellFormed() && at !== undefined);
            assert.ok(at.endLine > at.line || (at.endLine === at.line && at.endColumn >= at.column));
          }
        }
      }),
      { numRuns: 1500 },
    );
  });

  const OPENINGS = [
    '[',
    '{',
    '(',
    'f(',
    'x[',
    '$"{',
    '-',
    '1 + ',
    '[x | ',
    '{x | ',
    '{x: x | ',
    '[x | not ',
    '[a | b, ',
  ];
  for (const opening of OPENINGS) {
    test(`${opening} a hundred thousand times is refused`, () => {
      assert.ok(
        placesOf(`package x\np := ${opening.repeat(100_000)}1`).some((place) =>
          /too-deep|syntax|unclosed/u.test(place),
        ),
      );
    });
  }

  // Each level has two readings, and the outer one is tried first: without memory the work doubles with each level.
  for (const [open, close] of [
    ['[x | ', ', 1]'],
    ['{x | ', ', 1}'],
    ['{x: x | ', ', "a": 1}'],
    ['[x, {x | [', '], 1}]'],
  ] as const) {
    test(`two readings, ${open}${close}, nest without doubling the work`, () => {
      const text = (inner: string): string => `package x\np := ${open.repeat(120)}${inner}${close.repeat(120)}`;
      parsed(text('1'));
      assert.equal(problemsOf(text('1, ,')).length, 1);
    });
  }

  test('a chain of operators is a tree as well, and is bounded', () => {
    parsed(`package x\np := 1${' + 1'.repeat(MAX_NESTING - 10)}`);
    assert.match(placesOf(`package x\np := 1${' + 1'.repeat(MAX_NESTING + 10)}`)[0] ?? '', /too-deep/u);
  });

  test('a hundred thousand elements, rules, bodies and branches are nothing special', () => {
    const many = 100_000;
    assert.equal(parsed(`package x\np := [${'{"a": 1}, '.repeat(many)}]`).rules.length, 1);
    assert.equal(parsed(`package x\n${'p := 1\n'.repeat(many)}`).rules.length, many);
    assert.equal(parsed(`package x\np if { a }${' { b }'.repeat(many)}`).rules.length, many + 1);
    assert.equal(parsed(`package x\np if { a }${' else if { b }'.repeat(many)}`).rules[0]?.alternatives.length, many);
    assert.equal(parsed(`package x\np := x${'.a'.repeat(many)}`).rules.length, 1);
  });

  test('a carriage return ends no line but belongs to its end, and a byte order mark may come first', () => {
    const crlf = parsed('\u{feff}package x\r\np if {\r\n  a\r\n  b\r\n}\r\n');
    assert.equal(crlf.rules[0]?.body.length, 2);
    assert.equal(parsed('package x\np := `a\r\nb`').rules[0]?.head.kind, 'value');
  });
});
