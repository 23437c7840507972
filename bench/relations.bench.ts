/**
 * Relationships in process: what a check costs on the shapes of SpiceDB's own benchmarks, and on a million and ten
 * million random relationships of a document system; loading, memory, lookups, and checks while others write.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import type { Bar } from './bar.ts';
import type { Checked } from './relations/check.child.ts';
import type { Documents } from './relations/documents.child.ts';
import { shapes } from './relations/shape.ts';

const SIZES: readonly { readonly tuples: number; readonly megabytes: number; readonly seconds?: number }[] = [
  { tuples: 1_000_000, megabytes: 100, seconds: 5 },
  { tuples: 10_000_000, megabytes: 1000 },
];

/** `words`: parts of the names of shapes, or of the sizes (`1000000`); none: all. */
export function run(words: readonly string[]): Promise<readonly Bar[]> {
  const wanted = (name: string): boolean => words.length === 0 || words.some((word) => name.includes(word));
  const bars = shapes()
    .filter(({ name }) => wanted(name))
    .flatMap(({ name }) => barsOfShape(name));
  const sizes = SIZES.filter(({ tuples }) => wanted(String(tuples)));
  return Promise.resolve([...bars, ...sizes.flatMap(barsOfSize)]);
}

function barsOfShape(name: string): readonly Bar[] {
  const { own, drawn, bytes, granted, lookups } = child(
    'check.child.ts',
    ['--max-semi-space-size=64'],
    [name],
  ) as Checked;
  const chain = name.includes('deep');
  return [
    {
      name: `${name}: SpiceDB's question, p50`,
      figure: own.p50 / 1000,
      unit: 'µs',
      bar: { atMost: chain ? 5 : 2 },
      note: `mean ${(own.mean / 1000).toFixed(2)} µs; p99 ${(own.p99 / 1000).toFixed(2)} µs`,
    },
    {
      name: `${name}: drawn questions, p50`,
      figure: drawn.p50 / 1000,
      unit: 'µs',
      bar: { atMost: chain ? 5 : 2 },
      note: `mean ${(drawn.mean / 1000).toFixed(2)} µs; ${(granted * 100).toFixed(0)} % are granted`,
    },
    { name: `${name}: drawn questions, p99`, figure: drawn.p99 / 1000, unit: 'µs', bar: { atMost: 20 } },
    { name: `${name}: heap of a check`, figure: bytes, unit: 'bytes' },
    {
      name: `${name}: resources found`,
      figure: lookups.perSecond,
      unit: 'a second',
      // A second of lookups that find two or three is spent on what a lookup costs that finds nothing.
      ...(lookups.found >= 100 && { bar: { atLeast: 500_000 } }),
      note: `${lookups.found} a lookup`,
    },
  ];
}

function barsOfSize({ tuples, megabytes, seconds }: (typeof SIZES)[number]): readonly Bar[] {
  const measured = child('documents.child.ts', ['--max-old-space-size=8000'], [String(tuples)]) as Documents;
  const name = `${tuples.toLocaleString('en')} relationships`;
  const { check, busy, lookup } = measured;
  return [
    {
      name: `${name}: loaded`,
      figure: measured.loadSeconds,
      unit: 's',
      ...(seconds !== undefined && { bar: { atMost: seconds } }),
    },
    {
      name: `${name}: memory`,
      figure: measured.bytes / 1e6,
      unit: 'MB',
      bar: { atMost: megabytes },
      note: `${(measured.bytes / tuples).toFixed(0)} bytes each, of ${measured.objects.toLocaleString('en')} objects`,
    },
    {
      name: `${name}: check, p50`,
      figure: check.p50 / 1000,
      unit: 'µs',
      bar: { atMost: 2 },
      note: `mean ${(check.mean / 1000).toFixed(2)} µs; ${(measured.granted * 100).toFixed(0)} % are granted`,
    },
    { name: `${name}: check, p99`, figure: check.p99 / 1000, unit: 'µs', bar: { atMost: 20 } },
    {
      name: `${name}: check while 5,000 a second are written, p99`,
      figure: busy.p99 / 1000,
      unit: 'µs',
      bar: { atMost: 100 },
      note: `${Math.round(busy.writesPerSecond)} written a second`,
    },
    {
      name: `${name}: resources found`,
      figure: lookup.perSecond,
      unit: 'a second',
      bar: { atLeast: 500_000 },
      note: `${Math.round(lookup.mean)} a lookup`,
    },
  ];
}

function child(file: string, flags: readonly string[], words: readonly string[]): unknown {
  const path = fileURLToPath(new URL(`relations/${file}`, import.meta.url));
  const ran = spawnSync(process.execPath, ['--expose-gc', ...flags, path, ...words], { encoding: 'utf8' });
  if (ran.status !== 0) throw new Error(`${words.join(' ')}: the measurement failed:\n${ran.stderr}`);
  return JSON.parse(ran.stdout);
}
