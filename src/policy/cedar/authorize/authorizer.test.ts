import assert from 'node:assert/strict';
import { test } from 'node:test';

import { compileCedar } from '../compile.ts';
import { EntityStore } from '../store/entity-store.ts';

const alice = { type: 'User', id: 'alice' };
const REQUEST = { principal: alice, action: { type: 'Action', id: 'view' }, resource: { type: 'Photo', id: 'cat' } };

test('entities and whole types that come and go between requests are seen as they are', async () => {
  const entities = new EntityStore();
  const set = await compileCedar({
    policies: 'permit(principal, action, resource) when { principal.admin };',
    entities,
  });
  assert.ok(set.ok);
  for (const admin of [true, false, true]) {
    assert.ok(
      entities.put([{ uid: alice, attrs: { admin }, parents: [] }, { uid: REQUEST.resource }, { uid: REQUEST.action }])
        .ok,
    );
    assert.equal(set.value.decide(REQUEST), admin ? 'allow' : 'deny');
    entities.remove([alice, REQUEST.resource, REQUEST.action]);
    assert.equal(entities.type('User'), undefined, 'the last entity of a type that nothing names takes it along');
    assert.equal(set.value.decide(REQUEST), 'deny');
  }
});

test('requests whose types alternate find each its own entity', async () => {
  const entities = new EntityStore();
  const bot = { type: 'Bot', id: 'alice' };
  entities.put([
    { uid: alice, attrs: { admin: true } },
    { uid: bot, attrs: { admin: false } },
  ]);
  const set = await compileCedar({
    policies: 'permit(principal, action, resource) when { principal.admin };',
    entities,
  });
  assert.ok(set.ok);
  for (const [principal, wanted] of [
    [alice, 'allow'],
    [bot, 'deny'],
    [alice, 'allow'],
    [bot, 'deny'],
  ] as const) {
    assert.equal(set.value.decide({ ...REQUEST, principal }), wanted);
  }
});
