/** Evaluates one policy on one large document, and prints the answer and the most memory that it took. */
import { compileRego, type RegoValue, toText } from '../../src/policy/rego/library.ts';

const MILLION = 1_000_000;

const DOCUMENTS: Readonly<Record<string, () => RegoValue>> = {
  '100 MB of text': () => 'ab'.repeat(50 * MILLION),
  '100 MB of umlauts': () => 'ä'.repeat(50 * MILLION),
  'ten million numbers': () => Array.from({ length: 10 * MILLION }, (_, index) => index),
  'a million keys': () => Object.fromEntries(Array.from({ length: MILLION }, (_, index) => [`k${index}`, index])),
  'a million rows': () => Array.from({ length: MILLION }, (_, index) => ({ id: index, group: `g${index % 100}` })),
};

const [name = '', expression = ''] = process.argv.slice(2);
const input = DOCUMENTS[name]?.();
const before = process.memoryUsage().rss;
const policy = compileRego({ modules: [{ file: 'p.rego', text: `package p\n\nx := ${expression}\n` }] });
const decision = policy.ok ? policy.value.decision('data.p.x') : undefined;
const result = decision?.ok === true ? decision.value.evaluate(input, { strictErrors: true }) : undefined;
const answer =
  result === undefined
    ? 'refused'
    : result.ok
      ? result.value === undefined
        ? 'undefined'
        : toText(result.value)
      : `${result.problem.code}: ${result.problem.message}`;
const megabytes = Math.round(Math.max(process.resourceUsage().maxRSS * 1024 - before, 0) / 2 ** 20);
console.log(JSON.stringify({ answer, megabytes }));
