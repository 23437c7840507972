import assert from 'node:assert/strict';
import { test } from 'node:test';

import { packBundle, signBundle } from '../../policy/rego/testing/pack-bundle.ts';
import { runProgram } from '../program.ts';
import { deployedShop } from '../testing/sample.ts';
import { screen } from '../testing/screen.ts';
import { workingOperations } from '../testing/working-operations.ts';

type Files = Readonly<Record<string, string>>;
type Outcome = { readonly out: string; readonly err: string; readonly code: number };

/** `countersign policy …` where these files are. */
async function policy(files: Files, ...words: readonly string[]): Promise<Outcome> {
  return policyIn(new Map(Object.entries(files)), ...words);
}

async function policyIn(files: Map<string, string>, ...words: readonly string[]): Promise<Outcome> {
  const { terminal, out, err } = screen();
  const operations = workingOperations(await deployedShop({ files }));
  let code = 0;
  const exit = (given: number): void => {
    code = given;
  };
  await runProgram({ version: '1.2.3', operations, terminal, exit, columns: 100 }, ['policy', ...words]);
  return { out: out(), err: err(), code };
}

const SHOP: Files = {
  'p/shop.rego': 'package shop\n\nallow if input.user in data.shop.admins\n',
  'p/shop/admins.json': '{"admins":["alice","bob"]}',
};

test('check says that there is nothing to say, and exits with 1 where there is', async () => {
  assert.deepEqual(await policy(SHOP, 'check', 'p'), { out: '1 policy: no problems\n', err: '', code: 0 });
  assert.deepEqual(await policy(SHOP, 'check', 'p', '--json'), { out: '[]\n', err: '', code: 0 });
  const broken = await policy({ ...SHOP, 'p/b.rego': 'package b\np := x\n' }, 'check', 'p', '--json');
  assert.deepEqual([broken.out, broken.code], ['', 1]);
  const problems = JSON.parse(broken.err) as readonly {
    readonly code: string;
    readonly at: { readonly file: string };
  }[];
  assert.deepEqual(
    problems.map(({ code, at }) => [code, at.file]),
    [['rego/unsafe-variable', 'p/b.rego']],
  );
  const absent = await policy(SHOP, 'check', 'q');
  assert.match(absent.err, /^error: `q` cannot be read: ENOENT \[policy-files\/unreadable\]/u);
});

test('check reads data as OPA loads it, and says what cannot be read', async () => {
  const missing = await policy({ ...SHOP, 'p/x.json': '{', 'p/y.yaml': 'a: [', 'p/z.rego': '\u00ff' }, 'check', 'p');
  assert.equal(missing.code, 1);
  for (const code of ['rego-data/unreadable', 'policy-files/not-utf8']) assert.ok(missing.err.includes(`[${code}]`));
  const twice = await policy({ ...SHOP, 'p/data.json': '{"shop":{"admins":[]}}' }, 'check', 'p');
  assert.match(twice.err, /gives `data\.shop\.admins`, which .* gives already \[rego-data\/conflict\]/u);
});

test('check tells what is wrong with data and policies at once, and then what is wrong between them', async () => {
  const files = {
    'p/data.json': '{"shop":{"allow":true,"x":1,"names":{"a":1},"other":{}}}',
    'p/shop.yaml': 'shop: {x: 2}',
    'p/a.rego': 'package shop\n\nallow if true\nx.y := 2\nnames contains "b"\nother[k] := 1 if k := "k"\nfine := 1\n',
    'p/b.rego': 'package b\n\np if {\n',
  };
  const { err, code } = await policy(files, 'check', 'p', '--json');
  assert.equal(code, 1);
  const problems = JSON.parse(err) as readonly { readonly code: string; readonly at?: { readonly line: number } }[];
  assert.deepEqual(
    problems.map((problem) => `${problem.code} ${problem.at?.line ?? ''}`.trim()),
    ['rego-data/conflict', 'rego/syntax 4'],
  );
  const told = await policy({ 'p/data.json': files['p/data.json'], 'p/a.rego': files['p/a.rego'] }, 'check', 'p');
  for (const line of [3, 4, 5, 6]) assert.match(told.err, new RegExp(`at p/a\\.rego:${line}:1\n`, 'u'));
  assert.match(told.err, /the data leave no place for `data\.shop\.x\.y`, which a rule defines \[rego\/conflict\]/u);
  assert.match(told.err, /\n4 problems\n$/u);
});

