/** OPA on the same work: what it decides, and what `opa bench` says that a prepared query takes. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Workload } from './workload.ts';

export type OpaResult = {
  /** Nanoseconds, in the order of the sample. */
  readonly sample: readonly number[];
  /** Bytes that a decision allocates, the mean of the sample. */
  readonly bytes: number;
  readonly decisions: readonly unknown[];
};

export function opaVersion(): string | undefined {
  const ran = spawnSync('opa', ['version'], { encoding: 'utf8' });
  return ran.status === 0 ? /^Version: (\S+)/mu.exec(ran.stdout)?.[1] : undefined;
}

export function runOpa(workload: Workload, sample: readonly number[]): OpaResult {
  const folder = mkdtempSync(join(tmpdir(), 'bench-rego-'));
  try {
    const file = (name: string, text: string): string => {
      const path = join(folder, name);
      writeFileSync(path, text);
      return path;
    };
    const given = ['-d', file('policy.rego', workload.module), '-d', file('data.json', JSON.stringify(workload.data))];
    const benches = sample.map((index) => {
      const input = file(`input${index}.json`, JSON.stringify(workload.inputs[index]));
      return benchOne([...given, '-i', input, workload.reference]);
    });
    const inputs = file('inputs.json', JSON.stringify({ inputs: workload.inputs }));
    return {
      sample: benches.map(({ nanoseconds }) => nanoseconds),
      bytes: benches.reduce((sum, { bytes }) => sum + bytes, 0) / benches.length,
      decisions: decideAll(workload, [...given, '-d', inputs]),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function opa(words: readonly string[]): unknown {
  const ran = spawnSync('opa', words, { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (ran.status !== 0) throw new Error(`opa ${words[0]} failed: ${ran.stderr}${ran.stdout.slice(0, 1000)}`);
  return JSON.parse(ran.stdout);
}

/** Without OPA's own metrics, which cost it time; three runs, of which the one in the middle counts. */
function benchOne(words: readonly string[]): { readonly nanoseconds: number; readonly bytes: number } {
  const runs = Array.from({ length: 3 }, () => {
    const printed = opa(['bench', '--format', 'json', '--metrics=false', ...words]) as {
      readonly N: number;
      readonly T: number;
      readonly MemBytes: number;
    };
    return { nanoseconds: printed.T / printed.N, bytes: printed.MemBytes / printed.N };
  });
  return runs.sort((a, b) => a.nanoseconds - b.nanoseconds)[1] as (typeof runs)[number];
}

function decideAll({ reference }: Workload, given: readonly string[]): readonly unknown[] {
  const query = `[decision | some given in data.inputs; decision := ${reference} with input as given]`;
  const printed = opa(['eval', '--format', 'json', ...given, query]) as {
    readonly result: readonly [{ readonly expressions: readonly [{ readonly value: readonly unknown[] }] }];
  };
  return printed.result[0].expressions[0].value;
}
