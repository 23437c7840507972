import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Problem } from '../../../kernel/problem.ts';
import type { EntityUid } from '../entity-uid.ts';
import { MAX_ANCESTORS, MAX_PROBLEMS } from '../limits.ts';
import { loadCedarSchema } from '../schema/load-schema.ts';
import { type EntityJson, EntityStore } from './entity-store.ts';

function uid(type: string, id: string): EntityUid {
  return { type, id };
}

const user = (id: string): EntityUid => uid('User', id);
const group = (id: string): EntityUid => uid('Group', id);

function entity(of: EntityUid, parents: readonly EntityUid[] = [], attrs: unknown = {}): EntityJson {
  return { uid: of, attrs, parents };
}

function storeWith(...entities: readonly EntityJson[]): EntityStore {
  const store = new EntityStore();
  put(store, ...entities);
  return store;
}

function put(store: EntityStore, ...entities: readonly EntityJson[]): void {
  assert.deepEqual(store.put(entities), { ok: true, value: undefined });
}

/** The problems of a refused put, which must leave no trace. */
function refused(store: EntityStore, ...entities: readonly EntityJson[]): readonly Problem[] {
  const before = snapshot(store);
  const outcome = store.put(entities);
  assert.ok(!outcome.ok);
  assert.deepEqual(snapshot(store), before);
  return outcome.problem;
}

function snapshot(store: EntityStore): unknown {
  const types = [...store.types()];
  const { size, knownSize, hierarchyVersion } = store;
  const entities = types.flatMap(({ name }) =>
    store.entitiesOf(name).map((found) => [found.ordinal, new Set(found.ancestors), store.toJson(found)]),
  );
  return { types: types.map(({ name, ordinal }) => [name, ordinal]), size, knownSize, hierarchyVersion, entities };
}

function isIn(store: EntityStore, child: EntityUid, ancestor: EntityUid): boolean {
  const [a, b] = [store.get(child), store.type(ancestor.type)?.entities.get(ancestor.id)];
  assert.ok(a !== undefined && b !== undefined);
  return a.isIn(b);
}

test('an entity is there once it is put, and gone once it is removed', () => {
  const store = storeWith(entity(user('ada'), [], { level: 3 }));
  assert.deepEqual(store.toJson(store.intern(user('ada'))), entity(user('ada'), [], { level: 3 }));
  assert.equal(store.size, 1);
  assert.equal(store.remove([user('ada'), user('ada'), user('bob')]), 1);
  assert.equal(store.get(user('ada')), undefined);
  assert.equal(store.size, 0);
});

test('what a put does not name is empty, and a second put replaces all of the first', () => {
  const store = storeWith({ ...entity(user('ada'), [group('a')], { level: 3 }), tags: { team: 'x' } });
  put(store, { uid: user('ada') });
  assert.equal(store.size, 1);
  const ada = store.get(user('ada'));
  assert.ok(ada !== undefined);
  assert.deepEqual(store.toJson(ada), entity(user('ada')));
  assert.equal(ada.ancestors.size, 0);
});

test('ancestors are reached through every parent, in whatever order the entities come', () => {
  const store = storeWith(entity(user('ada'), [group('a'), group('b'), group('a')]));
  assert.ok(isIn(store, user('ada'), group('b')), 'a parent need not exist');
  put(store, entity(group('a'), [group('c')]));
  put(store, entity(group('c'), [group('d')]));
  assert.ok(isIn(store, user('ada'), group('d')));
  assert.ok(!isIn(store, group('c'), group('b')));
  put(store, entity(group('a')));
  assert.ok(!isIn(store, user('ada'), group('d')), 'replacing the parents of a parent is seen below');
});

test('a removed entity is still the parent that it was, and leads no further', () => {
  const store = storeWith(entity(user('ada'), [group('a')]), entity(group('a'), [group('b')]));
  assert.ok(isIn(store, user('ada'), group('b')));
  store.remove([group('a')]);
  assert.ok(isIn(store, user('ada'), group('a')));
  assert.equal(store.type('Group')?.entities.get('b'), undefined);
  put(store, entity(group('a'), [group('b')]));
  assert.ok(isIn(store, user('ada'), group('b')));
});

