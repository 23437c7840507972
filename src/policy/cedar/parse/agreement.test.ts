/** The second opinion: cedar-wasm accepts the same texts, and makes the same trees of them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as cedar from '@cedar-policy/cedar-wasm/nodejs';
import fc from 'fast-check';

import type { PolicySyntax } from '../syntax.ts';
import { policies } from '../testing/arbitrary-policies.ts';
import { jsonFormOf, normalized } from '../testing/json-form.ts';
import { parsePolicies } from './parse-policies.ts';
import { printPolicy } from './print.ts';

function parseText(text: string): readonly PolicySyntax[] | undefined {
  const parsed = parsePolicies({ policies: text });
  return parsed.ok ? [...parsed.value.policies, ...parsed.value.templates] : undefined;
}

/** Both accept the text and make the same tree of its one policy, or both refuse it. */
function compare(text: string): 'accepted' | 'refused' {
  const ours = parseText(text);
  const theirs = cedar.policySetTextToParts(text);
  assert.equal(ours !== undefined, theirs.type === 'success', `${text}\n${JSON.stringify(theirs)}`);
  if (ours === undefined || theirs.type === 'failure') return 'refused';
  assert.equal(ours.length, theirs.policies.length + theirs.policy_templates.length);
  // What cedar-wasm hands over is a JavaScript object, in which a field of this name gets lost.
  if (ours.length === 1 && !text.includes('__proto__'))
    assert.deepEqual(ours.map(jsonFormOf), [normalized(jsonOf(text, theirs.policies.length === 0))]);
  return 'accepted';
}

function jsonOf(text: string, isTemplate: boolean): { readonly [name: string]: unknown } {
  const answer = isTemplate ? cedar.templateToJson(text) : cedar.policyToJson(text);
  assert.equal(answer.type, 'success');
  return answer.type === 'success' ? { ...answer.json } : {};
}

const inCondition = (condition: string): string => `permit(principal, action, resource) when { ${condition} };`;

const ACCEPTED = [
  '',
  ' // nothing\r\n',
  'permit(principal,action,resource);',
  'permit ( principal , action , resource , ) ; forbid(principal,action,resource);',
  'permit(principal,\u00a0\u0085\u2028action,resource)// c\r;',
  '@if("x") @__cedar @a("\\u{1F511}") permit(principal,action,resource);',
  'permit(principal == ((User::"a")), action in ([(Action::"b"), Action::"c",]), resource in Shop::Group::"");',
  'permit(principal == (?principal), action in [], resource is permit::when in ?resource);',
  'permit(principal is principal, action == principal::Action::"a", resource) unless { true } when { false };',
  'permit(principal in User :: "a" , action, resource);',
  ...[
    'ip() && ip("a", "b",) && ip("a").isIpv4("b")',
    '1 + 2 - 3 * -4 < 0005 && - 9223372036854775808 == --9223372036854775808 && -5.a == (-5).a && -(-1) == ----1',
    '!!!!true == !principal.a && -principal.a.b == - -1',
    'principal has a.then_.b && principal has "if" && principal has principal.action && (1).foo.bar["c d"] has _',
    'principal["if"]["\\"\\\\"] == {"a": 1, principal: {}, "if": [1, [], "a",],}',
    'principal like "a*\\*\\u{2a}\\x2a**" && "\\x00\\x7f\\0\\u{1_0}\\u{10ffff}\\\'" == "a\nb\tc😀"',
    'principal is Shop::User in [Group::"a"] && principal is context',
    'if true then if false then 1 else 2 else 3 == 4',
    '(if true then 1 else 2) == 1 || (true && (false && true) && (1 == 1)) || (false || true)',
    '[].isEmpty.a && [].isEmpty() && principal.contains && {a: 1}.a.contains(1).d && true.a && "a".b',
    'principal.hasTag("a") && principal.getTag(context.a) == (principal in resource)',
  ].map(inCondition),
];

