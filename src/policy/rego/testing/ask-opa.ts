/** What the `opa` that is in the path says of modules, for tests that hold ours against it. */
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

/** Modules and documents of data by the names of their files. */
export type OpaFiles = Readonly<Record<`${string}.${'rego' | 'json'}`, string>>;

/** `data.calls` of a module whose package is `calls`. */
export function askOpa(module: string, input: unknown, beside: OpaFiles = {}): RegoValue {
  return inFolder({ 'calls.rego': module, ...beside, 'input.json': JSON.stringify(input) }, (folder) => {
    const data = ['calls.rego', ...Object.keys(beside)].flatMap((file) => ['--data', file]);
    const run = opa(folder, ['eval', '--format', 'raw', ...data, '--input', 'input.json', 'data.calls']);
    assert.equal(run.status, 0, run.stderr + run.stdout);
    const answer = parseJson(run.stdout.trim());
    assert.ok(answer.ok);
    return answer.value;
  });
}

/** The modules that `opa` refuses, each with the code of its first error. */
export function refusedByOpa(modules: OpaFiles): ReadonlyMap<string, string> {
  const refused = new Map<string, string>();
  return inFolder(modules, (folder) => {
    // It looks for the next kind of error only where there is none of the kinds before.
    for (;;) {
      const files = Object.keys(modules).filter((file) => !refused.has(file));
      const run = opa(folder, ['check', '--max-errors', '0', '--format', 'json', ...files]);
      if (run.status === 0) return refused;
      const { errors } = JSON.parse(run.stderr) as {
        readonly errors: readonly { readonly code: string; readonly location: { readonly file: string } }[];
      };
      for (const { code, location } of errors.toReversed()) refused.set(location.file, code);
    }
  });
}

function opa(
  folder: string,
  args: readonly string[],
): ReturnType<typeof spawnSync> & { stdout: string; stderr: string } {
  return spawnSync('opa', args, { cwd: folder, encoding: 'utf8', timeout: 120_000, maxBuffer: 1 << 28 });
}

function inFolder<T>(files: OpaFiles, ask: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'rego-calls-'));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    return ask(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
