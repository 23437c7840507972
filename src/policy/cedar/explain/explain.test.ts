/** Explanations as a person reads them, of policies as a person writes them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { CedarRequest } from '../authorize/cedar-request.ts';
import { type CedarPolicySet, compileCedar } from '../compile.ts';
import type { JsonPolicySet } from '../parse/parse-policies.ts';
import type { EntityJson } from '../store/entity-json.ts';
import type { CedarExplanation } from './explanation.ts';
import { MAX_CONDITIONS, MAX_MISSES } from './limits.ts';

const REFUNDS = `permit (principal in Group::"clerks", action == Action::"refund", resource is Order)
when { context.amount <= 100 };
permit (principal in Group::"managers", action == Action::"refund", resource is Order)
when { context.amount <= 5000 };
`;

const SHOP: readonly EntityJson[] = [
  { uid: { type: 'Group', id: 'clerks' } },
  { uid: { type: 'Group', id: 'managers' } },
  { uid: { type: 'Group', id: 'suspended' } },
  user('alice', ['clerks'], { level: 2, team: { __entity: { type: 'Group', id: 'clerks' } } }),
  user('bob', ['managers', 'suspended'], { level: 5 }),
  { uid: { type: 'Order', id: '7' }, attrs: { owner: { __entity: { type: 'User', id: 'bob' } }, labels: ['new'] } },
];

function user(id: string, groups: readonly string[], attrs: object): EntityJson {
  return { uid: { type: 'User', id }, attrs, parents: groups.map((group) => ({ type: 'Group', id: group })) };
}

async function compiled(
  policies: string | JsonPolicySet,
  forbidErrors: 'skip' | 'deny' = 'skip',
): Promise<CedarPolicySet> {
  const set = await compileCedar({ policies, forbidErrors });
  if (!set.ok) assert.fail(set.problem.map(({ message }) => message).join('\n'));
  const put = set.value.entities.put(SHOP);
  assert.ok(put.ok);
  return set.value;
}

function request(principal: string, context: CedarRequest['context'] = {}): CedarRequest {
  return {
    principal: { type: 'User', id: principal },
    action: { type: 'Action', id: 'refund' },
    resource: { type: 'Order', id: '7' },
    context,
  };
}

/** One line for each thing that is said. */
function told({
  decision,
  determining,
  errors,
  deniedByError,
  misses,
  omittedMisses,
  noPermit,
}: CedarExplanation): string {
  const lines = [`${decision}${determining.map(({ id }) => ` ${id}`).join('')}`];
  for (const { policy, message } of errors) lines.push(`error in ${policy.id}: ${message}`);
  if (deniedByError) lines.push('denied by an error');
  for (const { policy, failed, omittedConditions, changes } of misses) {
    lines.push(`${policy.effect} ${policy.id}`);
    for (const { at, text, wanted, values, error } of failed) {
      const read = values.map(({ expression, value }) => `${expression} = ${value}`).join(', ');
      lines.push(
        `  ${at.line}:${at.column} ${text} should be ${wanted}; ${read}${error === undefined ? '' : `; ${error}`}`,
      );
    }
    if (omittedConditions > 0) lines.push(`  and ${omittedConditions} more`);
    for (const { message, allows } of changes) lines.push(`  → ${message}${allows === true ? ': allowed' : ''}`);
  }
  if (omittedMisses > 0) lines.push(`and ${omittedMisses} more`);
  if (noPermit !== undefined) lines.push(`${noPermit.for}: ${noPermit.message}`);
  return lines.join('\n');
}

async function explained(
  policies: string,
  asked: CedarRequest,
  forbidErrors: 'skip' | 'deny' = 'skip',
): Promise<string> {
  const set = await compiled(policies, forbidErrors);
  const explanation = set.explain(asked);
  assert.equal(explanation.decision, set.decide(asked));
  return told(explanation);
}

test('a refund above the limit lacks a smaller amount, or a manager', async () => {
  assert.equal(
    await explained(REFUNDS, request('alice', { amount: 250 })),
    `deny
permit policy0
  2:8 context.amount <= 100 should be true; context.amount = 250
  → \`context.amount\` at most \`100\` (it is \`250\`): allowed
permit policy1
  3:9 principal in Group::"managers" should be true; principal = User::"alice"
  → \`User::"alice"\` in \`Group::"managers"\`: allowed`,
  );
});

test('an allowed request names the permits, and nothing is missed', async () => {
  assert.equal(await explained(REFUNDS, request('alice', { amount: 50 })), 'allow policy0');
});

