/** Memberships assumed to be otherwise, against stores in which they are. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { EntityStore } from '../store/entity-store.ts';
import type { Entity } from '../value.ts';
import { type Hierarchy, withoutAncestor, withParent } from './membership.ts';

const COUNT = 7;
const ids = Array.from({ length: COUNT }, (_, index) => index);

/** For each entity its parents, which come after it: no cycle. */
type Parents = readonly (readonly number[])[];
const hierarchies: fc.Arbitrary<Parents> = fc.tuple(...ids.map((id) => fc.subarray(ids.slice(id + 1))));
const entityIds = fc.constantFrom(...ids);

function storeOf(parents: Parents): EntityStore {
  const uid = (id: number): object => ({ type: 'Group', id: String(id) });
  const store = new EntityStore();
  const put = store.put(parents.map((above, id) => ({ uid: uid(id), parents: above.map(uid) })));
  assert.ok(put.ok);
  return store;
}

function entity(store: EntityStore, id: number): Entity {
  return store.get({ type: 'Group', id: String(id) }) ?? assert.fail(`there is no ${id}`);
}

function assertLike(isIn: (one: Entity, other: Entity) => boolean, assumed: EntityStore, real: EntityStore): void {
  for (const one of ids) {
    for (const other of ids) {
      const is = entity(real, one).isIn(entity(real, other));
      assert.equal(isIn(entity(assumed, one), entity(assumed, other)), is, `${one} in ${other}`);
    }
  }
}

test('an assumed parent is as a real one, and a cycle is not assumed', () => {
  fc.assert(
    fc.property(hierarchies, entityIds, entityIds, (parents, child, parent) => {
      const store = storeOf(parents);
      const membership = withParent(entity(store, child), entity(store, parent), store);
      assert.equal(membership === undefined, entity(store, parent).isIn(entity(store, child)));
      if (membership === undefined) return;
      assertLike(
        membership.isIn,
        store,
        storeOf(parents.map((above, id) => (id === child ? [...above, parent] : above))),
      );
    }),
  );
});

test('an assumed way out is as the one parent gone, and where it takes two there is none', () => {
  fc.assert(
    fc.property(hierarchies, entityIds, entityIds, (parents, child, ancestor) => {
      const store = storeOf(parents);
      const ways = (parents[child] ?? []).filter((parent) => entity(store, parent).isIn(entity(store, ancestor)));
      const left = withoutAncestor(entity(store, child), entity(store, ancestor), store);
      assert.equal(left !== undefined, child !== ancestor && ways.length === 1);
      if (left === undefined) return;
      assert.equal(left.parent, entity(store, ways[0] ?? -1));
      const others = parents.map((above, id) => (id === child ? above.filter((parent) => parent !== ways[0]) : above));
      assertLike(left.membership.isIn, store, storeOf(others));
    }),
  );
});

test('actions stay where the schema put them, and what a schema does not allow is not assumed', () => {
  const store = new EntityStore();
  const [view, all] = [store.intern({ type: 'Action', id: 'view' }), store.intern({ type: 'Action', id: 'all' })];
  assert.equal(withParent(view, all, store), undefined);
  assert.equal(withoutAncestor(view, all, store), undefined);
  const [alice, staff] = [store.intern({ type: 'User', id: 'a' }), store.intern({ type: 'Group', id: 's' })];
  assert.ok(withParent(alice, staff, store));
  const shape = { kind: 'Record', attributes: new Map() } as const;
  const schemaOf = (ancestors: readonly string[]): Hierarchy => ({
    parentsOf: () => [],
    schema: {
      entityTypes: new Map([['User', { name: 'User', ancestorTypes: new Set(ancestors), shape }]]),
      actions: new Map(),
      actionOf: () => undefined,
      source: {},
    },
  });
  assert.ok(withParent(alice, staff, schemaOf(['Group'])));
  assert.equal(withParent(alice, staff, schemaOf(['Team'])), undefined);
});
