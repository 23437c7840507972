/**
 * One workload on one back end in a process of its own: `WORKLOAD BACKEND SAMPLE...`, where samples are the numbers of
 * inputs that the peer is measured on. Prints times, bytes a decision and the decisions.
 */
import type { Backend } from '../../src/policy/rego/compile.ts';
import { compileRego } from '../../src/policy/rego/compile.ts';
import { formatJson } from '../../src/policy/rego/values/json.ts';
import type { RegoValue } from '../../src/policy/rego/values/value.ts';
import { CallTiming } from '../call-timing.ts';
import { workloads } from './workload.ts';

export type Decided = {
  readonly all: { readonly p50: number; readonly p99: number; readonly mean: number };
  /** Nanoseconds of a call on the sample, in its order. */
  readonly sample: readonly number[];
  readonly bytes: number;
  readonly decisions: readonly string[];
};

/** At least so long are all inputs asked, in milliseconds: the scanned workload is a thousand times slower than others. */
const WARM_UP_MS = 1500;
const MEASURE_MS = 3000;

const [name = '', backend = '', ...sample] = process.argv.slice(2);
const workload = workloads().find((each) => each.name === name);
if (workload === undefined) throw new Error(`there is no workload \`${name}\``);
const policy = compileRego({
  modules: [{ file: 'policy.rego', text: workload.module }],
  data: workload.data,
  backend: backend as Backend,
});
if (!policy.ok) throw new Error(policy.problem[0]?.message);
const decision = policy.value.decision(workload.reference);
if (!decision.ok) throw new Error(decision.problem[0]?.message);

function decide(input: RegoValue): RegoValue {
  if (!decision.ok) throw new Error('there is no decision');
  const result = decision.value.evaluate(input);
  if (!result.ok) throw new Error(result.problem.message);
  if (result.value === undefined) throw new Error('the decision is undefined');
  return result.value;
}

/** As they would come off a wire: their strings are no constants of the process. */
const texts = workload.inputs.map((input) => JSON.stringify(input));
const fresh = (): RegoValue[] => texts.map((text) => JSON.parse(text) as RegoValue);

const decisions = fresh().map((input) => formatJson(decide(input)));
const timing = new CallTiming(decide);
const begun = performance.now();
while (performance.now() - begun < WARM_UP_MS) for (const input of fresh()) decide(input);
const warm = performance.now();
while (performance.now() - warm < MEASURE_MS) {
  timing.timeSingly(fresh());
  timing.timeTogether(fresh());
}
const timed = sample.map((index) => timeOne(Number(index)));
process.stdout.write(
  JSON.stringify({ all: timing.times(), sample: timed, bytes: bytesOfOne(), decisions } satisfies Decided),
);

/** Copies of one input, so many that a reading of the clock does not count. */
function timeOne(index: number): number {
  const own = new CallTiming(decide);
  const text = texts[index] as string;
  const started = performance.now();
  while (performance.now() - started < 300)
    own.timeTogether(Array.from({ length: 20 }, () => JSON.parse(text) as RegoValue));
  return own.times().mean;
}

/** What decisions leave on the heap between two collections: the process has room for all of them. */
function bytesOfOne(): number {
  const inputs = fresh();
  gc?.();
  const before = process.memoryUsage().heapUsed;
  for (const input of inputs) decide(input);
  return (process.memoryUsage().heapUsed - before) / inputs.length;
}
