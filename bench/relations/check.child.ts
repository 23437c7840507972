/** Checks of one shape in a process of its own: `SHAPE`. Prints times, bytes of a check, and the lookup of resources. */
import type { CheckQuestion } from '../../src/policy/relations/evaluate/outcome.ts';
import { worldOf } from '../../src/policy/relations/testing/world.ts';
import { CallTiming, type CallTimes } from '../call-timing.ts';
import { drawQuestions, questionOf, shapes } from './shape.ts';

export type Checked = {
  /** Nanoseconds of the question that SpiceDB's benchmark asks, and of questions that are drawn. */
  readonly own: CallTimes;
  readonly drawn: CallTimes;
  readonly bytes: number;
  readonly granted: number;
  readonly lookups: { readonly found: number; readonly perSecond: number };
};

const WARM_UP_MS = 1000;
const MEASURE_MS = 1500;

const shape = shapes().find(({ name }) => name === process.argv[2]);
if (shape === undefined) throw new Error(`there is no shape \`${process.argv[2]}\``);
const { relations, moment } = worldOf(shape.schema, shape.relationships);
const now = moment();
const check = (question: CheckQuestion): unknown => relations.check(question, now);
const questions = drawQuestions(shape);
const own = questionOf(shape.own);
if (relations.check(own, now).kind !== 'has') throw new Error(`\`${shape.own}\` is denied`);

/** As they would come off a wire: their strings are no constants of the process. */
const fresh = (): readonly CheckQuestion[] => questions.map((each) => structuredClone(each));
const granted = questions.filter((each) => relations.check(each, now).kind === 'has').length;

const drawnTiming = new CallTiming(check);
const ownTiming = new CallTiming(check);
const begun = performance.now();
while (performance.now() - begun < WARM_UP_MS) for (const each of fresh()) check(each);
const warm = performance.now();
while (performance.now() - warm < MEASURE_MS) {
  drawnTiming.timeSingly(fresh());
  drawnTiming.timeTogether(fresh());
  const same = questions.map(() => structuredClone(own));
  ownTiming.timeSingly(same);
  ownTiming.timeTogether(same);
}
process.stdout.write(
  JSON.stringify({
    own: ownTiming.times(),
    drawn: drawnTiming.times(),
    bytes: bytesOfOne(),
    granted: granted / questions.length,
    lookups: lookups(),
  } satisfies Checked),
);

/** What checks leave on the heap between two collections. */
function bytesOfOne(): number {
  const some = fresh();
  gc?.();
  const before = process.memoryUsage().heapUsed;
  for (const question of some) check(question);
  return (process.memoryUsage().heapUsed - before) / some.length;
}

function lookups(): Checked['lookups'] {
  const { resource, permission, subject } = own;
  const question = { resourceType: resource.type, permission, subject };
  let found = 0;
  let rounds = 0;
  const started = performance.now();
  while (performance.now() - started < 500) {
    const page = relations.lookupResources(question, now);
    if (!page.ok) throw new Error(page.problem.message);
    found = page.value.found.length;
    rounds += 1;
  }
  return { found, perSecond: (found * rounds) / ((performance.now() - started) / 1000) };
}
