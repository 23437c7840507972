/** `npm run bench -- NAME`: prints each figure beside its bar and its peers; exits 1 when a bar is not met. */
import { globSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { type Bar, type Benchmark, met } from '../bench/bar.ts';

const folder = fileURLToPath(new URL('../bench/', import.meta.url));
const names = globSync('*.bench.ts', { cwd: folder })
  .map((file) => basename(file, '.bench.ts'))
  .sort();

function show(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)));
}

function line(bar: Bar): string {
  const parts = [`${bar.name}: ${show(bar.figure)} ${bar.unit}`];
  if (bar.bar !== undefined) {
    const wanted = 'atMost' in bar.bar ? `at most ${show(bar.bar.atMost)}` : `at least ${show(bar.bar.atLeast)}`;
    parts.push(`bar: ${wanted} ${bar.unit}`, met(bar) ? 'met' : 'SHORT');
  }
  for (const peer of bar.peers ?? []) parts.push(`${peer.name}: ${show(peer.figure)} ${bar.unit}`);
  if (bar.note !== undefined) parts.push(bar.note);
  return parts.join(' | ');
}

const [name, ...args] = process.argv.slice(2);
if (name === undefined || !names.includes(name)) {
  process.stderr.write(`usage: npm run bench -- NAME, where NAME is one of: ${names.join(', ')}\n`);
  process.exit(2);
}
const benchmark = (await import(pathToFileURL(`${folder}${name}.bench.ts`).href)) as Benchmark;
const bars = await benchmark.run(args);
for (const bar of bars) process.stdout.write(`${line(bar)}\n`);
process.exitCode = bars.every(met) ? 0 : 1;
