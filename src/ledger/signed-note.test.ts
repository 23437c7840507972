import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { test } from 'node:test';

import fc from 'fast-check';

import { openCheckpoint, signCheckpoint } from './checkpoint.ts';
import { toBase64 } from './digest.ts';
import { EMPTY_ROOT } from './merkle-tree.ts';
import { checkKeyName, type CheckpointSigner, parseVerifierKey, toVerifierKey } from './note-key.ts';
import { openNote, signNote } from './signed-note.ts';

function makeSigner(name: string): CheckpointSigner {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return { verifierKey: toVerifierKey(name, publicKey), sign: (text) => sign(null, text, privateKey) };
}

const signer = makeSigner('example.org/ledger');

test('a note and a key that another implementation made are taken', () => {
  // The example in the documentation of golang.org/x/mod/sumdb/note.
  const key = parseVerifierKey('PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW');
  assert.ok(key.ok);
  const text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
  const signature = 'x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=';
  assert.deepEqual(openNote(`${text}\n— PeterNeumann ${signature}\n`, key.value), { ok: true, value: text });
});

test('a verifier key is read from what was written, and a key whose id does not fit is refused', () => {
  const { text } = signer.verifierKey;
  const parsed = parseVerifierKey(`${text}\n`);
  assert.ok(parsed.ok && parsed.value.text === text);
  assert.ok(!parseVerifierKey(text.replace('example', 'exemple')).ok);
  assert.ok(!parseVerifierKey(text.replace(/\+A/u, '+B')).ok);
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (line) => !parseVerifierKey(line).ok));
});

test('a name with a space or a plus names no key', () => {
  for (const name of ['', 'a b', 'a+b', 'a\nb', 'a\u00a0b', 'x'.repeat(257)]) assert.ok(!checkKeyName(name).ok, name);
});

test('signatures of other keys are passed over, and a wrong one of this key refuses the note', async () => {
  const stranger = makeSigner('witness.example/w1');
  const note = await signNote('text\n', signer);
  const [, foreign = ''] = (await signNote('text\n', stranger)).split('\n\n');
  assert.ok(openNote(note + foreign, signer.verifierKey).ok);
  assert.ok(openNote(note + foreign, stranger.verifierKey).ok);
  assert.ok(!openNote(`text\n\n${foreign}`, signer.verifierKey).ok);
  const [, wrong = ''] = (await signNote('other text\n', signer)).split('\n\n');
  assert.ok(!openNote(note + wrong, signer.verifierKey).ok);
  assert.ok(!openNote(note + foreign.repeat(16), signer.verifierKey).ok, 'seventeen signatures');
});

test('no change of a single bit in a signed checkpoint leaves it valid', async () => {
  const { note } = await signCheckpoint(7, EMPTY_ROOT, signer);
  const bytes = Buffer.from(note);
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const changed = Buffer.from(bytes);
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    assert.ok(!openCheckpoint(changed.toString('utf8'), signer.verifierKey).ok, `bit ${bit}`);
  }
});

test('a checkpoint is three lines of the origin that the key is named after', async () => {
  const { name } = signer.verifierKey;
  const root = toBase64(EMPTY_ROOT);
  const opens = async (text: string): Promise<boolean> =>
    openCheckpoint(await signNote(text, signer), signer.verifierKey).ok;
  assert.ok(await opens(`${name}\n0\n${root}\n`));
  assert.ok(await opens(`${name}\n20852163\n${root}\n`));
  for (const text of [
    `another.example\n1\n${root}\n`,
    `${name}\n01\n${root}\n`,
    `${name}\n-1\n${root}\n`,
    `${name}\n9007199254740993\n${root}\n`,
    `${name}\n1\n${root.slice(1)}\n`,
    `${name}\n1\n${root}\nextension\n`,
    `${name}\n1\n`,
  ]) {
    assert.ok(!(await opens(text)), text);
  }
});

test('text that is no note never throws', () => {
  const { text } = signer.verifierKey;
  const piece = fc.constantFrom('\n', '\n\n', '— ', signer.verifierKey.name, ' ', text, 'AAAA', '\u0000', '\ud800');
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 20 }), (pieces) => {
      assert.ok(!openCheckpoint(pieces.join(''), signer.verifierKey).ok);
    }),
  );
});
