/** Where a Cedar policy set speaks: by the actions and resources of scopes, and by the groups that these name. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { parsePolicies } from '../policy/cedar/parse/parse-policies.ts';
import { loadCedarSchema } from '../policy/cedar/schema/load-schema.ts';
import { EntityStore } from '../policy/cedar/store/entity-store.ts';
import { type Concern, concerns } from './cedar-concern.ts';

function concernOf(text: string, entities: EntityStore = new EntityStore()): (action: string, type: string) => Concern {
  const parsed = parsePolicies({ policies: text });
  assert.ok(parsed.ok);
  const of = concerns(parsed.value.policies, entities);
  return (action, type) => of({ type: 'Action', id: action }, type);
}

test('each form of an action in a scope admits what it names', () => {
  const any = concernOf('permit (principal, action, resource);');
  assert.equal(any('whatever', 'Thing'), 'permit');
  const one = concernOf('permit (principal, action == Action::"read", resource);');
  assert.deepEqual([one('read', 'Thing'), one('write', 'Thing')], ['permit', 'none']);
  const several = concernOf('permit (principal, action in [Action::"read", Action::"write"], resource);');
  assert.deepEqual([several('read', 'T'), several('write', 'T'), several('drop', 'T')], ['permit', 'permit', 'none']);
});

test('an action is in the groups that the entities put it in', () => {
  const entities = new EntityStore();
  const action = (id: string): object => ({ type: 'Action', id });
  entities.put([{ uid: action('read'), parents: [action('all')] }]);
  const grouped = concernOf('permit (principal, action in Action::"all", resource);', entities);
  assert.deepEqual([grouped('read', 'T'), grouped('all', 'T'), grouped('write', 'T')], ['permit', 'permit', 'none']);
});

test('each form of a resource in a scope admits its types', () => {
  const is = concernOf('permit (principal, action, resource is Order);');
  assert.deepEqual([is('a', 'Order'), is('a', 'Page')], ['permit', 'none']);
  const equal = concernOf('permit (principal, action, resource == Order::"1");');
  assert.deepEqual([equal('a', 'Order'), equal('a', 'Page')], ['permit', 'none']);
  const isIn = concernOf('permit (principal, action, resource is Order in Folder::"f");');
  assert.deepEqual([isIn('a', 'Order'), isIn('a', 'Folder')], ['permit', 'none']);
});

test('a group of resources stands for the types of its members, as the entities are', () => {
  const entities = new EntityStore();
  entities.put([
    { uid: { type: 'Page', id: 'p' }, parents: [{ type: 'Folder', id: 'inner' }] },
    { uid: { type: 'Folder', id: 'inner' }, parents: [{ type: 'Folder', id: 'f' }] },
    { uid: { type: 'Image', id: 'i' }, parents: [{ type: 'Folder', id: 'other' }] },
  ]);
  const of = concernOf('permit (principal, action, resource in Folder::"f");', entities);
  assert.deepEqual([of('a', 'Folder'), of('a', 'Page'), of('a', 'Image')], ['permit', 'permit', 'none']);
});

test('with a schema a group stands for the types that the schema lets into it', async () => {
  const schema = await loadCedarSchema(`entity Folder in [Folder]; entity Page in [Folder]; entity Image; entity User;
    action a appliesTo { principal: User, resource: [Page, Image, Folder] };`);
  assert.ok(schema.ok);
  const store = new EntityStore({ schema: schema.value });
  const of = concernOf('permit (principal, action, resource in Folder::"f");', store);
  assert.deepEqual([of('a', 'Folder'), of('a', 'Page'), of('a', 'Image')], ['permit', 'permit', 'none']);
});

test('a forbid alone is no reason to speak', () => {
  const of = concernOf('forbid (principal, action, resource); permit (principal, action, resource is Order);');
  assert.deepEqual([of('a', 'Order'), of('a', 'Page')], ['permit', 'forbid']);
});
