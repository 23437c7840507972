/** The refunds of the tests: who may give money back, in Cedar, and the question that an application asks. */
import type { AccessRequest } from '../../kernel/access-request.ts';
import { toRevision } from '../../kernel/revision.ts';
import { buildSnapshot, type PolicyText, type Snapshot } from '../snapshot.ts';
import { SHOP } from './shop.ts';

export const REFUNDS: PolicyText = {
  language: 'cedar',
  file: 'refunds.cedar',
  text: `@id("small-refunds")
@description("clerks refund up to 100")
permit (principal in Group::"clerks", action == Action::"refund", resource is Order)
when { context.amount <= 100 };

@id("any-refund")
permit (principal in Group::"managers", action == Action::"refund", resource is Order);

@id("not-twice")
forbid (principal, action == Action::"refund", resource is Order)
when { resource.refunded };
`,
};

export const REFUNDS_SCHEMA: PolicyText = {
  language: 'cedar-schema',
  file: 'refunds.cedarschema',
  text: `entity Group;
entity User in [Group];
entity Order { refunded: Bool };
action refund appliesTo { principal: User, resource: Order, context: { amount: Long } };
`,
};

export const STAFF: PolicyText = {
  language: 'cedar-entities',
  file: 'staff.cedarentities.json',
  text: `[
  { "uid": { "type": "User", "id": "alice" }, "attrs": {}, "parents": [{ "type": "Group", "id": "managers" }] },
  { "uid": { "type": "User", "id": "bob" }, "attrs": {}, "parents": [{ "type": "Group", "id": "clerks" }] },
  { "uid": { "type": "Order", "id": "o-1" }, "attrs": { "refunded": true }, "parents": [] }
]
`,
};

/** With or without the schema all of them decide alike. */
export const CEDAR_POLICIES: readonly PolicyText[] = [REFUNDS, REFUNDS_SCHEMA, STAFF];

export async function cedarSnapshot(
  policies: readonly PolicyText[] = CEDAR_POLICIES,
  changes: Partial<Parameters<typeof buildSnapshot>[0]> = {},
): Promise<Snapshot> {
  const settings = { revision: toRevision(1), trustDomain: SHOP, namespace: 'shop', workloads: [] };
  const built = await buildSnapshot({ ...settings, policies, ...changes });
  if (!built.ok) throw new Error(built.problem.map(({ message }) => message).join('; '));
  return built.value;
}

/** Bob, a clerk, refunds 20 for an order that was not refunded, unless said otherwise. */
export function refund(
  asked: { readonly by?: string; readonly order?: string; readonly context?: AccessRequest['context'] } = {},
): AccessRequest {
  const { by = 'bob', order = 'o-17', context = { amount: 20 } } = asked;
  return {
    subject: { type: 'user', id: by },
    action: { name: 'refund' },
    resource: { type: 'order', id: order, properties: { refunded: false } },
    context,
  };
}
