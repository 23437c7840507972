/** What the tests of bad input share: compiling, deciding, and what was refused in which words. */
import assert from 'node:assert/strict';

import type { Problem } from '../../src/kernel/problem.ts';
import type { Result } from '../../src/kernel/result.ts';
import {
  type CedarJsonObject,
  type CedarPolicySet,
  type CedarRequest,
  type CedarSource,
  compileCedar,
} from '../../src/policy/cedar/library.ts';

export const PERMIT_ALL = 'permit (principal, action, resource);';

export const REQUEST: Required<Pick<CedarRequest, 'principal' | 'action' | 'resource'>> = {
  principal: { type: 'User', id: 'alice' },
  action: { type: 'Action', id: 'view' },
  resource: { type: 'Doc', id: 'plan' },
};

const BACKENDS = ['javascript', 'closures'] as const;

export async function compiled(source: CedarSource): Promise<CedarPolicySet> {
  const result = await compileCedar(source);
  assert.ok(result.ok, result.ok ? '' : codesOf(result).join('; '));
  return result.value;
}

/** `code: message` of each problem, and none for what was taken. */
export function codesOf<T>(result: Result<T, readonly Problem[]>): readonly string[] {
  return result.ok ? [] : result.problem.map(({ code, message }) => `${code}: ${message}`);
}

export async function mustRefuse(source: CedarSource, words: RegExp): Promise<readonly Problem[]> {
  const result = await compileCedar(source);
  assert.ok(!result.ok, 'it was taken');
  assert.match(codesOf(result).join('; '), words);
  for (const problem of result.problem) {
    assert.match(problem.code, /^cedar\/[a-z-]+$/u);
    assert.ok(problem.message.length < 1000, 'a message repeats what it was given');
  }
  return result.problem;
}

type Outcome = { readonly decision: 'allow' | 'deny'; readonly errors: readonly string[]; readonly problem?: string };

/** The answer of both back ends, of `decide` and of `explain`, which must be one. */
export async function outcomeOf(
  condition: string,
  context: CedarJsonObject = {},
  source: Omit<CedarSource, 'policies'> = {},
): Promise<Outcome> {
  const outcomes: Outcome[] = [];
  for (const backend of BACKENDS) {
    const policies = `permit (principal, action, resource) when { ${condition} };`;
    const set = await compiled({ ...source, policies, backend });
    const { decision, errors, problem } = set.explain({ ...REQUEST, context });
    assert.equal(set.decide({ ...REQUEST, context }), decision);
    const refused = problem === undefined ? {} : { problem: problem.code };
    outcomes.push({ decision, errors: errors.map(({ message }) => message), ...refused });
  }
  assert.deepEqual(outcomes[0], outcomes[1]);
  return outcomes[0] as Outcome;
}
