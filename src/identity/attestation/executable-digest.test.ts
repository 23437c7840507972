import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { createExecutableDigest, MAX_EXECUTABLE_BYTES } from './executable-digest.ts';

const directory = mkdtempSync(join(tmpdir(), 'digest-'));
after(() => rmSync(directory, { recursive: true, force: true }));

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

test('a file of the same size with its old modification time set back is hashed anew', async () => {
  const digest = createExecutableDigest();
  const path = join(directory, 'program');
  writeFileSync(path, 'honest');
  assert.deepEqual(await digest(path), { ok: true, value: sha256('honest') });
  const { atime, mtime } = statSync(path);
  writeFileSync(path, 'forged');
  utimesSync(path, atime, mtime);
  assert.deepEqual(await digest(path), { ok: true, value: sha256('forged') });
});

test('many who ask at once get the one digest', async () => {
  const digest = createExecutableDigest();
  const path = join(directory, 'large');
  const text = 'x'.repeat(5_000_000);
  writeFileSync(path, text);
  const all = await Promise.all(Array.from({ length: 20 }, () => digest(path)));
  for (const each of all) assert.deepEqual(each, { ok: true, value: sha256(text) });
});

test('what cannot be read or is too large is a problem', async () => {
  const digest = createExecutableDigest();
  const missing = await digest(join(directory, 'missing'));
  assert.equal(missing.ok ? '' : missing.problem.code, 'attestation/executable-unreadable');
  const path = join(directory, 'sparse');
  writeFileSync(path, '');
  truncateSync(path, MAX_EXECUTABLE_BYTES + 1);
  const large = await digest(path);
  assert.equal(large.ok ? '' : large.problem.code, 'attestation/executable-too-large');
});
