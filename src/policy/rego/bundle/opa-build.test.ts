/** Bundles that `opa build` made and signed, where it is on the machine. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';

import { compileRego } from '../compile.ts';
import { skipWithoutOpa } from '../testing/ask-opa.ts';
import { joinBundles } from './join-bundles.ts';
import { type BundleOptions, readBundle, type RegoBundle } from './read-bundle.ts';

const skip = skipWithoutOpa();
const folder = mkdtempSync(join(tmpdir(), 'countersign-bundle-'));
after(() => rmSync(folder, { recursive: true }));

function write(path: string, text: string): string {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

write('src/shop/policy.rego', 'package shop\n\nallow if input.user in data.shop.owners.names\n');
write('src/shop/data.json', '{ "limits" : [1.0, 1e3, 12345678901234567890, -0.0], "text": "<é\\u2028\\u0001\\/>" }');
write('src/shop/owners/data.yaml', 'names: [alice, bob]\nratio: 0.5\nwhen: 2024-01-01\nbig: 1e21\n');
write('src/.manifest', '{ "roots": ["shop"], "revision": "seven", "metadata": {"a": [ ]} }');

/** The bundle's bytes. */
function build(name: string, ...options: readonly string[]): Uint8Array {
  const output = join(folder, name);
  execFileSync('opa', ['build', '-b', join(folder, 'src'), '-o', output, ...options], { stdio: 'pipe' });
  return readFileSync(output);
}

async function read(bytes: Uint8Array, options?: BundleOptions): Promise<RegoBundle> {
  const bundle = await readBundle(bytes, options);
  if (!bundle.ok) assert.fail(bundle.problem[0]?.message);
  return bundle.value;
}

test('a bundle of `opa build` is read, and decides', { skip }, async () => {
  const bundle = await read(build('plain.tar.gz', '--revision', 'eight'));
  assert.deepEqual([bundle.revision, bundle.roots], ['eight', [['shop']]]);
  const joined = joinBundles(new Map([['shop', bundle]]));
  assert.ok(joined.ok);
  const policy = compileRego(joined.value);
  assert.ok(policy.ok);
  const decision = policy.value.decision('data.shop.allow');
  assert.ok(decision.ok);
  assert.deepEqual(decision.value.evaluate({ user: 'bob' }), { ok: true, value: true });
  assert.deepEqual(decision.value.evaluate({ user: 'eve' }), { ok: true, value: undefined });
});

const RSA = generateKeyPairSync('rsa', { modulusLength: 2048 });
const EC = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const pem = { format: 'pem' } as const;

test('what `opa build` signs with each kind of key is verified, and not with another key', { skip }, async () => {
  const claims = write('claims.json', '{"scope":"write","keyid":"key"}');
  const rsa = RSA.publicKey.export({ ...pem, type: 'spki' }).toString();
  const ec = EC.publicKey.export({ ...pem, type: 'spki' }).toString();
  const rsaFile = write('rsa.pem', RSA.privateKey.export({ ...pem, type: 'pkcs8' }).toString());
  const ecFile = write('ec.pem', EC.privateKey.export({ ...pem, type: 'sec1' }).toString());
  for (const [algorithm, signing, key] of [
    ['HS256', 'a secret', 'a secret'],
    ['RS256', rsaFile, rsa],
    ['PS384', rsaFile, rsa],
    ['ES256', ecFile, ec],
  ] as const) {
    const options = ['--signing-alg', algorithm, '--signing-key', signing, '--claims-file', claims];
    const bytes = build(`${algorithm}.tar.gz`, ...options);
    const keys = (used: string): BundleOptions => ({
      verification: { keys: new Map([['key', { key: used, algorithm }]]), scope: 'write' },
    });
    assert.equal((await read(bytes, keys(key))).revision, 'seven', algorithm);
    const wrong = await readBundle(bytes, keys(algorithm === 'ES256' ? rsa : ec));
    assert.equal(wrong.ok || wrong.problem[0]?.code, 'rego-bundle/bad-signature', algorithm);
  }
});

test('what `opa sign` signs of a folder with data in YAML is verified after packing', { skip }, async () => {
  const source = join(folder, 'src');
  const words = ['sign', '--signing-key', 'a secret', '--signing-alg', 'HS256', '--bundle', '.', '-o', '.'];
  execFileSync('opa', words, { stdio: 'pipe', cwd: source });
  const packed = join(folder, 'packed.tar.gz');
  execFileSync('tar', ['-czf', packed, '-C', source, '.'], { stdio: 'pipe' });
  rmSync(join(source, '.signatures.json'));
  const keys = new Map([['k', { key: 'a secret', algorithm: 'HS256' }]]);
  const bundle = await read(readFileSync(packed), { verification: { keys, keyId: 'k' } });
  assert.equal(bundle.modules.length, 1);
});