test('what no single change mends is said without one, the nearer permit first', async () => {
  assert.equal(
    await explained(REFUNDS, request('alice', { amount: 6000 })),
    `deny
permit policy0
  2:8 context.amount <= 100 should be true; context.amount = 6000
  → \`context.amount\` at most \`100\` (it is \`6000\`): allowed
permit policy1
  3:9 principal in Group::"managers" should be true; principal = User::"alice"
  4:8 context.amount <= 5000 should be true; context.amount = 6000`,
  );
});

test('a missing attribute is an error of the policy and a condition that failed, with the value that is needed', async () => {
  assert.equal(
    await explained(REFUNDS, request('bob')),
    `deny
error in policy1: the record has no attribute \`amount\`
permit policy1
  4:8 context.amount <= 5000 should be true; context.amount = missing; the record has no attribute \`amount\`
  → \`context.amount\` at most \`5000\` (it is missing): allowed
permit policy0
  1:9 principal in Group::"clerks" should be true; principal = User::"bob"
  2:8 context.amount <= 100 should be true; context.amount = missing; the record has no attribute \`amount\``,
  );
});

test('behind a guard that failed, what cannot be read is not told, and one change may mend both', async () => {
  const policies = 'permit (principal, action, resource) when { resource has lead && resource.lead == principal };';
  assert.equal(
    await explained(policies, request('alice')),
    `deny
permit policy0
  1:45 resource has lead should be true; resource.lead = missing
  → \`resource.lead\` being \`User::"alice"\` (it is missing): allowed`,
  );
});

test('the guard of one thing does not hide that another is missing', async () => {
  const policies = 'permit (principal, action, resource) when { resource has lead && context.ip.isIpv4() };';
  assert.equal(
    await explained(policies, request('alice')),
    `deny
permit policy0
  1:45 resource has lead should be true; resource.lead = missing
  1:66 context.ip.isIpv4() should be true; context.ip = missing; the record has no attribute \`ip\``,
  );
});

test('of a forbid what held is told, and what would lift it; the permits only where none applies', async () => {
  const forbid = `forbid (principal in Group::"suspended", action, resource) unless { context.emergency };`;
  assert.equal(
    await explained(`${REFUNDS}${forbid}`, request('bob', { amount: 50, emergency: false })),
    `deny policy2
forbid policy2
  5:9 principal in Group::"suspended" should be true; principal = User::"bob"
  5:69 context.emergency should be false; context.emergency = false
  → \`User::"bob"\` not in \`Group::"suspended"\`: allowed
  → \`context.emergency\` being \`true\` (it is \`false\`): allowed`,
  );
});

test('a change that lifts a forbid and leaves the permits unmet is told without a promise', async () => {
  const policies = `forbid (principal, action, resource) when { context.frozen };
permit (principal, action, resource) when { context.amount > 7 };`;
  assert.equal(
    await explained(policies, request('bob', { frozen: true, amount: 7 })),
    `deny policy0
forbid policy0
  1:45 context.frozen should be true; context.frozen = true
  → \`context.frozen\` being \`false\` (it is \`true\`)
permit policy1
  2:45 context.amount > 7 should be true; context.amount = 7
  → \`context.amount\` above \`7\` (it is \`7\`)`,
  );
});

test('an erring forbid is in the way where errors deny, and only there', async () => {
  const policies = `permit (principal, action, resource);
forbid (principal, action, resource) when { principal.level > 1 && context.risk > 50 };`;
  assert.equal(
    await explained(policies, request('alice'), 'deny'),
    `deny
error in policy1: the record has no attribute \`risk\`
denied by an error
forbid policy1
  2:68 context.risk > 50 should be true; context.risk = missing; the record has no attribute \`risk\`
  → \`principal.level\` at most \`1\` (it is \`2\`): allowed
  → \`context.risk\` at most \`50\` (it is missing): allowed`,
  );
  assert.equal(
    await explained(policies, request('alice'), 'skip'),
    'allow policy0\nerror in policy1: the record has no attribute `risk`',
  );
});

test('to be somebody else is an information, farther away than any condition', async () => {
  const policies = `permit (principal == User::"bob", action, resource);
permit (principal, action, resource) when { context.a && context.b };`;
  assert.equal(
    await explained(policies, request('alice', { a: false, b: false })),
    `deny
permit policy1
  2:45 context.a should be true; context.a = false
  2:58 context.b should be true; context.b = false
permit policy0
  1:9 principal == User::"bob" should be true; principal = User::"alice"
  → \`principal\` being \`User::"bob"\` (it is \`User::"alice"\`): allowed`,
  );
});

