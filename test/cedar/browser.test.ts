/** What `countersign/cedar` imports: nothing of Node, and the 4 MB of the validator only when it is asked for. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const entry = fileURLToPath(new URL('../../src/policy/cedar/library.ts', import.meta.url));

/** Every file that is reached, with the packages that it imports when it is loaded. */
function reached(file: string, found = new Map<string, readonly string[]>()): ReadonlyMap<string, readonly string[]> {
  if (found.has(file)) return found;
  const text = readFileSync(file, 'utf8');
  const statements = [...text.matchAll(/^(?:import|export)\b(?! type\b)[^;]*?\bfrom '([^']+)'/gmu)];
  const targets = statements.map((match) => match[1] ?? '');
  found.set(
    file,
    targets.filter((target) => !target.startsWith('.')),
  );
  for (const target of targets) if (target.startsWith('.')) reached(join(dirname(file), target), found);
  return found;
}

test('a browser can load the compiler: nothing that it imports is of Node or of another package', () => {
  const files = reached(entry);
  assert.ok(files.size > 50, `only ${files.size} files were reached: the pattern is wrong`);
  for (const [file, packages] of files) assert.deepEqual(packages, [], file);
});

test('nothing of it reads what only Node has', () => {
  for (const file of reached(entry).keys()) {
    const text = readFileSync(file, 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gmu, '');
    assert.doesNotMatch(text, /\bBuffer\b|\bprocess\.(?!getBuiltinModule)/u, file);
  }
});
