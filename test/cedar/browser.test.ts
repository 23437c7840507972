/** What `countersign/cedar` imports: nothing of Node, and the 4 MB of the validator only when it is asked for. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { importedFiles } from '../fixtures/imported-files.ts';

const entry = fileURLToPath(new URL('../../src/policy/cedar/library.ts', import.meta.url));

test('a browser can load the compiler: nothing that it imports is of Node or of another package', () => {
  const files = importedFiles(entry);
  assert.ok(files.size > 50, `only ${files.size} files were reached: the pattern is wrong`);
  for (const [file, packages] of files) assert.deepEqual(packages, [], file);
});

test('nothing of it reads what only Node has', () => {
  for (const file of importedFiles(entry).keys()) {
    const text = readFileSync(file, 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gmu, '');
    assert.doesNotMatch(text, /\bBuffer\b|\bprocess\.(?!getBuiltinModule)/u, file);
  }
});
