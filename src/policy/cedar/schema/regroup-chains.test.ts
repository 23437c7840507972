import assert from 'node:assert/strict';
import { test } from 'node:test';

import { parsePolicies } from '../parse/parse-policies.ts';
import { printPolicy } from '../parse/print.ts';
import type { Expression, PolicySyntax } from '../syntax.ts';
import { regroupChains } from './regroup-chains.ts';

function parse(condition: string): PolicySyntax {
  const parsed = parsePolicies({ policies: `permit(principal, action, resource) when { ${condition} };` });
  assert.ok(parsed.ok);
  const [policy] = parsed.value.policies;
  assert.ok(policy !== undefined);
  return policy;
}

/** How many operands the longest chain has, and the leaves in their order. */
function measure(expression: Expression): { readonly longest: number; readonly leaves: readonly string[] } {
  if (expression.kind === 'not') return measure(expression.operand);
  if (expression.kind !== 'and' && expression.kind !== 'or') {
    return { longest: 0, leaves: [expression.kind === 'literal' ? String(expression.value) : expression.kind] };
  }
  const parts = expression.operands.map(measure);
  assert.ok(parts.length > 1);
  return {
    longest: Math.max(parts.length, ...parts.map(({ longest }) => longest)),
    leaves: parts.flatMap(({ leaves }) => leaves),
  };
}

test('a long chain becomes short ones with the same operands in the same order', () => {
  for (const length of [101, 200, 201, 10_000, 10_001, 25_000]) {
    const operands = Array.from({ length }, (_, index) => String(index % 7 === 0));
    const policy = regroupChains(parse(`!(${operands.join(' || ')}) && context.a`));
    const body = policy.conditions[0]?.body;
    assert.ok(body !== undefined);
    const { longest, leaves } = measure(body);
    assert.ok(longest <= 100);
    assert.deepEqual(leaves, [...operands, 'attribute']);
    assert.equal(
      printPolicy(policy).replaceAll(/[()\s]/gu, ''),
      printPolicy(parse(`!(${operands.join(' || ')}) && context.a`)).replaceAll(/[()\s]/gu, ''),
    );
  }
});

test('a policy without a long chain is left as it is', () => {
  const policy = parse(`${Array.from({ length: 100 }, () => 'true').join(' && ')} || !(context.a)`);
  assert.equal(regroupChains(policy), policy);
});
