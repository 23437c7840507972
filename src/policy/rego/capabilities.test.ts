/** What capabilities take away, against files that OPA wrote where `opa` is in the path. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';

import { compileRego, type RegoSource } from './compile.ts';
import { networkAccess } from './network/network-access.ts';
import { skipWithoutOpa } from './testing/ask-opa.ts';

/** Enough for what the tests write. */
const CURRENT = {
  builtins: ['eq', 'plus', 'count', 'internal.member_2', 'http.send'].map((name) => ({ name, decl: { args: [] } })),
  features: ['keywords_in_refs', 'rego_v1', 'template_strings'],
  future_keywords: ['and', 'not', 'or'],
};

function problemsOf(text: string, capabilities: unknown, regoVersion: RegoSource['regoVersion'] = 'v1'): string[] {
  const policy = compileRego({ modules: [{ file: 'p.rego', text }], capabilities, regoVersion });
  if (policy.ok) return [];
  return policy.problem.map(({ code, message, at }) => `${code} ${at?.line ?? 0}:${at?.column ?? 0} ${message}`);
}

test('a function that capabilities do not name is not there', () => {
  const text = 'package p\n\nx := count([1]) + 1\n';
  assert.deepEqual(problemsOf(text, CURRENT), []);
  const without = (name: string): unknown => ({
    ...CURRENT,
    builtins: CURRENT.builtins.filter((builtin) => builtin.name !== name),
  });
  assert.deepEqual(problemsOf(text, without('count')), ['rego/undefined-function 3:6 there is no function `count`']);
  assert.equal(problemsOf(text, without('plus')).length, 1);
});

test('a feature that capabilities do not name is a problem where it is used', () => {
  const without = (feature: string): unknown => ({
    ...CURRENT,
    features: CURRENT.features.filter((name) => name !== feature),
  });
  const lacks = (place: string, feature: string, what: string): string[] => [
    `rego/not-capable ${place} the capabilities have no \`${feature}\`, which ${what} needs`,
  ];
  assert.deepEqual(problemsOf('package p\n', without('rego_v1')), lacks('1:1', 'rego_v1', 'a module of v1'));
  const template = 'package p\n\nx := $"a{1}"\n';
  assert.deepEqual(problemsOf(template, CURRENT), []);
  assert.deepEqual(problemsOf(template, without('template_strings')), lacks('3:6', 'template_strings', 'a template'));
  const keyword = 'package p\n\nx := data.if.foo\n\ny := data["if"]\n';
  assert.deepEqual(problemsOf(keyword, CURRENT), []);
  const inReference = 'the keyword `if` in a reference';
  assert.deepEqual(problemsOf(keyword, without('keywords_in_refs')), lacks('3:11', 'keywords_in_refs', inReference));
  const inPath = lacks('1:1', 'keywords_in_refs', 'the keyword `if` in a path');
  assert.deepEqual(problemsOf('package p.if.q\n', without('keywords_in_refs')), inPath);
  assert.equal(problemsOf('package p\n\nimport future.keywords.and\n', { ...CURRENT, future_keywords: [] }).length, 1);
  assert.deepEqual(problemsOf('package p\n\nimport future.keywords.if\n', { ...CURRENT, future_keywords: [] }), []);
  assert.equal(problemsOf('package p\n\nimport future.keywords.if\n', CURRENT, 'v0').length, 1);
});

test('`allow_net` bounds what an evaluation may be allowed', async () => {
  const asked: string[] = [];
  const access = networkAccess({
    allow: ['a.example.com', 'b.example.com'],
    transport: {
      lookUp: (host) => {
        asked.push(host);
        return Promise.reject(new Error('nothing is there'));
      },
      send: () => Promise.reject(new Error('nothing is sent')),
    },
  });
  assert.ok(access.ok);
  const policy = compileRego({
    modules: [
      {
        file: 'p.rego',
        text: 'package p\n\nx := [http.send({"method": "get", "url": u, "raise_error": false}).error.message | some u in input]\n',
      },
    ],
    capabilities: { ...CURRENT, allow_net: ['b.example.com', 'c.example.com'] },
  });
  assert.ok(policy.ok);
  const decision = policy.value.decision('data.p.x');
  assert.ok(decision.ok);
  const input = ['http://a.example.com', 'http://b.example.com', 'http://c.example.com'];
  assert.deepEqual(await decision.value.evaluateAsync(input, { network: access.value }), {
    ok: true,
    value: [
      'eval_builtin_error: http.send: disallowed host: a.example.com',
      'Get "http://b.example.com": nothing is there',
      'eval_builtin_error: http.send: disallowed host: c.example.com',
    ],
  });
  assert.deepEqual(asked, ['b.example.com']);
});

test('what is no capabilities file is refused, member by member', () => {
  const messages = (capabilities: unknown): readonly string[] =>
    problemsOf('package p\n', capabilities).map((problem) => problem.replace('rego/bad-capabilities 0:0 ', ''));
  assert.deepEqual(messages([]), ['capabilities are an object']);
  assert.deepEqual(messages('current'), ['capabilities are an object']);
  assert.deepEqual(messages({ builtins: 3, features: [1], allow_net: 'x', nope: 0 }), [
    'capabilities have no `nope`',
    '`builtins` of capabilities is an array of objects',
    '`features` of capabilities is an array of strings',
    '`allow_net` of capabilities is an array of strings',
  ]);
  assert.deepEqual(messages({ ...CURRENT, builtins: [{ name: 3 }, CURRENT.builtins[0], null] }), [
    '`builtins[0]` of capabilities is an object with `name` and `decl`',
    '`builtins[2]` of capabilities is an object with `name` and `decl`',
  ]);
});

test('files that OPA writes are read, of its oldest versions too', { skip: skipWithoutOpa() }, () => {
  const written = (...words: readonly string[]): unknown =>
    JSON.parse(execFileSync('opa', words, { encoding: 'utf8' }));
  const text = 'package p\n\nx := strings.count("aa", "a") + count(data.if.foo)\n';
  assert.deepEqual(problemsOf(text, written('capabilities', '--current')), []);
  const old = written('capabilities', '--version', 'v0.34.0');
  assert.deepEqual(problemsOf('package p\n\nx { strings.count("aa", "a") == 2 }\n', old, 'v0'), [
    'rego/undefined-function 3:5 there is no function `strings.count`',
  ]);
  assert.deepEqual(problemsOf('package p\n\nx[y] = 1 { y := input.y }\n', old, 'v0'), []);
  assert.deepEqual(problemsOf('package p\n\nx.y = 1\n', old, 'v0'), [
    'rego/not-capable 3:1 the capabilities have no `rule_head_refs`, which a rule whose name is a reference needs',
  ]);
  assert.deepEqual(problemsOf('package p\n\nimport future.keywords.every\n', old, 'v0'), [
    'rego/not-capable 3:1 the capabilities have no `future_keywords: every`, which the import of `future.keywords.every` needs',
  ]);
});
