import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';

import fc from 'fast-check';
import { packTar } from 'modern-tar';

import { type BundleTexts, packBundle, signBundle } from '../testing/pack-bundle.ts';
import { formatJson } from '../values/json.ts';
import { type BundleOptions, readBundle, type RegoBundle } from './read-bundle.ts';

const POLICY = 'package shop\n\nallow if input.user == data.shop.owner\n';
const SHOP: BundleTexts = {
  '/shop/policy.rego': POLICY,
  '/shop/data.json': '{"owner":"alice"}',
  '/.manifest': '{"revision":"r7","roots":["shop"],"metadata":{"team":"payments"},"other":1}',
};

async function read(files: BundleTexts, options?: BundleOptions): Promise<RegoBundle> {
  const bundle = await readBundle(await packBundle(files), options);
  if (!bundle.ok) assert.fail(bundle.problem[0]?.message);
  return bundle.value;
}

async function codeOf(files: BundleTexts | Uint8Array, options?: BundleOptions): Promise<string> {
  const bundle = await readBundle(files instanceof Uint8Array ? files : await packBundle(files), options);
  return bundle.ok ? 'ok' : bundle.problem.map(({ code }) => code).join(' ');
}

test('a bundle is its modules, its data where it lies, and what its manifest says', async () => {
  const bundle = await read({
    ...SHOP,
    '/shop/rates/data.yaml': 'eur: 1.5\nusd: [1, x]\n',
    '/shop/README.md': 'read me',
    '/shop/other.json': 'is no data',
  });
  assert.deepEqual(bundle.modules, [{ file: 'shop/policy.rego', text: POLICY, regoVersion: 'v1' }]);
  assert.equal(formatJson(bundle.data), '{"shop":{"owner":"alice","rates":{"eur":1.5,"usd":[1,"x"]}}}');
  assert.deepEqual([bundle.revision, bundle.roots, bundle.metadata], ['r7', [['shop']], { team: 'payments' }]);
});

test('without a manifest it owns all of data, with paths written in any of the usual ways', async () => {
  const bundle = await read({ './a/data.json': '1', 'b/data.yml': 'x: 2', 'data.json': '{"c":{"__proto__":3}}' });
  assert.equal(formatJson(bundle.data), '{"a":1,"b":{"x":2},"c":{"__proto__":3}}');
  assert.deepEqual([bundle.revision, bundle.roots], ['', [[]]]);
});

test('the manifest says what modules are written in, for all or by patterns of their paths', async () => {
  const old = 'package old\n\np[x] { x := 1 }\n';
  const versions = async (manifest: object, more: BundleTexts): Promise<readonly string[]> => {
    const bundle = await read({ ...more, '.manifest': JSON.stringify(manifest) });
    return bundle.modules.map(({ regoVersion }) => regoVersion);
  };
  assert.deepEqual(await versions({ rego_version: 0 }, { 'a.rego': old }), ['v0']);
  const mixed = { 'a/x.rego': old, 'b/y.rego': POLICY };
  assert.deepEqual(await versions({ file_rego_versions: { '/a/*': 0 } }, mixed), ['v0', 'v1']);
  assert.deepEqual(await versions({ rego_version: 0, file_rego_versions: { 'b/*.rego': 1 } }, mixed), ['v0', 'v1']);
  assert.equal(await codeOf({ 'a.rego': old }), 'rego/contains-missing rego/if-missing');
});

test('a manifest that says what cannot be is refused', async () => {
  for (const manifest of [
    'no JSON',
    '[]',
    '{"revision":1}',
    '{"metadata":[]}',
    '{"roots":"a"}',
    '{"roots":["a","b/c","a/b"]}',
    '{"roots":["a","a"]}',
    '{"rego_version":2}',
    '{"file_rego_versions":{"*":3}}',
    '{"file_rego_versions":{"[":1}}',
    '{"file_rego_versions":[]}',
  ]) {
    assert.equal(await codeOf({ '.manifest': manifest }), 'rego-bundle/bad-manifest', manifest);
  }
  assert.equal(await codeOf({ '.manifest': '{}', 'a/.manifest': '{}' }), 'rego-bundle/bad-manifest');
});

