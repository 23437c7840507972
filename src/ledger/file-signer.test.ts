import assert from 'node:assert/strict';
import { verify } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { createFileSigner, openFileSigner, openOrCreateFileSigner } from './file-signer.ts';

const root = await mkdtemp(join(tmpdir(), 'countersign-signer-'));
after(() => rm(root, { recursive: true }));

test('a key is made once, for its owner alone, with the verifier key beside it', async () => {
  const directory = join(root, 'once');
  const made = await createFileSigner(directory, 'example.org/ledger');
  assert.ok(made.ok);
  assert.equal((await stat(join(directory, 'signer.key'))).mode & 0o777, 0o600);
  assert.equal(await readFile(join(directory, 'signer.vkey'), 'utf8'), `${made.value.verifierKey.text}\n`);
  const again = await createFileSigner(directory, 'example.org/ledger');
  assert.ok(!again.ok && again.problem.code === 'ledger/signer-exists');
  const opened = await openFileSigner(directory);
  assert.ok(opened.ok);
  assert.equal(opened.value.verifierKey.text, made.value.verifierKey.text);
  const signature = await opened.value.sign(Buffer.from('text'));
  assert.ok(verify(null, Buffer.from('text'), made.value.verifierKey.publicKey, signature));
});

test('of many that make one at once, all get the same key or are told that it is there', async () => {
  const directory = join(root, 'race');
  const results = await Promise.all(Array.from({ length: 8 }, () => createFileSigner(directory, 'example.org/ledger')));
  assert.equal(results.filter(({ ok }) => ok).length, 1);
  assert.ok((await openOrCreateFileSigner(directory, 'example.org/ledger')).ok);
});

test('the verifier key is written again when a crash left none', async () => {
  const directory = join(root, 'crash');
  const made = await createFileSigner(directory, 'example.org/ledger');
  assert.ok(made.ok);
  await rm(join(directory, 'signer.vkey'));
  assert.ok((await openFileSigner(directory)).ok);
  assert.equal(await readFile(join(directory, 'signer.vkey'), 'utf8'), `${made.value.verifierKey.text}\n`);
});

test('a key that others may read, that is no key, or that is another one is refused', async () => {
  const directory = join(root, 'bad');
  assert.ok((await createFileSigner(directory, 'example.org/ledger')).ok);
  const path = join(directory, 'signer.key');
  const codeOf = async (): Promise<string> => {
    const opened = await openFileSigner(directory);
    return opened.ok ? 'ok' : `${opened.problem.code}: ${opened.problem.message}`;
  };
  await chmod(path, 0o640);
  assert.match(await codeOf(), /^ledger\/bad-signer: .* others than its owner/u);
  await chmod(path, 0o600);
  const pem = await readFile(path, 'utf8');
  await writeFile(path, 'name: example.org/ledger\nnot a key\n');
  assert.match(await codeOf(), /^ledger\/bad-signer: .* does not hold/u);
  await writeFile(path, pem.replace('example.org/ledger', 'example.org/other'));
  assert.match(await codeOf(), /^ledger\/bad-signer: .* not the key of/u);
  await writeFile(path, pem);
  assert.equal(await codeOf(), 'ok');
});

test('an origin that cannot name a key makes none', async () => {
  const made = await createFileSigner(join(root, 'none'), 'two words');
  assert.ok(!made.ok && made.problem.code === 'ledger/bad-origin');
  const opened = await openFileSigner(join(root, 'none'));
  assert.ok(!opened.ok && opened.problem.code === 'ledger/no-signer');
});
