/**
 * `npm run fuzz -- NAME [SECONDS] [SEED]`: runs the properties of all `NAME/*.fuzz.ts` below test/ in turns until the
 * time is over (300 s unless told), on inputs that no run had before unless the seed is given. Prints seed and progress,
 * and of a failure the smallest input; exits 1 then.
 */
import { globSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import fc from 'fast-check';

import type { FuzzTarget, MakeTargets } from '../test/fuzz-target.ts';

const DEFAULT_SECONDS = 300;
const PROGRESS_SECONDS = 10;

const tests = fileURLToPath(new URL('../test/', import.meta.url));
const files = globSync('*/*.fuzz.ts', { cwd: tests }).sort();
const names = [...new Set(files.map(dirname))];

const [name, seconds, givenSeed] = process.argv.slice(2);
const duration = seconds === undefined ? DEFAULT_SECONDS : Number(seconds);
if (name === undefined || !names.includes(name) || !(duration > 0)) {
  process.stderr.write(`usage: npm run fuzz -- NAME [SECONDS] [SEED], where NAME is one of: ${names.join(', ')}\n`);
  process.exit(2);
}
const seed = givenSeed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(givenSeed);
process.stdout.write(`seed ${seed}, ${duration} s\n`);

type Running = { readonly title: string; readonly target: FuzzTarget; runs: number };
const running: Running[] = [];
for (const file of files.filter((path) => dirname(path) === name)) {
  const { makeTargets } = (await import(pathToFileURL(`${tests}${file}`).href)) as { makeTargets: MakeTargets };
  for (const target of makeTargets())
    running.push({ title: `${basename(file, '.fuzz.ts')}: ${target.name}`, target, runs: 0 });
}

/** One turn of one target; false when an input failed. */
async function turn(subject: Running, turnSeed: number): Promise<boolean> {
  const details = await fc.check<unknown>(subject.target.property, {
    seed: turnSeed,
    numRuns: subject.target.runsPerTurn,
    includeErrorInReport: true,
  });
  subject.runs += details.numRuns;
  if (!details.failed) return true;
  process.stdout.write(`FAIL ${subject.title}\n${await fc.asyncDefaultReportMessage(details)}\n`);
  return false;
}

const started = performance.now();
const elapsed = (): number => (performance.now() - started) / 1000;
const progress = (): string => running.map(({ title, runs }) => `${title} ${runs}`).join(', ');
let failed = false;
let shown = 0;
for (let turns = 0; elapsed() < duration && !failed; turns += 1) {
  for (const subject of running) {
    if (elapsed() >= duration && turns > 0) break;
    if (!(await turn(subject, seed + turns))) failed = true;
    if (failed) break;
    if (elapsed() - shown < PROGRESS_SECONDS) continue;
    shown = elapsed();
    process.stdout.write(`${shown.toFixed(0)} s: ${progress()}\n`);
  }
}
process.stdout.write(`${failed ? 'failed' : 'nothing found'} after ${elapsed().toFixed(0)} s: ${progress()}\n`);
process.exitCode = failed ? 1 : 0;
