/** In which order workloads are started: what is called before who calls it, jobs last. */
import type { Workload } from '../inventory/workload.ts';

/** Waves: all of one wave may start together, after those of the wave before. Workloads that call each other in a circle start in the last wave before the jobs. */
export function startWaves(workloads: readonly Workload[]): readonly (readonly Workload[])[] {
  const waves: Workload[][] = [];
  const started = new Set<string>();
  let waiting = workloads.filter(({ job }) => !job);
  while (waiting.length > 0) {
    const names = new Set(waiting.map(({ name }) => name));
    const free = waiting.filter(({ calls }) =>
      calls.every(({ service }) => started.has(service) || !names.has(service)),
    );
    const wave = free.length > 0 ? free : waiting;
    waves.push(wave);
    for (const { name } of wave) started.add(name);
    waiting = waiting.filter(({ name }) => !started.has(name));
  }
  const jobs = workloads.filter(({ job }) => job);
  return jobs.length > 0 ? [...waves, jobs] : waves;
}
