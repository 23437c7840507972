/** What the tests of bad input share: policies that must compile or must not, asked by both back ends. */
import assert from 'node:assert/strict';

import {
  type Backend,
  compileRego,
  type EvaluateOptions,
  type Problem,
  type RegoPolicy,
  type RegoSource,
  type RegoValue,
  toText,
} from '../../src/policy/rego/library.ts';

export const BACK_ENDS: readonly Backend[] = ['javascript', 'closures'];

export function compiled(text: string, more: Partial<RegoSource> = {}): RegoPolicy {
  const policy = compileRego({ modules: [{ file: 'p.rego', text }], ...more });
  if (!policy.ok) assert.fail(`${policy.problem[0]?.message} in ${text.slice(0, 200)}`);
  return policy.value;
}

/** The value of a document, `undefined`, or the code and message of the failure; the same of both back ends. */
export function answerOf(
  text: string,
  { query = 'data.p.x', input, data, ...options }: EvaluateOptions & { query?: string; input?: RegoValue } = {},
): string {
  const [first, second] = BACK_ENDS.map((backend) => {
    const decision = compiled(text, { backend, ...(data === undefined ? {} : { data }) }).decision(query);
    assert.ok(decision.ok, `${query} is refused`);
    const result = decision.value.evaluate(input, { strictErrors: true, ...options });
    if (!result.ok) return `${result.problem.code}: ${result.problem.message}`;
    return result.value === undefined ? 'undefined' : toText(result.value);
  });
  assert.equal(first, second, 'the back ends differ');
  return first ?? '';
}

/** The problems of a text that must have some, each of which has a place in it. */
export function problemsOf(text: string, more: Partial<RegoSource> = {}): readonly Problem[] {
  const policy = compileRego({ modules: [{ file: 'p.rego', text }], ...more });
  assert.ok(!policy.ok, `this is taken: ${text.slice(0, 200)}`);
  assert.ok(policy.problem.length > 0 && policy.problem.length <= 100, `${policy.problem.length} problems`);
  const lines = text.split('\n').length;
  for (const { at, message, code } of policy.problem) {
    assert.match(code, /^rego\/[a-z-]+$/u);
    assert.ok(at !== undefined && at.file === 'p.rego', `no place: ${message}`);
    assert.ok(at.line >= 1 && at.line <= lines && at.column >= 1, `${at.line}:${at.column} is not in the text`);
    assert.ok(message.length < 2000, `a message of ${message.length} characters`);
  }
  return policy.problem;
}

export function firstProblem(text: string): string {
  const [problem] = problemsOf(text);
  return `${problem?.code} ${problem?.at?.line}:${problem?.at?.column} ${problem?.message}`;
}
