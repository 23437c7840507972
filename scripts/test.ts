/**
 * Runs the tests, one process per area, as many areas at once as there are cores.
 * `npm test -- records ledger` runs the areas whose name contains one of the words.
 * The suites that need more than npm (`test/interop`, `test/conformance`) run only when named.
 */
import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const NEEDS_MORE_THAN_NPM = ['test/interop', 'test/conformance'];
const words = process.argv.slice(2);

type Outcome = { readonly passed: number; readonly failed: number; readonly skipped: number };

/** An area is the folder a test file lies in: one process each, so that areas cannot see each other's globals. */
function areas(): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const file of globSync('{src,test}/**/*.test.ts', { cwd: root }).sort()) {
    const area = dirname(file);
    const named = words.some((word) => area.includes(word) || file.includes(word));
    const heavy = NEEDS_MORE_THAN_NPM.some((prefix) => area.startsWith(prefix));
    if (words.length > 0 ? named : !heavy) found.set(area, [...(found.get(area) ?? []), file]);
  }
  return found;
}

function count(output: string, label: string): number {
  return Number(new RegExp(`^ℹ ${label} (\\d+)$`, 'mu').exec(output)?.[1] ?? 0);
}

function runArea(area: string, files: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    const started = performance.now();
    const flags = [
      '--test',
      '--test-isolation=none',
      '--test-reporter=spec',
      '--test-timeout=240000',
      '--no-warnings=ExperimentalWarning',
    ];
    const env = { ...process.env };
    delete env['NODE_TEST_CONTEXT'];
    const child = spawn(process.execPath, [...flags, ...files], { cwd: root, env });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
    child.on('close', (code) => {
      const counted = {
        passed: count(output, 'pass'),
        failed: count(output, 'fail'),
        skipped: count(output, 'skipped'),
      };
      // A process that died, or in which nothing ran, is a failure even when no test says so.
      const silent = counted.passed + counted.failed + counted.skipped === 0;
      const failed = counted.failed + (code !== 0 && counted.failed === 0 ? 1 : 0) + (code === 0 && silent ? 1 : 0);
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      process.stdout.write(`${failed === 0 ? 'ok  ' : 'FAIL'} ${area}: ${counted.passed} passed (${seconds} s)\n`);
      if (failed > 0) process.stdout.write(`${output}\n`);
      resolve({ ...counted, failed });
    });
  });
}

// What starts real processes takes longest, and goes first: at the end nobody waits for one area alone.
const queue = [...areas()].sort(([a], [b]) => Number(b.startsWith('test/')) - Number(a.startsWith('test/')));
const outcomes: Outcome[] = [];
async function worker(): Promise<void> {
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) outcomes.push(await runArea(...next));
}
await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, worker));

const sum = (of: keyof Outcome): number => outcomes.reduce((total, outcome) => total + outcome[of], 0);
process.stdout.write(`\n${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped\n`);
process.exitCode = sum('failed') === 0 && sum('passed') > 0 ? 0 : 1;