test('check knows the language from before OPA 1.0', async () => {
  const old = { 'old.rego': 'package old\n\nallow { input.x }\n' };
  assert.equal((await policy(old, 'check', 'old.rego')).code, 1);
  assert.equal((await policy(old, 'check', 'old.rego', '--v0')).code, 0);
});

test('eval answers as OPA does', async () => {
  const row = { expressions: [{ location: { col: 1, row: 1 }, text: 'data.shop.allow', value: true }] };
  const asked = await policy(
    { ...SHOP, 'in.json': '{"user":"bob"}' },
    'eval',
    'data.shop.allow',
    '-d',
    'p',
    '-i',
    'in.json',
    '--json',
  );
  assert.deepEqual(JSON.parse(asked.out), { result: [row] });
  assert.deepEqual(await policy(SHOP, 'eval', 'data.shop.allow', '-d', 'p', '--json'), {
    out: '{}\n',
    err: '',
    code: 0,
  });
  const rows = await policy(SHOP, 'eval', 'some x in data.shop.admins; x != "alice"; upper(x)', '-d', 'p', '--json');
  const [only] = (
    JSON.parse(rows.out) as {
      readonly result: readonly {
        readonly bindings: object;
        readonly expressions: readonly { readonly value: unknown }[];
      }[];
    }
  ).result;
  assert.deepEqual(only?.bindings, { x: 'bob' });
  assert.deepEqual(
    only?.expressions.map(({ value }) => value),
    [true, true, 'BOB'],
  );
});

test('eval gives false where the query is one expression, and nothing where it is one of several', async () => {
  assert.equal((await policy({}, 'eval', '1 == 2')).out, 'false\n');
  assert.equal((await policy({}, 'eval', '1 == 2; true')).out, 'undefined\n');
  assert.equal((await policy({}, 'eval', 'not false; every x in [1] { x == 1 }', '--json')).code, 0);
  assert.equal((await policy({}, 'eval', 'input.a + 1 with input as {"a": 2}')).out, '3\n');
  assert.equal((await policy({}, 'eval', '{1, "a", {"b"}}')).out, '[\n  1,\n  "a",\n  [\n    "b"\n  ]\n]\n');
});

test('eval shows what print says apart from the answer, and obeys nothing of either', async () => {
  const files = { 'p.rego': 'package p\n\nx := y if { y := "\\u001b[2J"; print("seen", y) }\n' };
  const asked = await policy(files, 'eval', 'data.p.x', '-d', 'p.rego');
  assert.deepEqual(asked, { out: '"\\u001b[2J"\n', err: 'seen \\u001b[2J\n', code: 0 });
});

test('eval points into the query, and ends where it must', async () => {
  const syntax = await policy({}, 'eval', 'x == ');
  assert.equal(syntax.code, 1);
  assert.match(syntax.err, /\n {2}at query:1:6\n {4}1 \| x == \n/u);
  const strict = await policy({}, 'eval', '1 / 0', '--strict-errors');
  assert.equal(strict.err, 'error: div: divide by zero [rego/eval-builtin-error]\n');
  assert.equal((await policy({}, 'eval', '1 / 0')).out, 'undefined\n');
  const slow = await policy(
    {},
    'eval',
    'count([1 | numbers.range(1, 100000)[_]; numbers.range(1, 100000)[_]])',
    '--timeout',
    '50ms',
  );
  assert.match(slow.err, /took longer than it may/u);
  assert.equal((await policy({}, 'eval', '1', '--timeout', 'soon')).code, 2);
  assert.equal((await policy({}, 'eval')).code, 2);
});

