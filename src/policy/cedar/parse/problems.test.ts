/** What people read who made a mistake: what is wrong, what was meant, and where; all mistakes at once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import type { Problem } from '../../../kernel/problem.ts';
import { excerpt } from '../../../kernel/source-span.ts';
import { MAX_PROBLEMS } from '../limits.ts';
import { policies } from '../testing/arbitrary-policies.ts';
import { parsePolicies } from './parse-policies.ts';
import { printPolicy } from './print.ts';

function problemsOf(text: string, file = 'a.cedar'): readonly Problem[] {
  const parsed = parsePolicies({ policies: [{ file, text }] });
  return parsed.ok ? [] : parsed.problem;
}

/** The problems as text: code, message, the marked part of the line, the hint. */
function shown(text: string): string {
  return problemsOf(text)
    .map(({ code, message, hint, at }) => {
      const [line = '', carets = ''] = at === undefined ? [] : excerpt(text, at).split('\n');
      const marked = line.slice(carets.indexOf('^'), carets.lastIndexOf('^') + 1);
      return [`${code}: ${message}`, `at ${marked}`, ...(hint === undefined ? [] : [hint])].join(' / ');
    })
    .join('\n');
}

const inCondition = (condition: string): string => `permit(principal, action, resource) when { ${condition} };`;

const CASES: readonly (readonly [text: string, problem: string])[] = [
  [inCondition('principal.a = 1'), 'cedar/unsupported-operator: there is no operator `=` / at = / equality is `==`'],
  [
    inCondition('principal.a & true'),
    'cedar/syntax: expected an operator or `}`, found `&` / at & / the operator is `&&`',
  ],
  [
    inCondition('principal.a or true'),
    'cedar/syntax: expected an operator or `}`, found `or` / at or / the operator is `||`',
  ],
  [inCondition('not true'), 'cedar/syntax: there is no operator `not` / at not / negation is `!`'],
  [
    inCondition('principal.name == “a”'),
    'cedar/syntax: expected an expression, found the character `“` (U+201C) / at “ / these are typographic quotes: a string stands in `"`',
  ],
  [
    'permit(principal == User::"a, action, resource) when { context.x == "b" };',
    'cedar/syntax: expected `,` and the action, found `b` / at b / the string before it ends here: a `"` is missing somewhere before',
  ],
  [
    inCondition('context.x == "b'),
    'cedar/syntax: expected an expression, found a string that is not closed: `"b };` / at "b }; / a `"` is missing at its end, or somewhere before',
  ],
  [
    'permit(principal.role == "a", action, resource);',
    'cedar/syntax: expected `,` or a constraint, found `.` / at . / attributes are tested after the scope, in `when { principal.… }`',
  ],
  [
    'permit(principal, action, resource)\npermit(principal, action, resource);',
    'cedar/syntax: expected `;` at the end of the policy / at  / a policy ends with `;`',
  ],
  [
    'permit(principal == User::alice, action, resource);',
    'cedar/bad-scope: expected an entity such as `User::"alice"`, or `?principal`, found the name `User::alice` / at User::alice / to test the type, write `is User::alice`; to name one entity, write `User::"alice"`',
  ],
  [
    inCondition('principle == principal'),
    'cedar/unknown-variable: there is no variable `principle` / at principle / did you mean `principal`?',
  ],
  [
    inCondition('context.a.containz(1)'),
    'cedar/unknown-function: there is no method `containz` / at containz / did you mean `contains`?',
  ],
  [
    inCondition('isIpv4(context.a)'),
    'cedar/wrong-call-style: `isIpv4` is a method, not a function / at isIpv4 / write it as a method of its first argument: `….isIpv4(…)`',
  ],
  [inCondition('[].isEmpty(1)'), 'cedar/wrong-arity: `isEmpty` takes no arguments, and was given 1 / at isEmpty(1)'],
  [
    inCondition('1 == 2 == 3'),
    'cedar/syntax: `==` cannot follow another comparison / at == / parentheses say which is meant: `(a == b) == c`, or `&&` joins two comparisons',
  ],
  [
    'premit(principal, action, resource);',
    'cedar/syntax: expected `permit` or `forbid`, found `premit` / at premit / did you mean `permit`?',
  ],
  [
    '@a("\\q") permit(principal, action, resource) when { "\\*" == "\\x80" };',
    [
      'cedar/bad-escape: `\\q` is not an escape / at \\q / escapes are `\\n`, `\\r`, `\\t`, `\\\\`, `\\0`, `\\"`, `\\\'`, `\\x7f` and `\\u{1f600}`; a backslash itself is `\\\\`',
      'cedar/bad-escape: `\\*` is not an escape / at \\* / `\\*` is for the patterns of `like` only: here it is `*`',
      'cedar/bad-escape: `\\x80` is not an escape / at \\x80 / `\\x` takes two hexadecimal digits up to 7f; for others there is `\\u{…}`',
    ].join('\n'),
  ],
];

