import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type EntityJson as WasmEntity, isAuthorized } from '@cedar-policy/cedar-wasm/nodejs';
import fc from 'fast-check';
import { type EntityUid, formatUid } from '../entity-uid.ts';
import { type EntityJson, EntityStore } from './entity-store.ts';

const NAMES = ['', 'a', 'b', 'c', 'd', '__proto__', 'constructor', 'toString', 'é"\\'];
const anyUid: fc.Arbitrary<EntityUid> = fc.record({
  type: fc.constantFrom('A', '__proto__'),
  id: fc.constantFrom(...NAMES),
});

type Given = { readonly uid: EntityUid; readonly parents: readonly EntityUid[]; readonly friend: EntityUid };
type Step =
  | { readonly kind: 'put'; readonly entities: readonly Given[] }
  | { readonly kind: 'remove'; readonly uids: readonly EntityUid[] }
  | { readonly kind: 'intern'; readonly uid: EntityUid };

const anyGiven: fc.Arbitrary<Given> = fc.record({
  uid: anyUid,
  parents: fc.array(anyUid, { maxLength: 3 }),
  friend: anyUid,
});
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .uniqueArray(anyGiven, { minLength: 1, maxLength: 4, selector: ({ uid }) => formatUid(uid) })
      .map((entities): Step => ({ kind: 'put', entities })),
  },
  { weight: 3, arbitrary: fc.array(anyUid, { maxLength: 3 }).map((uids): Step => ({ kind: 'remove', uids })) },
  { weight: 1, arbitrary: anyUid.map((uid): Step => ({ kind: 'intern', uid })) },
);
const anySteps = fc.array(anyStep, { minLength: 1, maxLength: 30, size: 'max' });

/** What a store should be after some steps, with nothing kept that can be computed. */
class Model {
  #given = new Map<string, Given>();
  readonly #interned = new Set<string>();