test('eval explains which rules took part, and which expressions failed', async () => {
  const asked = ['eval', 'data.shop.allow', '-d', 'p', '--explain'];
  const text = await policy(SHOP, ...asked);
  assert.match(text.out, /^undefined\n\n/u);
  assert.match(text.out, /\n`data\.shop\.allow` is undefined\n {2}p\/shop\.rego:3:1: fails\n/u);
  const { explanation } = JSON.parse((await policy(SHOP, ...asked, '--json')).out) as {
    readonly explanation: { readonly rules: readonly { readonly rule: string }[] };
  };
  assert.deepEqual(
    explanation.rules.map(({ rule }) => rule),
    ['data.shop.allow'],
  );
});

/** As the files in memory hold bytes. */
function binary(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}

test('bundles are read, packed or not, and verified with the key that is given', async () => {
  const inside = { 'shop/p.rego': 'package shop\n\nx := data.shop.y\n', 'shop/data.json': '{"y":1}' };
  const unpacked = Object.fromEntries(Object.entries(inside).map(([path, text]) => [`b/${path}`, text]));
  const asked = await policy(
    { ...unpacked, 'b/.manifest': '{"roots":["shop"]}' },
    'eval',
    'data.shop.x',
    '-b',
    '-d',
    'b',
  );
  assert.equal(asked.out, '1\n');
  const stray = await policy({ ...unpacked, 'b/.manifest': '{"roots":["other"]}' }, 'check', '-b', 'b');
  assert.match(stray.err, /\[rego-bundle\/outside-roots\]/u);
  const broken = { 'b.tar.gz': binary(await packBundle({ 'p.rego': 'package p\n\np if {\n' })) };
  assert.match((await policy(broken, 'check', 'b.tar.gz')).err, /at b\.tar\.gz\/p\.rego:4:1\n {4}4 \| /u);
  const signed = {
    'b.tar.gz': binary(await packBundle(signBundle(inside, 'a secret'))),
    key: 'a secret\n',
    other: 'x',
  };
  const query = ['eval', 'data.shop.x', '-d', 'b.tar.gz'];
  const verify = (key: string): readonly string[] => ['--verification-key', key, '--signing-alg', 'HS256'];
  assert.match((await policy(signed, ...query)).err, /\[rego-bundle\/no-key\]/u);
  assert.equal((await policy(signed, ...query, '--skip-verify')).out, '1\n');
  assert.equal((await policy(signed, ...query, ...verify('key'))).out, '1\n');
  assert.match((await policy(signed, ...query, ...verify('other'))).err, /\[rego-bundle\/bad-signature\]/u);
  assert.match(
    (await policy(signed, ...query, ...verify('key'), '--scope', 'write')).err,
    /\[rego-bundle\/bad-signature\]/u,
  );
});

const TESTED: Files = {
  ...SHOP,
  'p/shop_test.rego': `package shop_test

import data.shop

test_admin if shop.allow with input as {"user": "alice"}

test_eve if {
	print("about", "eve")
	shop.allow with input as {"user": "eve"}
}

todo_test_later if false
`,
};
const PASSING: Files = { ...TESTED, 'p/shop_test.rego': 'package t\n\ntest_a if true\n' };

test('test exits with 0 where all tests pass, and with 1 where one does not', async () => {
  assert.deepEqual(await policy(PASSING, 'test', 'p'), { out: '1 passed\n', err: '', code: 0 });
  const failed = await policy(TESTED, 'test', 'p');
  assert.deepEqual([failed.code, failed.err], [1, '']);
  assert.match(failed.out, /^FAILED {3}data\.shop_test\.test_eve {2}p\/shop_test\.rego:7:1 /u);
  assert.match(failed.out, /\n {2}`data\.shop\.allow` is undefined\n {4}p\/shop\.rego:3:1: fails\n/u);
  assert.match(failed.out, /\n {2}printed: about eve\n1 passed, 1 failed, 1 skipped\n$/u);
  const broken = await policy({ ...TESTED, 'p/b.rego': 'package b\n\np if x\n' }, 'test', 'p');
  assert.deepEqual([broken.code, broken.out], [1, '']);
  assert.match(broken.err, /at p\/b\.rego:3:6\n/u);
});