test('a mistake is named, marked and mended', () => {
  for (const [text, problem] of CASES) assert.equal(shown(text), problem);
});

test('every policy of a file has its own problems', () => {
  const text = [
    'permit(principal, action, resource) when { principal.a( };',
    'forbid(principal, action);',
    'permit(principal, action, resource) when { context.x };',
    '@a @a permit(principal, action, resource == ?principal) when { b == 1 / 2 }',
    'forbid(principal, action, resource) when { context.x == };',
  ].join('\n');
  const found = problemsOf(text).map(({ code, at }) => `${at?.line}:${at?.column} ${code}`);
  assert.deepEqual(found, [
    '1:57 cedar/syntax',
    '2:25 cedar/syntax',
    '4:5 cedar/duplicate-annotation',
    '4:45 cedar/misplaced-slot',
    '4:64 cedar/unknown-variable',
    '4:71 cedar/unsupported-operator',
    '4:76 cedar/syntax',
    '5:57 cedar/syntax',
  ]);
});

test('there are never more problems than anybody reads', () => {
  assert.equal(problemsOf(inCondition('a').repeat(1000)).length, MAX_PROBLEMS);
  assert.equal(problemsOf(';'.repeat(1_000_000)).length, MAX_PROBLEMS);
  assert.equal(problemsOf(inCondition(`[${'a,'.repeat(1000)}]`)).length, MAX_PROBLEMS);
});

test('any text is parsed or refused, with places that lie in it and words that can be printed', () => {
  const part = fc.constantFrom(
    'permit',
    '(',
    ')',
    'principal',
    ',',
    '==',
    '"',
    '\\',
    '{',
    '}',
    ';',
    '\n',
    '::',
    '@',
    '.',
    '-',
  );
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(part).map((parts) => parts.join('')),
  );
  const broken = fc
    .tuple(policies({ slots: true }), fc.nat(), fc.nat({ max: 5 }), fc.string({ unit: 'binary', maxLength: 3 }))
    .map(([policy, at, count, inserted]) => {
      const text = printPolicy(policy);
      const start = at % (text.length + 1);
      return text.slice(0, start) + inserted + text.slice(start + count);
    });
  fc.assert(
    fc.property(fc.oneof(texts, broken), fc.constantFrom('a.cedar', 'a.json'), (text, file) => {
      const lines = text.split('\n');
      for (const { code, message, hint, at } of problemsOf(text, file)) {
        assert.match(code, /^cedar\/[a-z-]+$/u);
        assert.match(message, /^[^A-Z].*[^.]$/u);
        assert.ok(message.isWellFormed() && (hint ?? '').isWellFormed());
        assert.doesNotMatch(message + (hint ?? ''), /[\p{Cc}\p{Zl}\p{Zp}]/u);
        assert.ok(at !== undefined && at.line >= 1 && at.endLine <= lines.length && at.line <= at.endLine);
        assert.ok(at.column >= 1 && at.endColumn <= (lines[at.endLine - 1]?.length ?? 0) + 1);
        assert.ok(at.line < at.endLine || at.column <= at.endColumn);
      }
    }),
    { numRuns: 3000 },
  );
});
