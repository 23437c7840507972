/** With a schema, only changes that it admits are told. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { compileCedar } from '../compile.ts';
import type { CedarSchema } from '../schema/cedar-schema.ts';
import { loadCedarSchema } from '../schema/load-schema.ts';

const SCHEMA = `
entity Group;
entity User in [Group] { level: Long, nick?: String, home: { city?: String } } tags String;
entity Doc { owner: User };
action view appliesTo { principal: User, resource: Doc, context: { ticket?: String, risk: Long } };`;

async function schema(): Promise<CedarSchema> {
  const loaded = await loadCedarSchema(SCHEMA);
  return loaded.ok ? loaded.value : assert.fail(loaded.problem[0]?.message);
}

async function changes(declared: CedarSchema, condition: string): Promise<readonly string[]> {
  const policies = `permit (principal, action, resource) when { ${condition} };`;
  // Not validated: a strict validator would refuse some of these conditions, being always false.
  const set = await compileCedar({ policies, schema: declared, validate: 'off' });
  if (!set.ok) assert.fail(set.problem[0]?.message);
  const put = set.value.entities.put([
    { uid: { type: 'User', id: 'a' }, attrs: { level: 1, home: {} }, parents: [] },
    { uid: { type: 'Doc', id: 'd' }, attrs: { owner: { type: 'User', id: 'b' } } },
  ]);
  assert.ok(put.ok);
  const explanation = set.value.explain({
    principal: { type: 'User', id: 'a' },
    action: { type: 'Action', id: 'view' },
    resource: { type: 'Doc', id: 'd' },
    context: { risk: 9 },
  });
  assert.equal(explanation.decision, 'deny', condition);
  return explanation.misses[0]?.changes.map(({ message }) => message) ?? [];
}

test('an attribute or tag gets only what its declaration allows, and an undeclared one nothing', async () => {
  const declared = await schema();
  const told: Readonly<Record<string, readonly string[]>> = {
    'principal has nick': ['`principal.nick` present (it is missing)'],
    'principal has title': [],
    'principal has home.city': ['`principal.home.city` present (it is missing)'],
    'principal has home.street': [],
    '!(principal has level)': [],
    'principal.level == "high"': [],
    'principal.hasTag("x") && principal.getTag("x") == "y"': ['`principal.getTag("x")` being `"y"` (it is missing)'],
    'principal.hasTag("x") && principal.getTag("x") == 1': [],
    'resource.hasTag("x")': [],
    'context has ticket': ['`context.ticket` present (it is missing)'],
    'context has code': [],
    '!(context has risk)': [],
    'context.risk < 5': ['`context.risk` below `5` (it is `9`)'],
    'principal in Group::"g"': ['`User::"a"` in `Group::"g"`'],
    'resource in Group::"g"': [],
    'principal in User::"b"': [],
    'resource.owner == principal': [
      '`resource.owner` being `User::"a"` (it is `User::"b"`)',
      '`principal` being `User::"b"` (it is `User::"a"`)',
    ],
  };
  for (const [condition, wanted] of Object.entries(told)) {
    assert.deepEqual(await changes(declared, condition), wanted, condition);
  }
});
