/** Where code generation is disallowed, as a content security policy does it, the closure back end is chosen by itself. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const program = fileURLToPath(new URL('without-code-generation.child.ts', import.meta.url));
const run = promisify(execFile);

test('without code generation policies decide as they do with it', async () => {
  const allowed = await run(process.execPath, [program]);
  assert.equal(allowed.stdout, 'javascript true  ');
  const disallowed = await run(process.execPath, ['--disallow-code-generation-from-strings', program]);
  assert.equal(disallowed.stdout, 'closures true  ');
});