test('what lies outside of its roots is refused, whether a rule or a value', async () => {
  const manifest = { '.manifest': '{"roots":["shop/payments","/x/"]}' };
  assert.equal(await codeOf({ ...manifest, 'a.rego': 'package shop.payments.eu' }), 'ok');
  assert.equal(await codeOf({ ...manifest, 'a.rego': 'package shop.payments2' }), 'rego-bundle/outside-roots');
  assert.equal(await codeOf({ ...manifest, 'a.rego': 'package shop' }), 'rego-bundle/outside-roots');
  assert.equal(await codeOf({ ...manifest, 'data.json': '{"shop":{"payments":{"a":1}},"x":2}' }), 'ok');
  assert.equal(await codeOf({ ...manifest, 'data.json': '{"shop":{"other":1}}' }), 'rego-bundle/outside-roots');
  assert.equal(await codeOf({ ...manifest, 'data.json': '{"shop":1}' }), 'rego-bundle/outside-roots');
  assert.equal(await codeOf({ '.manifest': '{"roots":[]}', 'a.rego': 'package a' }), 'rego-bundle/outside-roots');
});

test('what OPA knows and we do not evaluate is refused by its name', async () => {
  assert.equal(await codeOf({ 'policy.wasm': 'x' }), 'rego-bundle/wasm');
  assert.equal(await codeOf({ '.manifest': '{"wasm":[{"module":"/policy.wasm"}]}' }), 'rego-bundle/wasm');
  assert.equal(await codeOf({ 'patch.json': '{"data":[]}' }), 'rego-bundle/delta');
  assert.equal(await codeOf({ '.manifest.pb': 'x' }), 'rego-bundle/binary-manifest');
});

test('modules and data that cannot be read are told all together', async () => {
  const files = { 'a.rego': 'package a\np if {', 'b/data.json': '{', 'c/data.yaml': 'a: [' };
  assert.equal(await codeOf(files), 'rego/syntax rego-data/unreadable rego-data/unreadable');
  assert.equal(await codeOf({ 'data.json': '[]' }), 'rego-data/no-object');
  assert.equal(await codeOf({ 'data.json': '{"a":{"b":1}}', 'a/data.json': '{"c":2}' }), 'ok');
  const twice = await readBundle(await packBundle({ 'data.json': '{"a":{"b":1}}', 'a/data.json': '{"b":2}' }));
  assert.equal(
    twice.ok || twice.problem[0]?.message,
    '`a/data.json` gives `data.a.b`, which `data.json` gives already',
  );
  const bytes = gzipSync(await packTar([{ header: { name: 'a.rego', size: 1 }, body: Uint8Array.of(0xff) }]));
  assert.equal(await codeOf(bytes), 'rego-bundle/not-utf8');
});

test('an archive that leads out of itself, links, or holds a file twice is refused', async () => {
  for (const name of ['../x.rego', 'a/../../x.rego', 'a/./x.rego', 'a//x.rego', 'a\\..\\x.rego', '..', '/../etc/x']) {
    assert.equal(await codeOf({ [name]: POLICY }), 'rego-bundle/unsafe-path', name);
  }
  assert.equal(await codeOf({ 'a.rego': POLICY, '/a.rego': POLICY }), 'rego-bundle/file-twice');
  for (const type of ['symlink', 'link', 'fifo'] as const) {
    const header = { name: 'a.rego', size: 0, type, linkname: '/etc/passwd' };
    assert.equal(await codeOf(gzipSync(await packTar([{ header }]))), 'rego-bundle/no-file', type);
  }
});

test('limits hold against what is in the archive, not against what it says', async () => {
  const bomb = { 'data.json': `"${'a'.repeat(4_000_000)}"` };
  assert.ok((await packBundle(bomb)).length < 10_000);
  assert.equal(await codeOf(bomb, { limits: { maxUnpackedBytes: 1_000_000 } }), 'rego-bundle/too-large');
  assert.equal(await codeOf({ a: '', b: '', c: '' }, { limits: { maxFiles: 2 } }), 'rego-bundle/too-many-files');
  assert.equal(await codeOf({ a: '', b: '' }, { limits: { maxFiles: 2 } }), 'ok');
});