test('entities with the same parents share one table of ancestors', () => {
  const store = storeWith(
    entity(user('ada'), [group('a'), group('b')]),
    entity(user('bob'), [group('b'), group('a'), group('b')]),
    entity(user('cyd'), [group('a')]),
    entity(user('dee'), [group('a')]),
  );
  const tables = ['ada', 'bob', 'cyd', 'dee'].map((id) => store.get(user(id))?.ancestors);
  assert.equal(tables[0], tables[1]);
  assert.equal(tables[2], tables[3]);
  assert.notEqual(tables[0], tables[2]);
});

test('a cycle is refused and spelled out', () => {
  const store = storeWith(entity(group('a'), [group('b')]), entity(group('b'), [group('c')]));
  assert.deepEqual(refused(store, entity(user('x')), entity(group('c'), [user('x'), group('a')])), [
    {
      code: 'cedar/entity-cycle',
      message: '`Group::"a"` would be in itself: `Group::"a"` is in `Group::"b"` is in `Group::"c"` is in `Group::"a"`',
      hint: 'take one of these parents away',
    },
  ]);
  const [self] = refused(store, entity(user('x'), [user('x')]));
  assert.match(self?.message ?? '', /^`User::"x"` would be in itself/u);
  const [batch] = refused(store, entity(user('x'), [user('y')]), entity(user('y'), [user('x')]));
  assert.equal(batch?.code, 'cedar/entity-cycle');
  put(store, entity(group('b')), entity(group('c'), [group('a')]));
});

test('a cycle of any length is told in a message of bounded length', () => {
  const length = 2000;
  const ring = Array.from({ length }, (_, index) => entity(group(`${index}`), [group(`${(index + 1) % length}`)]));
  const [problem] = refused(new EntityStore(), ...ring);
  assert.match(problem?.message ?? '', /1991 more/u);
  assert.ok((problem?.message.length ?? 0) < 500);
});

test('a long chain is neither a cycle nor deep on the stack, in any order', () => {
  const length = 1500;
  const chain = Array.from({ length }, (_, index) => entity(group(`${index}`), [group(`${index + 1}`)]));
  for (const entities of [chain, chain.toReversed()]) {
    const store = storeWith(...entities);
    assert.equal(store.get(group('0'))?.ancestors.size, length);
    put(store, entity(group('700')));
    assert.equal(store.get(group('0'))?.ancestors.size, 700);
  }
});

test('an entity in more entities than the limit is refused, also when it is not the one that was put', () => {
  const many = Array.from({ length: MAX_ANCESTORS }, (_, index) => group(`${index}`));
  const store = storeWith(entity(user('ada'), [group('all')]), entity(group('all'), many.slice(1)));
  assert.equal(store.get(user('ada'))?.ancestors.size, MAX_ANCESTORS);
  const [problem] = refused(store, entity(group('all'), many));
  assert.equal(problem?.code, 'cedar/too-many-ancestors');
  assert.match(problem?.message ?? '', /^`User::"ada"` would be in 4097 entities, and 4096 are the most$/u);
});

test('one bad entity refuses all of them, with every problem up to a hundred', () => {
  const store = storeWith(entity(user('ada'), [group('a')], { friend: { __entity: user('bob') } }));
  const codes = (problems: readonly Problem[]): readonly string[] => problems.map(({ code }) => code);
  const good = entity(user('ada'), [group('new')], { friend: { __entity: user('cyd') } });
  assert.deepEqual(
    codes(
      refused(
        store,
        good,
        { uid: 'User::"x"' },
        entity(user('x'), [], { level: 1.5 }),
        entity(user('\ud800')),
        entity(user('y'), [], { '\udfff': 1 }),
        entity(user('z'), [uid('not a type', 'x')]),
        entity(user('ada'), [group('other')]),
        null as unknown as EntityJson,
      ),
    ),
    [
      'cedar/type-mismatch',
      'cedar/not-an-integer',
      'cedar/bad-text',
      'cedar/bad-text',
      'cedar/bad-reference',
      'cedar/duplicate-entity',
      'cedar/bad-entity',
    ],
  );
  const bad = Array.from({ length: 1000 }, () => entity(user('x'), [], { level: null }));
  assert.equal(refused(store, ...bad).length, MAX_PROBLEMS);
});

