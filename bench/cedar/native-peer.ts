/** Native Cedar on the same requests: the Rust program of `peers/cedar-native`, built where cargo is on the machine. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { Question, Workload } from './workload.ts';

const CRATE = fileURLToPath(new URL('../peers/cedar-native/', import.meta.url));
const ROUNDS = 6;

/** In nanoseconds, the timer's cost included; `decisions` has one letter a request, `a` or `d`. */
export type NativeTimes = {
  readonly decisions: string;
  readonly p50: number;
  readonly p99: number;
  readonly mean: number;
  readonly timer: number;
};

/** The program's path; undefined where there is no cargo. Later runs find it in the folder for temporary files. */
export function buildNativePeer(): string | undefined {
  if (spawnSync('cargo', ['--version']).status !== 0) return undefined;
  const version = /^version = "(.+)"$/mu.exec(readFileSync(join(CRATE, 'Cargo.toml'), 'utf8'))?.[1];
  const target = join(tmpdir(), `countersign-cedar-native-${version}`);
  const options = { cwd: CRATE, env: { ...process.env, CARGO_TARGET_DIR: target }, encoding: 'utf8' } as const;
  const built = spawnSync('cargo', ['build', '--release', '--locked'], options);
  if (built.status !== 0) throw new Error(`native Cedar could not be built:\n${built.stderr}`);
  return join(target, 'release', 'cedar-native');
}

export function runNativePeer(program: string, { files }: Workload, questions: readonly Question[]): NativeTimes {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-cedar-bench-'));
  try {
    const requests = join(folder, 'requests.jsonl');
    writeFileSync(requests, questions.map((question) => JSON.stringify({ ...question, context: {} })).join('\n'));
    const options = { encoding: 'utf8', maxBuffer: 2 ** 26 } as const;
    const paths = [files.policies, files.schema, files.entities, requests];
    const ran = spawnSync(program, [...paths, String(ROUNDS)], options);
    if (ran.status !== 0) throw new Error(`native Cedar failed:\n${ran.stderr}`);
    return JSON.parse(ran.stdout) as NativeTimes;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
