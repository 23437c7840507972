/** Both back ends on one program: everything that can be asked of it, on inputs one after another. */
import assert from 'node:assert/strict';

import type { Result } from '../../../kernel/result.ts';
import { type Backend, compileRego, type PreparedQuery, type RegoPolicy } from '../compile.ts';
import type { RegoFailure } from '../evaluate/begin.ts';
import { toText } from '../values/text.ts';
import type { RegoObject, RegoValue } from '../values/value.ts';
import { type ArbitraryProgram, PACKAGE } from './arbitrary-programs.ts';

/** The rows in their order as text, or the code of the failure. */
export type Outcome =
  | { readonly kind: 'rows'; readonly text: string }
  | { readonly kind: 'failure'; readonly code: string };

/** How many questions had an answer to compare; none where the program is refused. */
export function compareBackEnds(program: ArbitraryProgram): number {
  const [emitted, interpreted] = [compiled(program, 'javascript'), compiled(program, 'closures')];
  assert.equal(emitted === undefined, interpreted === undefined);
  if (emitted === undefined || interpreted === undefined) return 0;
  let compared = 0;
  for (const { query, isExact } of questionsOf(program)) {
    const fast: Prepared = emitted.prepare(query);
    const plain: Prepared = interpreted.prepare(query);
    assert.equal(fast.ok, plain.ok, query);
    if (!fast.ok || !plain.ok) continue;
    // The first input again at the end: nothing may be kept from the ones between.
    for (const input of [program.input, undefined, { user: 'b', xs: [2, 'a'], o: {} }, program.input]) {
      const came: Outcome = outcomeOf(fast.value, input);
      const wanted: Outcome = outcomeOf(plain.value, input);
      // What is not evaluated cannot fail, and how much is evaluated for an answer is left to each back end.
      if (wanted.kind === 'failure' && !isExact) continue;
      assert.deepEqual(
        came,
        wanted,
        `${query}\n${JSON.stringify(input)}\n${JSON.stringify(program.data)}\n${program.text}`,
      );
      compared += 1;
    }
  }
  return compared;
}

type Prepared = ReturnType<RegoPolicy['prepare']>;

type Question = { readonly query: string; readonly isExact: boolean };

function questionsOf({ rules }: ArbitraryProgram): readonly Question[] {
  const own = rules.flatMap(({ name, isFunction, isAlone }): Question[] => {
    const path = `data.${PACKAGE}.${name}`;
    if (isFunction) {
      return ['input.user', '[1, 2]', '{"a": 2}'].map((value) => ({
        query: `x := ${path}(${value})`,
        isExact: isAlone,
      }));
    }
    return [
      { query: `x := ${path}`, isExact: isAlone },
      { query: `${path}[x] = y`, isExact: isAlone },
      { query: `x := ${path} with input.user as "b"`, isExact: isAlone },
      { query: `x := ${path} with data.base as {"xs": [1, "a"]} with count as 2`, isExact: isAlone },
    ];
  });
  const whole = [`x := data.${PACKAGE}`, `data.${PACKAGE}[x][y]`, 'x := data', 'data[x][y][z]'];
  return [...own, ...whole.map((query) => ({ query, isExact: false }))];
}

export function compiled(program: ArbitraryProgram, backend: Backend): RegoPolicy | undefined {
  const { text, data } = program;
  const policy = compileRego({ modules: [{ file: 'program.rego', text }], data, backend });
  return policy.ok ? policy.value : undefined;
}

export function outcomeOf(query: PreparedQuery, input: unknown): Outcome {
  const result: Result<readonly RegoObject[], RegoFailure> = query.evaluate(input as RegoValue | undefined, LIMITS);
  if (!result.ok) return { kind: 'failure', code: result.problem.code };
  return { kind: 'rows', text: result.value.map(toText).join('\n') };
}

/** The time does not matter, and the limit is not for a machine that has much else to do. */
const LIMITS = { now: (): number => 0, maxSteps: 1_000_000 };
