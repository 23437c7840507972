/** The tests that stand beside the examples' policies, run as `countersign policy test` runs them. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { HOST_FUNCTIONS } from '../../src/decision/rego-host.ts';
import { runTests } from '../../src/policy/rego/test-run/run-tests.ts';

const examples = fileURLToPath(new URL('../../examples/', import.meta.url));
const folders = [...new Set(globSync('**/*_test.rego', { cwd: examples }).map(dirname))];

test('there are tests beside policies', () => assert.ok(folders.length >= 2));

for (const folder of folders) {
  test(`those of ${folder} pass, and leave no line of its policies untried`, () => {
    const files = globSync('*.rego', { cwd: join(examples, folder) });
    const modules = files.map((file) => ({ file, text: readFileSync(join(examples, folder, file), 'utf8') }));
    const options = { coverage: true, monotonic: () => performance.now() };
    const ran = runTests({ modules, data: {}, functions: HOST_FUNCTIONS }, options);
    assert.ok(ran.ok, JSON.stringify(ran));
    const { tests, coverage } = ran.value;
    assert.ok(tests.length > 3);
    assert.deepEqual(
      tests.filter(({ outcome }) => outcome !== 'passed'),
      [],
    );
    const policies = coverage?.files.filter(({ file }) => !file.endsWith('_test.rego')) ?? [];
    assert.ok(policies.length > 0);
    assert.deepEqual(
      policies.flatMap(({ file, notCovered }) => notCovered.map((line) => `${file}:${line}`)),
      [],
    );
  });
}