test('where no permit speaks of the action or the types, that is said instead', async () => {
  const asked = request('alice');
  assert.equal(
    await explained(REFUNDS, { ...asked, action: { type: 'Action', id: 'refnd' } }),
    'deny\naction: no permit speaks of `Action::"refnd"`; there are permits for `Action::"refund"`',
  );
  assert.equal(
    await explained(REFUNDS, { ...asked, resource: { type: 'Invoice', id: '7' } }),
    'deny\ntypes: no permit for `Action::"refund"` speaks of a principal of type `User` and a resource of type `Invoice`; those that there are speak of any type on `Order`',
  );
  assert.equal(await explained('', asked), 'deny\naction: the set has no permit, and without one all is denied');
});

test('a linked policy shows its scope filled', async () => {
  const policies = 'permit (principal in ?principal, action, resource);';
  const links = [
    { templateId: 'policy0', newId: 'staff', values: { '?principal': { type: 'Group', id: 'managers' } } },
  ];
  const set = await compileCedar({ policies, links });
  assert.ok(set.ok);
  assert.ok(set.value.entities.put(SHOP).ok);
  assert.equal(
    told(set.value.explain(request('alice'))),
    `deny
permit staff
  1:9 principal in Group::"managers" should be true; principal = User::"alice"
  → \`User::"alice"\` in \`Group::"managers"\`: allowed`,
  );
});

test('a policy in JSON form is told as text', async () => {
  const amount = { '.': { left: { Var: 'context' }, attr: 'amount' } };
  const body = { '<=': { left: amount, right: { Value: 100 } } };
  const any = { op: 'All' } as const;
  const policy = {
    effect: 'permit',
    principal: any,
    action: any,
    resource: any,
    conditions: [{ kind: 'when', body }],
  } as const;
  const set = await compiled({ staticPolicies: { small: policy }, templates: {}, templateLinks: [] });
  const { misses } = set.explain(request('alice', { amount: 101 }));
  assert.equal(misses[0]?.failed[0]?.text, 'context.amount <= 100');
});

test('a malformed request is explained by its problem alone', async () => {
  const set = await compiled(REFUNDS);
  const explanation = set.explain({ ...request('alice'), principal: { type: 'User' } as never });
  assert.equal(explanation.problem?.code, 'cedar/bad-request');
  assert.equal(told(explanation), 'deny');
});

test('attributes of the request are read, and can be otherwise, as those of the store', async () => {
  const set = await compiled('permit (principal, action, resource) when { principal.risk < 10 };');
  const asked = { ...request('alice'), attributes: { principal: { risk: 30 } } };
  assert.equal(
    told(set.explain(asked)),
    `deny
permit policy0
  1:45 principal.risk < 10 should be true; principal.risk = 30
  → \`principal.risk\` below \`10\` (it is \`30\`): allowed`,
  );
});

test('the work and the words are bounded, whatever the policies and the request are', async () => {
  const many = 10_000;
  const operands = Array.from({ length: many }, (_, index) => `context.n == ${index}`);
  const nested = `${'!('.repeat(400)}context.n == 1${')'.repeat(400)}`;
  const alternating = Array.from({ length: 100 }, (_, index) => `(context.n > ${index} && (context.n < 0 || `).join('');
  const policies = [
    `permit (principal, action, resource) when { ${operands.join(' && ')} };`,
    `permit (principal, action, resource) when { (${operands.join(' || ')}) && context.n < 0 };`,
    `permit (principal, action, resource) when { ${nested} && context.n < 0 };`,
    `permit (principal, action, resource) when { ${alternating}false${'))'.repeat(100)} };`,
    `permit (principal, action, resource) when { context.list.containsAll([${operands.map((_, n) => n).join(', ')}]) && context.n < 0 };`,
    `permit (principal, action, resource) when { context.text == "${'x'.repeat(100_000)}" };`,
    ...Array.from({ length: many }, (_, index) => `permit (principal == User::"${index}", action, resource);`),
  ];
  const set = await compiled(policies.join('\n'));
  const context = { n: 7, list: Array.from({ length: 100_000 }, (_, index) => -index), text: 'y'.repeat(1_000_000) };
  const explanation = set.explain(request('alice', context));
  assert.equal(explanation.misses.length, MAX_MISSES);
  assert.equal(explanation.omittedMisses, policies.length - MAX_MISSES);
  assert.ok(JSON.stringify(told(explanation)).length < 100_000);
  const conjunction = explanation.misses.find(({ policy }) => policy.id === 'policy0');
  assert.equal(conjunction?.failed.length, MAX_CONDITIONS);
  assert.equal(conjunction?.omittedConditions, many - 1 - MAX_CONDITIONS);
});

test('with many permits for others, those of a group are among the nearest', async () => {
  const others = Array.from({ length: 100 }, (_, index) => `permit (principal == User::"${index}", action, resource);`);
  const set = await compiled(`${others.join('\n')}\npermit (principal in Group::"managers", action, resource);`);
  const [nearest] = set.explain(request('alice')).misses;
  assert.equal(nearest?.policy.id, 'policy100');
});
