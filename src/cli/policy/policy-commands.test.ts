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
  const { terminal, out, err } = screen();
  const operations = workingOperations(await deployedShop({ files: new Map(Object.entries(files)) }));
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