test('an entity may be given twice when it is the same, as Cedar takes it', () => {
  const store = storeWith(
    entity(user('ada'), [group('a'), group('b')], { set: [1, 2], level: 1 }),
    entity(user('ada'), [group('b'), group('a')], { level: 1, set: [2, 1, 1] }),
  );
  assert.equal(store.size, 1);
});

test('a misspelt field is not silently nothing', () => {
  const [problem] = refused(new EntityStore(), { uid: user('ada'), attrs: {}, parent: [] } as EntityJson);
  assert.deepEqual(problem, {
    code: 'cedar/bad-entity',
    message: '`User::"ada"` lacks `parents`, and has the unknown field `parent`',
    hint: 'maybe `parents` was meant',
  });
  put(new EntityStore(), { ...entity(user('ada')), comment: 'as Cedar ignores it' } as EntityJson);
});

test('names of prototypes are names like any other', () => {
  const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', ''];
  const attrs = JSON.parse('{"__proto__": 1, "constructor": 2, "toString": {"__proto__": 3}}') as unknown;
  const store = new EntityStore();
  for (const name of names) assert.equal(store.get(user(name)), undefined);
  for (const name of names) put(store, entity(user(name), [group(name)], attrs), entity(uid('__proto__', name)));
  for (const name of names) {
    const found = store.get(user(name));
    assert.ok(found !== undefined);
    assert.deepEqual(JSON.parse(JSON.stringify(store.toJson(found))), entity(user(name), [group(name)], attrs));
    assert.ok(isIn(store, user(name), group(name)));
  }
  assert.equal(store.size, 2 * names.length);
  assert.equal(store.type('constructor'), undefined);
});

test('what is only spoken of is known, does not exist, and is forgotten with the last mention', () => {
  const store = storeWith(
    {
      ...entity(user('ada'), [group('a')], { boss: { __entity: user('bob') } }),
      tags: { t: [{ __entity: user('cyd') }] },
    },
    entity(user('dee'), [], { boss: { __entity: user('bob') }, deep: { er: { __entity: user('bob') } } }),
  );
  assert.equal(store.knownSize, 5);
  assert.equal(store.get(user('bob')), undefined);
  assert.equal(store.type('User')?.entities.get('bob')?.exists, false);
  assert.deepEqual(
    store
      .entitiesOf('User')
      .map(({ id }) => id)
      .sort(),
    ['ada', 'dee'],
  );
  store.remove([user('ada')]);
  assert.equal(store.knownSize, 2);
  assert.equal(store.type('Group'), undefined);
  put(store, entity(user('dee')));
  assert.equal(store.knownSize, 1);
});

test('what policies name stays one object for as long as the store', () => {
  const store = new EntityStore();
  const [ada, type] = [store.intern(user('ada')), store.internType('Photo')];
  const { ordinal } = ada;
  put(store, entity(user('ada')), entity(uid('Photo', 'p')));
  assert.equal(store.get(user('ada')), ada);
  store.remove([user('ada'), uid('Photo', 'p')]);
  assert.equal(store.type('User')?.entities.get('ada'), ada);
  assert.equal(ada.ordinal, ordinal);
  assert.equal(store.type('Photo'), type);
  assert.equal(store.knownSize, 1);
});

test('the version grows when ancestors change, and only then', () => {
  const store = storeWith(entity(group('a')), entity(user('ada'), [group('a')]));
  const grows = (change: () => void): boolean => {
    const before = store.hierarchyVersion;
    change();
    return store.hierarchyVersion > before;
  };
  assert.ok(!grows(() => put(store, entity(user('ada'), [group('a')], { level: 1 }))));
  assert.ok(!grows(() => put(store, entity(user('bob')))));
  assert.ok(grows(() => put(store, entity(group('a'), [group('b')]))));
  assert.ok(grows(() => store.remove([group('a')])));
  assert.ok(!grows(() => store.remove([group('a'), user('bob')])));
});

