/** What the `opa` that is in the path says of modules, for tests that hold ours against it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { err, type Result } from '../../../kernel/result.ts';
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
export function askOpa(module: string, input: unknown): RegoValue {
  const answer = tryOpa(module, input, {});
  assert.ok(answer.ok, answer.ok ? '' : answer.problem);
  return answer.value;
}

/** The same beside other modules and data, or what `opa` prints when it fails. */
export function tryOpa(module: string, input: unknown, beside: OpaFiles): Result<RegoValue, string> {
  return inFolder({ 'calls.rego': module, ...beside, 'input.json': JSON.stringify(input) }, (folder) => {
    const data = ['calls.rego', ...Object.keys(beside)].flatMap((file) => ['--data', file]);
    const run = opa(folder, ['eval', '--format', 'raw', ...data, '--input', 'input.json', 'data.calls']);
    return run.status === 0 ? parseJson(run.stdout.trim()) : err(run.stderr + run.stdout);
  });
}

/** The names of the modules that `opa` refuses. */
export function refusedByOpa(modules: OpaFiles): ReadonlySet<string> {
  return inFolder(modules, (folder) => refusedIn(folder, Object.keys(modules)));
}

/** It looks for the next kind of error only where there is none of the kinds before, and does not always say where. */
function refusedIn(folder: string, files: readonly string[]): ReadonlySet<string> {
  if (files.length === 0) return new Set();
  const run = opa(folder, ['check', '--max-errors', '0', '--format', 'json', ...files]);
  if (run.status === 0) return new Set();
  const { errors } = JSON.parse(run.stderr) as { readonly errors: readonly { readonly location?: { file: string } }[] };
  const named = new Set(errors.flatMap(({ location }) => location?.file ?? []));
  if (named.size > 0)
    return named.union(
      refusedIn(
        folder,
        files.filter((file) => !named.has(file)),
      ),
    );
  if (files.length === 1) return new Set(files);
  const middle = files.length >> 1;
  return refusedIn(folder, files.slice(0, middle)).union(refusedIn(folder, files.slice(middle)));
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
