/** Documents of a hundred megabytes: evaluated in memory that is a small multiple of their own. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const child = fileURLToPath(new URL('large-input.child.ts', import.meta.url));

/** The answer, and the most megabytes beside the document: generous, and far from what a copy for each step would take. */
const CASES: readonly (readonly [document: string, expression: string, answer: string, megabytes: number])[] = [
  [
    '100 MB of text',
    '[count(input), contains(input, "ba!"), startswith(input, "abab")]',
    '[100000000, false, true]',
    400,
  ],
  ['100 MB of umlauts', 'count(upper(input))', '50000000', 800],
  ['ten million numbers', '[sum(input), max(input), input[9999999]]', '[49999995000000, 9999999, 9999999]', 400],
  ['ten million numbers', 'n if { some n in input; n > 9999998 }', '9999999', 400],
  [
    'a million keys',
    '[count(input), input.k7, [k | some k, v in input; v > 999998]]',
    '[1000000, 7, ["k999999"]]',
    800,
  ],
  ['a million rows', 'count({row.group | some row in input})', '100', 400],
];

for (const [document, expression, answer, megabytes] of CASES) {
  test(`${document}: ${expression}`, async () => {
    const { stdout } = await run(process.execPath, [child, document, expression]);
    const taken = JSON.parse(stdout) as { readonly answer: string; readonly megabytes: number };
    assert.equal(taken.answer, answer);
    assert.ok(taken.megabytes <= megabytes, `it took ${taken.megabytes} MB more than the document`);
  });
}
