/**
 * One workload on one back end in a process of its own, as native Cedar is measured: `FOLDER WORKLOAD BACKEND REQUESTS
 * SEED`. Other policy sets and the other back end would leave their traces in the code that V8 optimises.
 */
import type { Backend } from '../../src/policy/cedar/compile.ts';
import { CallTiming } from '../call-timing.ts';
import { compileWorkload, drawQuestions, freshCopies, loadWorkloads } from './workload.ts';

/** Requests are made as many at a time: in the cache when they are asked, as one is that just came off a wire. */
const CHUNK = 500;
const WARM_UP_ROUNDS = 5;
const ROUNDS = 10;

const [folder = '', name = '', backend = '', requests = '', seed = ''] = process.argv.slice(2);
const workload = (await loadWorkloads(folder)).find((each) => each.name === name);
if (workload === undefined) throw new Error(`there is no workload \`${name}\` in \`${folder}\``);
const questions = drawQuestions(workload, Number(requests), Number(seed));
const { decide } = await compileWorkload(workload, backend as Backend);
const decisions = questions.map((question) => (decide(question) === 'allow' ? 'a' : 'd')).join('');
const timing = new CallTiming(decide);
for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round += 1) {
  for (let start = 0; start < questions.length; start += CHUNK) {
    const chunk = questions.slice(start, start + CHUNK);
    if (round < WARM_UP_ROUNDS) {
      for (const question of freshCopies(chunk)) decide(question);
    } else {
      timing.timeSingly(freshCopies(chunk));
      timing.timeTogether(freshCopies(chunk));
    }
  }
}
process.stdout.write(JSON.stringify({ times: timing.times(), decisions }));
