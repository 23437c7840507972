/** The least levels of the tables are what the crate `cedar-policy` 4.13.0 says (`Validator::validate_with_level`). */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { parsePolicies } from '../parse/parse-policies.ts';
import { loadCedarSchema } from './load-schema.ts';
import { validateCedar } from './validate.ts';
import { validateLevel } from './validate-level.ts';

const loaded = await loadCedarSchema(`
  entity Org;
  entity Dept in [Org] { head: User, meta: { chief: User } };
  entity User in [Dept] {
    manager: User, opt?: User, flag: Bool, name: String, profile: { boss: User, o?: { u: User } }
  } tags User;
  entity Admin { user: User };
  entity Doc { owner: User, acl: { reader: User, dept?: Dept } };
  action readers;
  action view in [readers] appliesTo {
    principal: [User, Admin], resource: Doc, context: { u: User, r: { d: Dept } }
  };
`);
assert.ok(loaded.ok);
const schema = loaded.value;

/** How deep we look for the least level. */
const DEEPEST = 6;

/** Undefined when no level is enough. */
async function leastLevel(text: string): Promise<number | undefined> {
  const parsed = parsePolicies({ policies: text });
  assert.ok(parsed.ok, JSON.stringify(parsed));
  assert.deepEqual((await validateCedar(parsed.value, schema)).errors, []);
  const levels = Array.from({ length: DEEPEST }, (_, level) => validateLevel(parsed.value, schema, level).length === 0);
  const least = levels.indexOf(true);
  assert.ok(least === -1 || levels.slice(least).every(Boolean), text);
  return least === -1 ? undefined : least;
}

const SCOPES: readonly (readonly [least: number, policy: string])[] = [
  [0, 'permit(principal, action, resource);'],
  [0, 'permit(principal == User::"a", action == Action::"view", resource == Doc::"d");'],
  [1, 'permit(principal in Dept::"d", action, resource);'],
  [1, 'permit(principal is User in Dept::"d", action, resource);'],
  [0, 'permit(principal is Doc in Dept::"d", action, resource);'],
  [1, 'permit(principal, action in [Action::"readers"], resource);'],
  [1, 'permit(principal in ?principal, action, resource);'],
  [0, 'permit(principal == ?principal, action, resource == ?resource);'],
];

test('a scope needs the data of an entity where it asks what the entity is in', async () => {
  for (const [least, policy] of SCOPES) assert.equal(await leastLevel(policy), least, policy);
});

const CONDITIONS: readonly (readonly [least: number | undefined, condition: string])[] = [
  [1, 'resource.owner == principal'],
  [0, 'context.u == principal'],
  [0, 'context.r.d == Dept::"d"'],
  [1, 'resource has owner'],
  [0, 'context has u'],
  [2, 'resource.owner.flag'],
  [3, 'resource.owner.manager.flag'],
  [3, 'context.u.manager.manager.flag'],
  [2, 'context.r.d.meta.chief.flag'],
  [2, 'resource.acl.reader.flag'],
  [2, 'resource.owner in context.r.d'],
  [2, 'context.u in resource.owner.manager'],
  [1, 'context.u is User in Dept::"d"'],
  [0, 'context.u is Admin in Dept::"d"'],
  [undefined, 'User::"a".flag'],
  [1, 'Action::"view" in Action::"readers"'],
  [undefined, 'User::"a" in Dept::"d"'],
  [2, 'context.u has opt && context.u.opt.flag'],
  [2, 'context.u has opt.opt'],
  [2, 'context.u has profile.o.u.flag'],
  [3, 'resource has acl.dept.head.flag'],
  [2, 'context has r.d.head.flag'],
  [1, 'context.r has d.meta.chief'],
  [2, 'context.r has d.head.nothing.more'],
  [1, 'context.u.hasTag("k")'],
  [2, 'context.u.hasTag("k") && context.u.getTag("k").flag'],
  [3, 'context.u.hasTag(resource.owner.manager.name)'],
  [2, '(if context.u.flag then context.u else resource.owner).flag'],
  [2, '(if principal is User then context.u else resource.owner).flag'],
  [4, '{x: context.u, y: resource.owner.manager.manager.flag}.x.flag'],
  [2, '{x: {k: resource.owner}}.x.k.flag'],
  [2, '{x: context.u} has x.manager.flag'],
  [2, '[resource.owner.manager, context.u].contains(context.u)'],
  [3, 'resource.owner.manager.name like "a*"'],
  [3, 'principal is Admin && principal.user.manager.flag'],
  [0, 'principal is Doc && principal.owner.owner.owner'],
  [0, 'action == Action::"readers" && resource.owner.manager.manager.flag'],
  [0, 'false && resource.owner.manager.flag'],
  [0, 'true || resource.owner.manager.flag'],
  [3, '!(resource.owner.flag) || context.u.name == resource.owner.manager.name'],
  [0, '{a: true}.a || resource.owner.manager.flag'],
  [3, '(context has u && context.u has opt) || context.u has opt.manager.flag'],
  [0, 'context has nothing && resource.owner.manager.flag'],
  [2, 'action has nothing || resource.owner.flag'],
  [0, 'if context has u then true else resource.owner.manager.manager.flag'],
];

test('a condition needs one level for each entity that it goes through, where it can be reached at all', async () => {
  for (const [least, condition] of CONDITIONS) {
    const policy = `permit(principal, action, resource) when { ${condition} };`;
    assert.equal(await leastLevel(policy), least, condition);
  }
});

test('a problem stands at the place that goes too deep, once for all environments', () => {
  const text = 'permit(principal, action, resource) when { resource.owner.manager.flag && User::"a".flag };';
  const parsed = parsePolicies({ policies: text });
  assert.ok(parsed.ok);
  const problems = validateLevel(parsed.value, schema, 1).map(({ code, message, at }) => {
    return `${code} ${at?.column}-${at?.endColumn} ${message}`;
  });
  assert.deepEqual(problems, [
    'cedar/level-exceeded 44-71 policy `policy0`: this needs the entities of level 3, and the level allowed is 1',
    'cedar/literal-dereference 75-84 policy `policy0`: the data of an entity that the policy names itself is at no level',
  ]);
});

test('a level is a whole number from 0', () => {
  for (const level of [-1, 0.5, Number.NaN, Infinity]) {
    assert.throws(() => validateLevel({ policies: [], templates: [] }, schema, level), RangeError);
  }
});
