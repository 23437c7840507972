/** What `countersign/rego` imports: nothing of Node, and only packages that browsers load; and that it works there. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { importedFiles } from '../fixtures/imported-files.ts';

const run = promisify(execFile);
const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const entry = path('../../src/policy/rego/library.ts');

test('a browser can load the compiler: what it imports is ours, or of packages without Node', () => {
  const files = importedFiles(entry);
  assert.ok(files.size > 200, `only ${files.size} files were reached: the pattern is wrong`);
  const packages = new Set([...files.values()].flat());
  assert.deepEqual([...packages].toSorted(), ['graphql', 're2js', 'yaml']);
});

test('without `process` and `Buffer` policies are compiled and evaluated, and only cryptography is missing', async () => {
  const { stdout } = await run(process.execPath, ['--conditions=browser', path('without-node.child.ts'), entry]);
  assert.deepEqual(JSON.parse(stdout), {
    value: { allow: true, day: '2023-11-14', matches: true, parsed: true, unique: true, unpacked: [1, 2] },
    digest: 'crypto.sha256: needs the cryptography of Node, which is not here',
    claims: { sub: 'alice' },
  });
});
