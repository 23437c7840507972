/**
 * Rego: what a decision costs on policies as people write them, beside `opa bench` where OPA is on the machine, whose
 * decisions must be the same; the heap of 100,000 rows of data; compile time.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';

import type { Backend } from '../src/policy/rego/compile.ts';
import { type Bar, percentile } from './bar.ts';
import { measureCompileTime } from './rego/compile-time.ts';
import type { Decided } from './rego/decide.child.ts';
import { opaVersion, runOpa } from './rego/opa-peer.ts';
import { type Workload, workloads } from './rego/workload.ts';

/** How many inputs of each workload OPA is measured on: each takes it some seconds. */
const SAMPLE = 3;

/** `words`: parts of the names of workloads; none: all. */
export async function run(words: readonly string[]): Promise<readonly Bar[]> {
  const opa = opaVersion();
  if (opa === undefined) process.stderr.write('there is no `opa` in the path: it is not measured\n');
  const bars: Bar[] = [...measureCompileTime()];
  const ratios: number[] = [];
  for (const workload of workloads()) {
    if (words.length > 0 && !words.some((word) => workload.name.includes(word))) continue;
    const measured = measureWorkload(workload, opa !== undefined);
    bars.push(...measured.bars);
    if (measured.ratio !== undefined) ratios.push(measured.ratio);
    if (workload.name.includes('rows')) bars.push(measureMemory(workload));
  }
  if (ratios.length > 0) {
    bars.push({
      name: `times faster than OPA ${opa}, median of the workloads`,
      figure: percentile(ratios, 0.5),
      unit: '×',
      bar: { atLeast: 10 },
    });
  }
  return bars;
}

function measureWorkload(workload: Workload, withOpa: boolean): { readonly bars: Bar[]; readonly ratio?: number } {
  const { name, inputs } = workload;
  const sample = Array.from({ length: SAMPLE }, (_, index) => Math.floor((index * inputs.length) / SAMPLE));
  const ours = decide(name, 'javascript', sample);
  const closures = decide(name, 'closures', sample);
  mustAgree(name, 'the closure back end', ours.decisions, closures.decisions);
  const bars = [...timesOf(`${name}, javascript`, ours), ...timesOf(`${name}, closures`, closures)];
  if (!withOpa) return { bars };
  const theirs = runOpa(workload, sample);
  mustAgree(name, 'OPA', ours.decisions, theirs.decisions);
  const [our, their] = [mean(ours.sample), mean(theirs.sample)];
  const ratio = their / our;
  bars.push({
    name: `${name}: times faster than OPA`,
    figure: ratio,
    unit: '×',
    bar: { atLeast: 1 },
    note: `${our.toFixed(0)} and ${their.toFixed(0)} ns on the same ${SAMPLE} inputs; OPA allocates ${theirs.bytes.toFixed(0)} bytes`,
  });
  return { bars, ratio };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function timesOf(name: string, { all, bytes }: Decided): readonly Bar[] {
  return [
    { name: `${name}: p50`, figure: all.p50 / 1000, unit: 'µs', note: `mean ${(all.mean / 1000).toFixed(2)} µs` },
    { name: `${name}: p99`, figure: all.p99 / 1000, unit: 'µs' },
    { name: `${name}: heap of a decision`, figure: bytes, unit: 'bytes' },
  ];
}

function decide(name: string, backend: Backend, sample: readonly number[]): Decided {
  const room = ['--expose-gc', '--max-semi-space-size=256', '--min-semi-space-size=256'];
  return child('decide.child.ts', room, [name, backend, ...sample.map(String)]) as Decided;
}

function child(file: string, flags: readonly string[], words: readonly string[]): unknown {
  const path = fileURLToPath(new URL(`rego/${file}`, import.meta.url));
  const ran = spawnSync(process.execPath, [...flags, path, ...words], { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (ran.status !== 0) throw new Error(`${words.join(' ')}: the measurement failed:\n${ran.stderr}`);
  return JSON.parse(ran.stdout);
}

/** A figure is worth nothing when the answers differ. */
function mustAgree(name: string, peer: string, ours: readonly string[], theirs: readonly unknown[]): void {
  const wrong = ours.findIndex((decision, index) => {
    const other = theirs[index];
    return !isDeepStrictEqual(JSON.parse(decision), typeof other === 'string' ? JSON.parse(other) : other);
  });
  if (wrong < 0 && ours.length === theirs.length) return;
  throw new Error(`${name}, input ${wrong}: ${peer} decides ${JSON.stringify(theirs[wrong])}, we ${ours[wrong]}`);
}

function measureMemory(workload: Workload): Bar {
  const folder = mkdtempSync(join(tmpdir(), 'bench-rego-'));
  try {
    const file = join(folder, 'data.json');
    writeFileSync(file, JSON.stringify(workload.data));
    const { bytes } = child('memory.child.ts', ['--expose-gc'], [workload.name, file]) as { readonly bytes: number };
    return { name: `${workload.name}: heap of the data`, figure: bytes / 1e6, unit: 'MB', bar: { atMost: 100 } };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