test('an archive that was cut off or changed anywhere is refused or still whole, and never throws', async () => {
  const packed = await packBundle(SHOP);
  for (const length of [0, 1, 10, 40, packed.length - 9, packed.length - 1]) {
    assert.equal(await codeOf(packed.slice(0, length)), 'rego-bundle/not-gzip', `${length} bytes`);
  }
  assert.equal(await codeOf(gzipSync('no tar')), 'rego-bundle/not-tar');
  const tar = await packTar([{ header: { name: 'a.rego', size: POLICY.length }, body: POLICY }]);
  for (const length of [0, 511, 600]) assert.equal(await codeOf(gzipSync(tar.slice(0, length))), 'rego-bundle/not-tar');
  await fc.assert(
    fc.asyncProperty(fc.nat(tar.length - 1), fc.integer({ min: 1, max: 255 }), async (at, bits) => {
      const changed = Uint8Array.from(tar);
      changed[at] = (changed[at] ?? 0) ^ bits;
      await readBundle(gzipSync(changed, { level: 1 }));
    }),
    { numRuns: 200 },
  );
});

test('values that are nested too deep are refused wherever they stand, and never throw', async () => {
  const deep = `${'{"a":'.repeat(9990)}1e5${'}'.repeat(9990)}`;
  const refused = /^rego-(?:bundle\/too-deep|data\/unreadable)$/u;
  assert.match(await codeOf({ 'data.json': deep }), refused);
  assert.match(await codeOf({ '.manifest': deep }), refused);
  assert.match(await codeOf({ '.signatures.json': deep }, { verification: { keys: KEYS } }), refused);
  const signed = signBundle({ 'data.json': deep }, 'a secret');
  assert.match(await codeOf(signed, { verification: { keys: KEYS } }), refused);
  const twice = deep.replace('1e5', '{}');
  const both = await codeOf({ 'data.json': twice, 'a/data.json': twice.slice(5, -1) });
  assert.ok(both === 'ok' || refused.test(both), both);
});

test('any JSON as a manifest is taken or refused', async () => {
  const member = fc.oneof(
    fc.jsonValue(),
    fc.array(fc.string()),
    fc.dictionary(fc.string(), fc.integer({ min: 0, max: 2 })),
  );
  const manifest = fc.record(
    {
      revision: member,
      roots: member,
      rego_version: member,
      file_rego_versions: member,
      metadata: member,
      wasm: member,
    },
    { requiredKeys: [] },
  );
  await fc.assert(
    fc.asyncProperty(manifest, async (value) => {
      const code = await codeOf({ '.manifest': JSON.stringify(value) });
      assert.match(code, /^(?:ok|rego-bundle\/(?:bad-manifest|wasm))$/u);
    }),
  );
});

const KEYS = new Map([['key', { key: 'a secret', algorithm: 'HS256' }]]);
const TIDY: BundleTexts = {
  'a.rego': 'package a\n',
  'data.json': '{"n":1.0,"s":"\u00e9\\u2028<"}',
  '.manifest': '{"roots":["a","n","s"]}',
};

test('a signature holds for exactly the files that were signed', async () => {
  const verification = { keys: KEYS };
  const signed = signBundle(TIDY, 'a secret');
  assert.equal(await codeOf(signed, { verification }), 'ok');
  assert.equal(await codeOf({ ...signed, 'a.rego': 'package a\n\np := 1\n' }, { verification }), 'rego-bundle/changed');
  assert.equal(await codeOf({ ...signed, 'data.json': '{"n":1,"s":""}' }, { verification }), 'rego-bundle/changed');
  assert.equal(await codeOf({ ...signed, 'b.rego': 'package b' }, { verification }), 'rego-bundle/not-signed');
  const { 'a.rego': _, ...fewer } = signed;
  assert.equal(await codeOf(fewer, { verification }), 'rego-bundle/missing-file');
  assert.equal(await codeOf(signBundle(TIDY, 'another'), { verification }), 'rego-bundle/bad-signature');
});

