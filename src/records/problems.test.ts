/** The registry of the problems, the README and the code say the same. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { RECORDS_PROBLEMS } from './problems.ts';

const here = fileURLToPath(new URL('.', import.meta.url));

test('the README lists every problem with its meaning, and no other', () => {
  const readme = readFileSync(`${here}README.md`, 'utf8');
  const rows = [...readme.matchAll(/^\| `(records\/[a-z-]+)` \| (.+) \|$/gmu)].map(([, code, meaning]) => [
    code,
    meaning,
  ]);
  assert.deepEqual(rows, Object.entries(RECORDS_PROBLEMS));
});

test('every code in the sources is in the registry, and every one in the registry is used', () => {
  const used = new Set<string>();
  for (const file of globSync('*.ts', { cwd: here })) {
    if (file.endsWith('.test.ts')) continue;
    for (const [, code] of readFileSync(here + file, 'utf8').matchAll(/code: '(records\/[a-z-]+)'/gu))
      used.add(code ?? '');
  }
  assert.deepEqual([...used].toSorted(), Object.keys(RECORDS_PROBLEMS).toSorted());
});