test('endless coming and going of distinct entities and types leaves nothing behind', () => {
  const store = storeWith(entity(group('kept')));
  const batch = 1000;
  let largest = 0;
  for (let round = 0; round < 200; round += 1) {
    const names = Array.from({ length: batch }, (_, index) => `${round}-${index}`);
    const [boss, type] = [{ __entity: uid(`Boss${round % 7}`, `${round}`) }, `User${round}`];
    put(store, ...names.map((name) => entity(uid(type, name), [group('kept'), group(`${round}`)], { boss })));
    for (const found of [...store.entitiesOf(type)]) largest = Math.max(largest, found.ordinal);
    assert.equal(store.remove(names.map((name) => uid(type, name))), batch);
    assert.equal(store.knownSize, 1);
    assert.equal([...store.types()].length, 1);
  }
  assert.ok(largest <= batch + 3, `ordinals grew to ${largest}`);
});

test('an ordinal finds its entity, for as long as it exists', () => {
  const store = storeWith(entity(user('ada'), [group('a')]));
  const ada = store.get(user('ada'));
  assert.ok(ada !== undefined);
  assert.equal(store.entityByOrdinal(ada.ordinal), ada);
  assert.equal(store.entityByOrdinal(store.parentsOf(ada)[0]?.ordinal ?? 0), undefined);
  store.remove([user('ada')]);
  for (const ordinal of [0, -1, ada.ordinal, 1000]) assert.equal(store.entityByOrdinal(ordinal), undefined);
});

const SCHEMA = `
  entity User in [Group] { level: Long, address?: ipaddr } tags String;
  entity Group in [Group];
  entity Color enum ["red", "blue"];
  action read, edit in [write];
  action write in [all];
  action all;
  action view appliesTo { principal: User, resource: Group };
`;

async function storeWithSchema(): Promise<EntityStore> {
  const schema = await loadCedarSchema(SCHEMA);
  assert.ok(schema.ok, JSON.stringify(schema));
  return new EntityStore({ schema: schema.value });
}

test('with a schema its actions are there from the start, in their groups, and stay as they are', async () => {
  const store = await storeWithSchema();
  const action = (id: string): EntityUid => uid('Action', id);
  assert.equal(store.size, 5);
  assert.ok(isIn(store, action('edit'), action('all')));
  assert.equal(store.remove([action('edit')]), 0);
  put(store, entity(action('edit'), [action('write')]), entity(action('read'), [action('write'), action('all')]));
  assert.ok(isIn(store, action('edit'), action('all')));
  for (const changed of [
    entity(action('edit')),
    entity(action('edit'), [action('write'), action('view')]),
    entity(action('edit'), [action('write')], { level: 1 }),
  ]) {
    assert.equal(refused(store, changed)[0]?.code, 'cedar/action-mismatch');
  }
  assert.equal(refused(store, entity(action('none')))[0]?.code, 'cedar/undeclared-action');
});

test('with a schema entities are read by its types, and refused where they differ', async () => {
  const store = await storeWithSchema();
  put(store, { ...entity(user('ada'), [group('a')], { level: 1, address: '10.0.0.1' }), tags: { team: 'x' } });
  const ada = store.get(user('ada'));
  assert.ok(ada !== undefined);
  assert.deepEqual(store.toJson(ada).attrs, { address: { __extn: { fn: 'ip', arg: '10.0.0.1' } }, level: 1 });
  for (const [bad, code] of [
    [entity(user('bob')), 'cedar/missing-attribute'],
    [entity(user('bob'), [], { level: 'high' }), 'cedar/type-mismatch'],
    [entity(user('bob'), [user('ada')], { level: 1 }), 'cedar/bad-parent'],
    [{ ...entity(group('a')), tags: { team: 'x' } }, 'cedar/undeclared-tag'],
    [entity(uid('Userr', 'bob')), 'cedar/unknown-entity-type'],
    [entity(uid('Color', 'green')), 'cedar/undeclared-entity'],
  ] as const) {
    assert.equal(refused(store, bad)[0]?.code, code);
  }
});