test('the layout of data and of the manifest is not signed, and the digits of numbers are', async () => {
  const verification = { keys: KEYS };
  const signed = signBundle(TIDY, 'a secret');
  const spaced = { ...signed, 'data.json': '{ "s": "\\u00e9\\u2028\\u003c",\n "n": 1.0 }' };
  assert.equal(await codeOf(spaced, { verification }), 'ok');
  const otherDigits = { ...signed, 'data.json': '{"n":1.00,"s":"\u00e9\\u2028<"}' };
  assert.equal(await codeOf(otherDigits, { verification }), 'rego-bundle/changed');
});

test('names that only their escapes tell apart are told apart', async () => {
  const verification = { keys: KEYS };
  const names = { 'data.json': String.raw`{"x":[{"\\":1},{"\"":1}]}` };
  const signed = signBundle(names, 'a secret');
  assert.equal(await codeOf(signed, { verification }), 'ok');
  const others = { ...signed, 'data.json': String.raw`{"x":[{"\\":1},{"\\":1}]}` };
  assert.equal(await codeOf(others, { verification }), 'rego-bundle/changed');
});

test('a signature is demanded where keys are given, and keys where there is a signature', async () => {
  assert.equal(await codeOf(TIDY, { verification: { keys: KEYS } }), 'rego-bundle/unsigned');
  const signed = signBundle(TIDY, 'a secret');
  assert.equal(await codeOf(signed), 'rego-bundle/no-key');
  assert.equal(await codeOf(signed, { verification: 'skip' }), 'ok');
  const twice = { ...signed, 'x/.signatures.json': '{}' };
  assert.equal(await codeOf(twice, { verification: { keys: KEYS } }), 'rego-bundle/bad-signature');
});

test('the key is the one that is chosen or named, and the scope the one that is wanted', async () => {
  const signed = signBundle(TIDY, 'a secret', { scope: 'write' });
  const code = (more: object): Promise<string> => codeOf(signed, { verification: { keys: KEYS, ...more } });
  assert.equal(await code({}), 'rego-bundle/bad-signature');
  assert.equal(await code({ scope: 'write' }), 'ok');
  assert.equal(await code({ scope: 'write', keyId: 'key' }), 'ok');
  assert.equal(await code({ scope: 'write', keyId: 'other' }), 'rego-bundle/bad-signature');
  const scoped = new Map([['key', { key: 'a secret', algorithm: 'HS256', scope: 'write' }]]);
  assert.equal(await code({ keys: scoped }), 'ok');
  const asRsa = new Map([['key', { key: 'a secret', algorithm: 'RS256' }]]);
  const refused = await readBundle(await packBundle(signed), { verification: { keys: asRsa } });
  assert.ok(!refused.ok);
  assert.ok(!JSON.stringify(refused.problem).includes('a secret'));
});

test('files that are excluded need no signature, and patterns do not cross folders', async () => {
  const signed = { ...signBundle(TIDY, 'a secret'), 'x/notes.md': 'hello' };
  const code = (...excludeFiles: string[]): Promise<string> =>
    codeOf(signed, { verification: { keys: KEYS, excludeFiles } });
  assert.equal(await code(), 'rego-bundle/not-signed');
  assert.equal(await code('x/*'), 'ok');
  assert.equal(await code('*.md'), 'rego-bundle/not-signed');
  assert.equal(await code('['), 'rego-bundle/not-signed');
});

test('a file of signatures that is none is refused', async () => {
  for (const text of [
    '',
    '[]',
    '{}',
    '{"signatures":[]}',
    '{"signatures":[1]}',
    '{"signatures":["a.b.c"]}',
    '{"signatures":["a","b"]}',
    '{"signatures":["e30.e30.e30"]}',
    '{"plugin":"mine","signatures":["a.b.c"]}',
  ]) {
    const files = { ...TIDY, '.signatures.json': text };
    assert.equal(await codeOf(files, { verification: { keys: KEYS } }), 'rego-bundle/bad-signature', text);
  }
});