test('test runs what is asked for, and a run of nothing is no success', async () => {
  assert.equal((await policy(TESTED, 'test', 'p', '--run', 'shop_test\\..*admin')).out, '1 passed\n');
  const none = await policy(TESTED, 'test', 'p', '--run', 'nothing');
  assert.deepEqual([none.code, none.out], [1, '0 passed\n']);
  assert.match(none.err, /no test has a name that matches `nothing` \[policy-test\/none\]/u);
  assert.match((await policy(SHOP, 'test', 'p')).err, /\[policy-test\/none\]/u);
  assert.equal((await policy(TESTED, 'test', 'p', '--run', '(')).code, 2);
});

test('test stops what takes too long', async () => {
  const text = 'package t\n\ntest_a if { xs := numbers.range(1, 10000); count([1 | xs[_]; xs[_]]) == 0 }\n';
  const stopped = await policy({ 't.rego': text }, 'test', 't.rego', '--timeout', '20ms');
  assert.equal(stopped.code, 1);
  assert.match(stopped.out, /^ERROR .*took longer than it may.*1 with an error\n$/su);
});

test('test measures coverage, and holds it to what is asked for', async () => {
  const covered = await policy(TESTED, 'test', 'p', '--coverage');
  assert.match(covered.out, /\n {2}p\/shop\.rego {7}1\/1 +100\.0 %\n/u);
  assert.match(covered.out, /not covered: 7, 12\n/u);
  const enough = await policy(PASSING, 'test', 'p', '--coverage-min', '50');
  assert.equal(enough.code, 0);
  const rules = Array.from({ length: 2000 }, (_, index) => `r${index} := ${index}`).join('\n');
  const nearly = {
    'n.rego': `package n\n\n${rules}\n\ntest_a if { ${Array.from({ length: 1999 }, (_, index) => `r${index} >= 0`).join('; ')} }\n`,
  };
  assert.match((await policy(nearly, 'test', 'n.rego', '--coverage-min', '100')).err, /^error: 99\.9 % of the lines/u);
  const little = await policy(PASSING, 'test', 'p', '--coverage-min', '50.1');
  assert.equal(little.code, 1);
  assert.match(little.err, /50\.0 % of the lines are covered, and 50\.1 % are asked for \[policy-test\/coverage\]/u);
  assert.equal((await policy(PASSING, 'test', 'p', '--coverage-min', '101')).code, 2);
});

test('test gives machines all that it knows, and CI systems what they show', async () => {
  const files = new Map(Object.entries(TESTED));
  const { out, code } = await policyIn(files, 'test', 'p', '--json', '--coverage', '--junit', 'report.xml');
  const run = JSON.parse(out) as { readonly tests: readonly { readonly name: string; readonly outcome: string }[] };
  assert.deepEqual(
    run.tests.map(({ name, outcome }) => `${name} ${outcome}`),
    ['test_admin passed', 'test_eve failed', 'todo_test_later skipped'],
  );
  assert.ok('coverage' in run);
  assert.equal(code, 1);
  assert.match(files.get('report.xml') ?? '', /<testsuites tests="3" failures="1" errors="0" skipped="1" /u);
});

test('test runs again after a change, until it is interrupted', async () => {
  const files = new Map(Object.entries(TESTED));
  const watchers = new Set<() => void>();
  const { terminal, out } = screen();
  let summary = Promise.withResolvers<string>();
  const print = (line: string): void => {
    terminal.print(line);
    if (/^\d+ passed/u.test(line)) summary.resolve(line);
  };
  const operations = workingOperations(await deployedShop({ files, watchers }));
  const words = ['policy', 'test', 'p', '--watch'];
  // It goes on until the process ends; nothing keeps this one from ending.
  void runProgram({ version: '1', operations, terminal: { ...terminal, print }, exit: () => undefined }, words);
  assert.equal(await summary.promise, '1 passed, 1 failed, 1 skipped');
  summary = Promise.withResolvers();
  files.set('p/shop_test.rego', PASSING['p/shop_test.rego'] ?? '');
  for (const changed of watchers) changed();
  assert.equal(await summary.promise, '1 passed');
  assert.equal(out().match(/FAILED/gu)?.length, 1);
});
