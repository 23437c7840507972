/** Random programs, all in one run of the `opa` that is on the machine: what they give here, they give there. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { type ArbitraryProgram, arbitraryProgram, PACKAGE } from '../testing/arbitrary-programs.ts';
import { refusedByOpa, skipWithoutOpa, tryOpa } from '../testing/ask-opa.ts';
import { compiled, outcomeOf } from '../testing/compare-back-ends.ts';
import { get } from '../values/access.ts';
import { formatJson } from '../values/json.ts';

const PROGRAMS = 120;

type Program = Pick<ArbitraryProgram, 'rules' | 'text'> & { readonly file: `${string}.rego` };
type Question = { readonly key: string; readonly query: string; readonly ours: string; readonly program: Program };

test('random programs give what OPA says', { skip: skipWithoutOpa() }, () => {
  const seed = Date.now() % 2 ** 31;
  const [first, ...rest] = fc.sample(arbitraryProgram, { numRuns: PROGRAMS, seed }) as [ArbitraryProgram];
  const { input, data } = first;
  const programs = [first, ...rest].map((program: ArbitraryProgram, index) => {
    const text = program.text.replaceAll(PACKAGE, `p${index}`);
    return { ...program, file: `p${index}.rego` as const, text, input, data };
  });
  const files = Object.fromEntries(programs.map(({ file, text }) => [file, text]));
  const refused = refusedByOpa(files);
  let lenient = 0;
  const questions = programs.flatMap((program, index): Question[] => {
    const policy = compiled(program, 'closures');
    if (policy === undefined) assert.ok(refused.has(program.file), `seed ${seed}: OPA takes ${program.text}`);
    else if (refused.has(program.file)) lenient += 1;
    if (policy === undefined || refused.has(program.file)) return [];
    return program.rules.flatMap(({ name, isFunction }) => {
      const path = `data.p${index}.${name}`;
      const query = `x := ${isFunction ? `${path}(input.user)` : path}`;
      const prepared = policy.prepare(query);
      assert.ok(prepared.ok);
      // A failure ends all of OPA's run, and it may well be avoided there.
      if (outcomeOf(prepared.value, input).kind === 'failure') return [];
      const rows = prepared.value.evaluate(input);
      assert.ok(rows.ok);
      const ours = formatJson(rows.value.map((row) => get(row, 'x') ?? null));
      return [{ key: `p${index}_${name}`, query, ours, program }];
    });
  });
  assert.ok(questions.length > PROGRAMS / 4);
  // About one in a thousand: `../typing/README.md` says which.
  assert.ok(lenient <= 3, `seed ${seed}: ${lenient} programs are refused by OPA alone`);
  for (let asked: readonly Question[] = questions; asked.length > 0;) {
    const modules = Object.fromEntries(asked.map(({ program }) => [program.file, program.text]));
    const calls = asked.map(({ key, query }) => `${key} := [x | ${query}]\n`).join('');
    const answer = tryOpa(`package calls\n\n${calls}`, input, { ...modules, 'data.json': JSON.stringify(data) });
    if (!answer.ok) {
      // Some programs are too much for OPA, which says so; nothing else may end it.
      const [, file] = /^[^\n]*?(p\d+\.rego):\d+: eval_internal_error/u.exec(answer.problem) ?? [];
      assert.ok(file !== undefined, `seed ${seed}: ${answer.problem}`);
      asked = asked.filter(({ program }) => program.file !== file);
      continue;
    }
    for (const { key, query, ours, program } of asked) {
      const told = `seed ${seed}, ${query}\n${JSON.stringify(input)}\n${JSON.stringify(data)}\n${program.text}`;
      assert.equal(ours, formatJson(get(answer.value, key) ?? null), told);
    }
    return;
  }
});
