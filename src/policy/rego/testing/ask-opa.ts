/** What the `opa` that is in the path says of a package, for tests that hold ours against it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { parseJson } from '../values/json.ts';
import type { RegoValue } from '../values/value.ts';

/** For the option `skip` of a test: a reason where there is no `opa`. */
export function skipWithoutOpa(): string | false {
  const isThere = spawnSync('opa', ['version'], { timeout: 60_000 }).error === undefined;
  return isThere ? false : 'there is no `opa` in the path';
}

/** `data.calls` of a module whose package is `calls`. */
export function askOpa(module: string, input: unknown): RegoValue {
  const folder = mkdtempSync(join(tmpdir(), 'rego-calls-'));
  try {
    writeFileSync(join(folder, 'calls.rego'), module);
    writeFileSync(join(folder, 'input.json'), JSON.stringify(input));
    const args = ['eval', '--format', 'raw', '--data', 'calls.rego', '--input', 'input.json', 'data.calls'];
    const run = spawnSync('opa', args, { cwd: folder, encoding: 'utf8', timeout: 120_000, maxBuffer: 1 << 28 });
    assert.equal(run.status, 0, run.stderr + run.stdout);
    const answer = parseJson(run.stdout.trim());
    assert.ok(answer.ok);
    return answer.value;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