  /** False when the step is to be refused. */
  apply(step: Step): boolean {
    switch (step.kind) {
      case 'intern':
        this.#interned.add(formatUid(step.uid));
        return true;
      case 'remove':
        for (const uid of step.uids) this.#given.delete(formatUid(uid));
        return true;
      case 'put': {
        const before = new Map(this.#given);
        for (const entity of step.entities) this.#given.set(formatUid(entity.uid), entity);
        if (![...this.#given.keys()].some((name) => this.ancestors(name).has(name))) return true;
        this.#given = before;
        return false;
      }
    }
  }

  get names(): readonly string[] {
    return [...this.#given.keys()];
  }

  known(): ReadonlySet<string> {
    const spoken = [...this.#given.values()].flatMap(({ parents, friend }) => [...parents, friend]);
    return new Set([...this.names, ...spoken.map(formatUid), ...this.#interned]);
  }

  ancestors(name: string): ReadonlySet<string> {
    const found = new Set<string>();
    const queue = [name];
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      for (const parent of this.#given.get(next)?.parents.map(formatUid) ?? []) {
        if (!found.has(parent)) queue.push(parent);
        found.add(parent);
      }
    }
    return found;
  }
}

function jsonOf({ uid, parents, friend }: Given): EntityJson {
  return { uid, attrs: { friends: [{ __entity: friend }] }, parents };
}

function take(store: EntityStore, step: Step): boolean {
  switch (step.kind) {
    case 'put':
      return store.put(step.entities.map(jsonOf)).ok;
    case 'remove':
      store.remove(step.uids);
      return true;
    case 'intern':
      store.intern(step.uid);
      return true;
  }
}

/** All that is known, existing or not, by name: its ancestors, sorted. */
function ancestorsIn(store: EntityStore): Map<string, readonly string[]> {
  const entities = [...store.types()].flatMap((type) => [...type.entities.values()]);
  const nameOf = ({ type, id }: (typeof entities)[number]): string => formatUid({ type: type.name, id });
  const names = new Map(entities.map((entity) => [entity.ordinal, nameOf(entity)]));
  assert.equal(names.size, entities.length, 'two entities have one ordinal');
  return new Map(
    entities.map((entity) => [nameOf(entity), [...entity.ancestors].map((ordinal) => names.get(ordinal) ?? '').sort()]),
  );
}

test('after any changes the store is what computing it all again makes it', () => {
  fc.assert(
    fc.property(anySteps, (steps) => {
      const [store, model] = [new EntityStore(), new Model()];
      for (const step of steps) {
        const [version, before] = [store.hierarchyVersion, ancestorsIn(store)];
        assert.equal(take(store, step), model.apply(step));
        const after = ancestorsIn(store);
        assert.deepEqual(new Set(after.keys()), model.known());
        for (const [name, ancestors] of after) assert.deepEqual(ancestors, [...model.ancestors(name)].sort());
        assert.equal(store.size, model.names.length);
        assert.equal(store.knownSize, after.size);
        const changed = [...after].some(([name, ancestors]) => ancestors.join() !== (before.get(name) ?? []).join());
        if (changed) assert.ok(store.hierarchyVersion > version);
      }
    }),
    { numRuns: 300 },
  );
});

test('what a store says of itself makes an equal store', () => {
  fc.assert(
    fc.property(anySteps, (steps) => {
      const [store, copy] = [new EntityStore(), new EntityStore()];
      for (const step of steps) if (step.kind !== 'intern') take(store, step);
      const all = [...store.types()].flatMap(({ name }) => [...store.entitiesOf(name)]);
      assert.ok(copy.put(all.map((entity) => store.toJson(entity))).ok);
      assert.deepEqual(ancestorsIn(copy), ancestorsIn(store));
    }),
  );
});

test('who is in whom is what Cedar says of the same entities', () => {
  const everyone = ['A', '__proto__'].flatMap((type) => NAMES.map((id) => ({ type, id })));
  // Cedar's text has other escapes than JSON, but not for these names.
  const pairs = everyone.flatMap((child) => everyone.map((parent) => [formatUid(child), formatUid(parent)] as const));
  const policies = pairs.map(([child, parent], index) => [
    `p${index}`,
    `permit(principal, action, resource) when { ${child} in ${parent} };`,
  ]);
  fc.assert(
    fc.property(anySteps, (steps) => {
      const store = new EntityStore();
      for (const step of steps) take(store, step);
      const all = [...store.types()].flatMap(({ name }) => [...store.entitiesOf(name)]);
      const answer = isAuthorized({
        principal: { type: 'A', id: 'a' },
        action: { type: 'Action', id: 'a' },
        resource: { type: 'A', id: 'a' },
        context: {},
        policies: { staticPolicies: Object.fromEntries(policies) as Record<string, string> },
        entities: all.map((entity) => store.toJson(entity)) as WasmEntity[],
      });
      assert.ok(answer.type === 'success', JSON.stringify(answer));
      const satisfied = new Set(answer.response.diagnostics.reason);
      const ancestors = ancestorsIn(store);
      for (const [index, [child, parent]] of pairs.entries()) {
        const isIn = child === parent || (ancestors.get(child)?.includes(parent) ?? false);
        assert.equal(satisfied.has(`p${index}`), isIn, `${child} in ${parent}`);
      }
    }),
    { numRuns: 15 },
  );
});

test('whether Cedar refuses entities for a cycle, the store does, and no others', () => {
  const anyBatch = fc.uniqueArray(anyGiven, { minLength: 1, maxLength: 8, selector: ({ uid }) => formatUid(uid) });
  fc.assert(
    fc.property(anyBatch, (entities) => {
      const answer = isAuthorized({
        principal: { type: 'A', id: 'a' },
        action: { type: 'Action', id: 'a' },
        resource: { type: 'A', id: 'a' },
        context: {},
        policies: {},
        entities: entities.map(jsonOf) as WasmEntity[],
      });
      assert.equal(new EntityStore().put(entities.map(jsonOf)).ok, answer.type === 'success', JSON.stringify(answer));
    }),
  );
});
