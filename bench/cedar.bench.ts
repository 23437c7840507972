/**
 * Cedar: what a decision costs on the applications of the Cedar paper beside cedar-wasm and native Cedar, whose answers
 * must be the same; what policies cost that cannot match; compile time; memory. The argument is the workloads' folder.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import type { Backend } from '../src/policy/cedar/compile.ts';
import type { Bar, Peer } from './bar.ts';
import { type CallTimes, timerCost } from './call-timing.ts';
import { measureCompileTime } from './cedar/compile-time.ts';
import { measureManyPolicies } from './cedar/many-policies.ts';
import { buildNativePeer, type NativeTimes, runNativePeer } from './cedar/native-peer.ts';
import { runWasmPeer, type WasmTimes } from './cedar/wasm-peer.ts';
import { drawQuestions, loadWorkloads, type Question, type Workload } from './cedar/workload.ts';

const FOLDER = '../shared/bench/cedar';
const SEED = 42;
const REQUESTS = 20_000;
const WASM_REQUESTS = 300;
const BACKENDS: readonly Backend[] = ['javascript', 'closures'];

export async function run([folder = FOLDER]: readonly string[]): Promise<readonly Bar[]> {
  const bars: Bar[] = [...(await measureCompileTime())];
  const native = buildNativePeer();
  if (native === undefined) process.stderr.write('cargo is not on this machine: native Cedar is not measured\n');
  const timer = timerCost();
  bars.push({
    name: "the timer's own cost",
    figure: timer,
    unit: 'ns',
    note: 'part of each p50 and p99, not of the mean',
  });
  for (const workload of await loadWorkloads(folder)) {
    bars.push(...(await measureWorkload(folder, workload, native)));
  }
  bars.push(...(await measureManyPolicies()), ...measureMemory());
  return bars;
}

async function measureWorkload(folder: string, workload: Workload, native: string | undefined): Promise<Bar[]> {
  const questions = drawQuestions(workload, REQUESTS, SEED);
  const [ours, decisions] = timeOurs(folder, workload, questions);
  const theirs = native === undefined ? undefined : runNativePeer(native, workload, questions);
  if (theirs !== undefined) mustAgree('native Cedar', workload, questions, decisions, theirs.decisions);
  const wasm = await runWasmPeer(workload, questions.slice(0, WASM_REQUESTS));
  mustAgree('cedar-wasm', workload, questions, decisions.slice(0, WASM_REQUESTS), wasm.decisions);

  const [allowed, size] = [decisions.replaceAll('d', '').length, workload.store.size];
  const note = `${size} entities; ${allowed} of ${REQUESTS} requests are allowed`;
  return [
    ...BACKENDS.flatMap((backend) => barsOf(workload, backend, ours[backend], theirs, wasm)),
    ...ratios(workload, ours.javascript, theirs, wasm, note),
  ];
}

type Measured = { readonly times: CallTimes; readonly decisions: string };

function timeOurs(
  folder: string,
  workload: Workload,
  questions: readonly Question[],
): readonly [times: Record<Backend, CallTimes>, decisions: string] {
  const [javascript, closures] = BACKENDS.map((backend) => measureBackend(folder, workload, backend)) as [
    Measured,
    Measured,
  ];
  mustAgree('the closure back end', workload, questions, javascript.decisions, closures.decisions);
  return [{ javascript: javascript.times, closures: closures.times }, javascript.decisions];
}

function measureBackend(folder: string, { name }: Workload, backend: Backend): Measured {
  const child = fileURLToPath(new URL('cedar/decide.child.ts', import.meta.url));
  const words = [child, folder, name, backend, String(REQUESTS), String(SEED)];
  const ran = spawnSync(process.execPath, words, { encoding: 'utf8' });
  if (ran.status !== 0) throw new Error(`${name}: the measurement of ${backend} failed:\n${ran.stderr}`);
  return JSON.parse(ran.stdout) as Measured;
}

/** A figure is worth nothing when the answers differ. */
function mustAgree(
  peer: string,
  { name }: Workload,
  questions: readonly Question[],
  ours: string,
  theirs: string,
): void {
  if (ours.length !== theirs.length)
    throw new Error(`${name}: ${peer} gave ${theirs.length} answers to ${ours.length}`);
  for (const [index, question] of questions.slice(0, ours.length).entries()) {
    if (ours[index] === theirs[index]) continue;
    throw new Error(`${name}: ${peer} decides ${theirs[index]}, we decide ${ours[index]}: ${JSON.stringify(question)}`);
  }
}

const MICROSECOND_BARS: Partial<Record<keyof CallTimes, number>> = { p50: 1, p99: 5 };

function barsOf(
  { name }: Workload,
  backend: Backend,
  ours: CallTimes,
  native: NativeTimes | undefined,
  wasm: WasmTimes,
): Bar[] {
  return (['p50', 'p99', 'mean'] as const).map((quantity) => {
    const peers: Peer[] = [{ name: 'cedar-wasm', figure: wasm[quantity] / 1000 }];
    if (native !== undefined) peers.push({ name: 'native', figure: native[quantity] / 1000 });
    const atMost = backend === 'javascript' ? MICROSECOND_BARS[quantity] : undefined;
    const held = atMost === undefined ? {} : { bar: { atMost } };
    const shown = backend === 'javascript' ? { peers } : {};
    return { name: `${name}, ${backend}, ${quantity}`, figure: ours[quantity] / 1000, unit: 'µs', ...held, ...shown };
  });
}

function ratios(
  { name }: Workload,
  ours: CallTimes,
  native: NativeTimes | undefined,
  wasm: WasmTimes,
  note: string,
): Bar[] {
  const bar = (peer: string, figure: number, atLeast: number, timer: string): Bar => {
    return {
      name: `${name}, times faster than ${peer}`,
      figure,
      unit: 'times',
      bar: { atLeast },
      note: `medians${timer}; ${note}`,
    };
  };
  const bars = [bar('cedar-wasm', wasm.p50 / ours.p50, 500, '')];
  if (native !== undefined)
    bars.push(bar('native', native.p50 / ours.p50, 10, `, native's timer costs ${native.timer} ns`));
  return bars;
}

type MemoryFigures = { readonly entities: number; readonly megabytes: number; readonly loadSeconds: number };

/** In a process of its own, whose heap ends at a gigabyte. */
function measureMemory(): Bar[] {
  const child = fileURLToPath(new URL('cedar-memory.child.ts', import.meta.url));
  const flags = ['--expose-gc', '--max-old-space-size=1024'];
  const ran = spawnSync(process.execPath, [...flags, child], { encoding: 'utf8' });
  if (ran.status !== 0) throw new Error(`the measurement of memory failed:\n${ran.stderr}`);
  const { entities, megabytes, loadSeconds } = JSON.parse(ran.stdout) as MemoryFigures;
  const note = `heap and typed arrays, loaded in ${loadSeconds.toFixed(1)} s`;
  return [{ name: `${entities} entities`, figure: megabytes, unit: 'MB', bar: { atMost: 1024 }, note }];
}