const REFUSED = [
  ';',
  'permit(principal,action,resource);;',
  'permit(principal,action,resource)',
  '\u{feff}permit(principal,action,resource);',
  'Permit(principal,action,resource);',
  'permit(principal,resource,action);',
  'permit(principal,action);',
  'permit(principal,action,resource,context);',
  'permit(principal,action,resource,,);',
  '@a() permit(principal,action,resource);',
  '@a @a permit(principal,action,resource);',
  '@"a" permit(principal,action,resource);',
  'permit(principal : User,action,resource);',
  'permit(principal.a,action,resource);',
  'permit(principal == User,action,resource);',
  'permit(principal == "a",action,resource);',
  'permit(principal == ?resource,action,resource);',
  'permit(principal == ?other,action,resource);',
  'permit(?principal,action,resource);',
  'permit(principal in [User::"a"],action,resource);',
  'permit(principal is (User),action,resource);',
  'permit(principal is "User",action,resource);',
  'permit(principal is User == User::"a",action,resource);',
  'permit(principal in User::"a" is User,action,resource);',
  'permit(principal != User::"a",action,resource);',
  'permit(principal = User::"a",action,resource);',
  'permit(principal == __cedar::User::"a",action,resource);',
  'permit(principal == if::User::"a",action,resource);',
  'permit(principal == User::{id: "a"},action,resource);',
  'permit(principal,action == User::"a",resource);',
  'permit(principal,action == MyAction::"a",resource);',
  'permit(principal,action == ?action,resource);',
  'permit(principal,action in [[Action::"a"]],resource);',
  'permit(principal,action == [Action::"a"],resource);',
  'permit(principal,action is Action,resource);',
  'permit(principal,action,resource) when { };',
  'permit(principal,action,resource) when true;',
  'permit(principal,action,resource) where { true };',
  'permit(principal,action,resource) when { true }; }',
  ...[
    '9223372036854775808',
    '-9223372036854775809',
    '-9223372036854775808.a',
    '18446744073709551616',
    '!!!!!true',
    '-----1',
    '!-1',
    '-!true',
    '1 == 2 == 3',
    'principal has a == true',
    'principal has a + 1',
    'principal has "a".b',
    'principal has (a)',
    'principal has if',
    'principal has a.in',
    'principal has __cedar',
    'principal has 1',
    'principal like a',
    'principal like ("a")',
    'principal like "a" + "b"',
    'principal is User + 1',
    'principal is User.a',
    'principal is User::"a"',
    'principal is if',
    'principal is User in if true then 1 else 2',
    '1 == if true then 1 else 2',
    'true && if true then 1 else 2',
    '!if true then 1 else 2',
    'if true then 1',
    'principal.if',
    'principal.__cedar',
    'principal.1',
    'principal[a]',
    'principal[("a")]',
    'principal[1]',
    '{if: 1}',
    '{true: 1}',
    '{a: 1, "a": 2}',
    '{("a"): 1}',
    '{a::b: 1}',
    '{1: 1}',
    '{,}',
    '[,]',
    '[1,,2]',
    'a',
    'permit',
    'a.b',
    'a["b"]',
    'a.b()',
    'a::b',
    'User::',
    'principal()',
    'principal.a()',
    '"a"()',
    '(ip)("a")',
    'contains(1)',
    'principal.ip("1")',
    'Foo::ip("a")',
    'ip::foo("a")',
    '[].contains()',
    '[].contains(1, 2)',
    '[].isEmpty(1)',
    'unknownFunction(1)',
    '?principal == principal',
    '1 / 2',
    '1 % 2',
    '1 = 2',
    '1 === 2',
    'true & false',
    'true | false',
    'true and false',
    'not true',
    "'a' == 1",
    '“a” == 1',
    '"\\x80"',
    '"\\x4"',
    '"\\u{110000}"',
    '"\\u{0000041}"',
    '"\\u{d800}"',
    '"\\u{}"',
    '"\\u{_1}"',
    '"\\u41"',
    '"\\q"',
    '"\\*"',
    '"\\\n a"',
    '"a\r\nb"',
    '"a',
    'true }; permit(principal, action, resource) when { "',
    '1.5',
    '0x10',
    '/* a */ true',
    '# a',
    '\0',
    'context.a ? 1 : 2',
  ].map(inCondition),
];

test('what Cedar accepts is accepted, with the same tree', () => {
  for (const text of ACCEPTED) assert.equal(compare(text), 'accepted', text);
});

test('what Cedar refuses is refused', () => {
  for (const text of REFUSED) assert.equal(compare(text), 'refused', text);
});

test('of any tree, Cedar makes the same as we do', () => {
  const runs = { numRuns: 300, seed: 1 };
  fc.assert(
    fc.property(policies({ slots: true }), (policy) => {
      assert.equal(compare(printPolicy(policy)), 'accepted');
    }),
    runs,
  );
});

/** The tokens of a text, strings and comments whole. */
function tokensOf(text: string): readonly string[] {
  return text.match(/"(?:\\[^]|[^"\\])*"|\w+|\s+|==|!=|<=|>=|&&|\|\||::|[^]/gu) ?? [];
}

const SPARE_TOKENS: readonly string[] = [
  ...[
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    ',',
    ';',
    ':',
    '::',
    '.',
    '@',
    '?',
    '?principal',
    '==',
    '=',
    '<',
    '!',
    '-',
    '+',
    '*',
  ],
  ...['/', '&&', '||', '&', '"', '"a"', '\\', "'", '//', '\n', ' ', 'principal', 'action', 'resource', 'context', 'a'],
  ...['if', 'then', 'else', 'in', 'is', 'has', 'like', 'true', 'permit', 'when', 'unless', '1', '9223372036854775808'],
  ...['User', 'Action', '__cedar', 'ip', 'contains', 'isEmpty', 'User::"a"', 'Action::"b"', '\0', '\u{feff}', '\u{85}'],
];

type Mutation = {
  readonly kind: 'delete' | 'insert' | 'replace' | 'swap' | 'double';
  readonly at: number;
  readonly token: string;
};

const mutations: fc.Arbitrary<readonly Mutation[]> = fc.array(
  fc.record({
    kind: fc.constantFrom('delete', 'insert', 'replace', 'swap', 'double'),
    at: fc.nat(),
    token: fc.constantFrom(...SPARE_TOKENS),
  }),
  { minLength: 1, maxLength: 3 },
);

function mutate(text: string, { kind, at, token }: Mutation): string {
  const tokens = [...tokensOf(text)];
  const index = at % Math.max(1, tokens.length);
  const [one = '', next = ''] = tokens.slice(index, index + 2);
  switch (kind) {
    case 'delete':
      tokens.splice(index, 1);
      break;
    case 'insert':
      tokens.splice(index, 0, token);
      break;
    case 'replace':
      tokens.splice(index, 1, token);
      break;
    case 'swap':
      tokens.splice(index, 2, next, one);
      break;
    case 'double':
      tokens.splice(index, 0, one);
      break;
  }
  return tokens.join('');
}

test('of policies with a few tokens changed, Cedar accepts the same', () => {
  const seen = { accepted: 0, refused: 0 };
  fc.assert(
    fc.property(policies({ slots: true }), mutations, (policy, changes) => {
      seen[compare(changes.reduce(mutate, printPolicy(policy)))] += 1;
    }),
    { numRuns: 2000, seed: 2 },
  );
  // Changes that all broke the policy, or none, would show nothing.
  assert.ok(seen.accepted > 100 && seen.refused > 100, JSON.stringify(seen));
});
