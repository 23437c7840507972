/** Queries: exactly what `decide` allows, page by page, while entities come and go. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { type CedarPolicySet, compileCedar } from '../compile.ts';
import { type EntityUid, formatUid } from '../entity-uid.ts';
import { loadCedarSchema } from '../schema/load-schema.ts';
import type { EntityStore } from '../store/entity-store.ts';
import type { CedarQuery } from './cedar-query.ts';

const POLICIES = [
  'permit (principal in Group::"0", action == Action::"view", resource);',
  'permit (principal == User::"1", action, resource);',
  'permit (principal, action, resource == Doc::"2");',
  'permit (principal, action == Action::"edit", resource in Group::"1") when { resource.level < 3 };',
  'permit (principal is User, action, resource) when { principal.level > resource.level };',
  'permit (principal == User::"2", action == Action::"view", resource in Group::"0");',
  'permit (principal, action, resource) when { resource.owner == principal && context.n > 1 };',
  'forbid (principal in Group::"1", action, resource) unless { principal.level > 2 };',
  'forbid (principal, action == Action::"edit", resource) when { resource.locked };',
  'permit (principal == User::"missing", action, resource);',
];

const few = [0, 1, 2, 3, 4];
const level = fc.nat({ max: 4 });
type Person = {
  readonly type: string;
  readonly id: number;
  readonly level: number;
  readonly groups: readonly number[];
};
const person: fc.Arbitrary<Person> = fc.record({
  type: fc.constantFrom('User', 'Doc'),
  id: fc.constantFrom(...few),
  level,
  groups: fc.subarray([0, 1]),
});
const people = fc.uniqueArray(person, { selector: ({ type, id }) => `${type}${id}`, maxLength: 10 });

function put(store: EntityStore, entities: readonly Person[]): void {
  const result = store.put(
    entities.map(({ type, id, level: attribute, groups }) => ({
      uid: { type, id: String(id) },
      attrs: {
        level: attribute,
        owner: { __entity: { type: 'User', id: String(attribute) } },
        ...(attribute === 3 ? { locked: true } : {}),
      },
      parents: groups.map((group) => ({ type: 'Group', id: String(group) })),
    })),
  );
  assert.ok(result.ok);
}

const user = (id: number): EntityUid => ({ type: 'User', id: String(id) });
const doc = (id: number): EntityUid => ({ type: 'Doc', id: String(id) });
const ACTIONS: readonly EntityUid[] = ['view', 'edit'].map((id) => ({ type: 'Action', id }));

const fixed = fc.record({
  principal: fc.constantFrom(...few.map(user)),
  action: fc.constantFrom(...ACTIONS, { type: 'Action', id: 'unknown' }),
  resource: fc.constantFrom(...few.map(doc)),
  context: fc.record({ n: fc.nat({ max: 3 }) }),
});

const find = fc.constantFrom('principal', 'action', 'resource');

const question: fc.Arbitrary<CedarQuery> = fc
  .tuple(find, fixed)
  .map(([sought, { principal, action, resource, context }]): CedarQuery => {
    if (sought === 'principal') return { find: 'principal', type: 'User', action, resource, context };
    if (sought === 'resource') return { find: 'resource', type: 'Doc', principal, action, context };
    return { find: 'action', principal, resource, context };
  });

/** By asking `decide` about each. */
function bruteForce(set: CedarPolicySet, query: CedarQuery): string[] {
  const { context = {} } = query;
  const existing = (type: string): EntityUid[] =>
    few.map((id) => ({ type, id: String(id) })).filter((uid) => set.entities.get(uid));
  const allowed = (principal: EntityUid, action: EntityUid, resource: EntityUid): boolean =>
    set.decide({ principal, action, resource, context }) === 'allow';
  switch (query.find) {
    case 'principal':
      return existing('User')
        .filter((uid) => allowed(uid, query.action, query.resource))
        .map(formatUid);
    case 'resource':
      return existing('Doc')
        .filter((uid) => allowed(query.principal, query.action, uid))
        .map(formatUid);
    case 'action':
      return ACTIONS.filter((uid) => allowed(query.principal, uid, query.resource)).map(formatUid);
  }
}

function page(set: CedarPolicySet, query: CedarQuery): { readonly names: string[]; readonly next: string | undefined } {
  const answer = set.query(query);
  if (!answer.ok) assert.fail(answer.problem.message);
  return { names: answer.value.entities.map(formatUid), next: answer.value.next };
}

async function compiled(policies: readonly string[], forbidErrors: 'skip' | 'deny' = 'skip'): Promise<CedarPolicySet> {
  // The actions are named by a policy in any case, so that they are known.
  const named = 'forbid (principal, action in [Action::"view", Action::"edit"], resource) when { false };';
  const set = await compileCedar({ policies: [...policies, named].join('\n'), forbidErrors });
  if (!set.ok) assert.fail(set.problem[0]?.message);
  return set.value;
}

const sets = fc.tuple(fc.subarray(POLICIES), fc.constantFrom('skip' as const, 'deny' as const));

test('all pages together are what decide allows, at any size of a page', async () => {
  await fc.assert(
    fc.asyncProperty(sets, people, question, async ([policies, forbidErrors], entities, query) => {
      const set = await compiled(policies, forbidErrors);
      put(set.entities, entities);
      const wanted = bruteForce(set, query).toSorted();
      assert.deepEqual(page(set, query), { names: page(set, { ...query, limit: 1000 }).names, next: undefined });
      for (const limit of [1, 2, 3]) {
        const found: string[] = [];
        let next: string | undefined;
        do {
          const part = page(set, { ...query, limit, ...(next === undefined ? {} : { after: next }) });
          assert.ok(part.names.length === limit || part.next === undefined);
          found.push(...part.names);
          next = part.next;
        } while (next !== undefined);
        assert.deepEqual(found.toSorted(), wanted);
      }
    }),
  );
});

test('while entities come and go between pages, what is there and allowed all the time is listed exactly once', async () => {
  let refused = 0;
  const change = fc.tuple(people, fc.subarray([...few.map(user), ...few.map(doc)]));
  await fc.assert(
    fc.asyncProperty(
      sets,
      people,
      question,
      fc.array(change, { maxLength: 4 }),
      async ([policies], entities, query, changes) => {
        const set = await compiled(policies);
        put(set.entities, entities);
        const rest = changes[Symbol.iterator]();
        const found: string[] = [];
        let always = new Set(bruteForce(set, query));
        let after: string | undefined;
        for (;;) {
          const answer = set.query({ ...query, limit: 1, ...(after === undefined ? {} : { after }) });
          if (!answer.ok) {
            // The entity of the cursor went, came again and is another one now.
            assert.equal(answer.problem.code, 'cedar/bad-cursor');
            refused += 1;
            return;
          }
          found.push(...answer.value.entities.map(formatUid));
          after = answer.value.next;
          if (after === undefined) break;
          const [added, removed] = rest.next().value ?? [[], []];
          set.entities.remove(removed);
          for (const uid of removed) always.delete(formatUid(uid));
          put(set.entities, added);
          always = always.intersection(new Set(bruteForce(set, query)));
        }
        for (const name of always) assert.equal(found.filter((other) => other === name).length, 1, name);
      },
    ),
  );
  assert.ok(refused < 20, `${refused} of 100 questions were not answered to their end`);
});

const QUERY = { find: 'principal', type: 'User', action: { type: 'Action', id: 'view' }, resource: doc(2) } as const;

test('a cursor that no page gave, or one to another question or store, is refused', async () => {
  const set = await compiled(POLICIES);
  put(
    set.entities,
    few.map((id) => ({ type: 'User', id, level: 1, groups: [] })),
  );
  const { next } = page(set, { ...QUERY, limit: 3 });
  assert.ok(next !== undefined);
  const refused = (query: CedarQuery, other: CedarPolicySet = set): void => {
    const answer = other.query(query);
    assert.ok(!answer.ok);
    assert.equal(answer.problem.code, 'cedar/bad-cursor');
  };
  for (const after of ['', '1', 'x-y-z', `${next}0`, `0${next}`, next.toUpperCase(), 7 as never])
    refused({ ...QUERY, after });
  refused({ ...QUERY, resource: doc(1), after: next });
  refused({ find: 'resource', type: 'User', action: QUERY.action, principal: doc(2), after: next });
  const elsewhere = await compiled(POLICIES);
  put(
    elsewhere.entities,
    few.map((id) => ({ type: 'User', id: 9 - id, level: 1, groups: [] })),
  );
  refused({ ...QUERY, after: next }, elsewhere);
  assert.ok(set.query({ ...QUERY, context: { n: 1 }, after: next }).ok);
});

test('a malformed question is refused, and not answered by nobody', async () => {
  const set = await compiled(POLICIES);
  const codeOf = (query: unknown): string => {
    const answer = set.query(query as CedarQuery);
    return answer.ok ? 'ok' : answer.problem.code;
  };
  assert.equal(codeOf({ ...QUERY, find: 'context' }), 'cedar/bad-query');
  assert.equal(codeOf({ ...QUERY, type: undefined }), 'cedar/bad-query');
  assert.equal(codeOf({ ...QUERY, resource: 'Doc' }), 'cedar/bad-query');
  for (const limit of [0, -1, 1.5, Number.NaN, 1e9, '5']) assert.equal(codeOf({ ...QUERY, limit }), 'cedar/bad-query');
  assert.equal(codeOf({ ...QUERY, attributes: { principal: { level: 9 } } }), 'cedar/bad-query');
  assert.equal(codeOf({ ...QUERY, context: { n: 1.5 } }), 'cedar/not-an-integer');
  assert.equal(codeOf({ ...QUERY, type: 'Nobody' }), 'ok');
});

test('attributes of what is given hold for the question', async () => {
  const set = await compiled(['permit (principal, action, resource) when { principal.level > resource.level };']);
  put(
    set.entities,
    few.map((id) => ({ type: 'User', id, level: id, groups: [] })),
  );
  const asked = { ...QUERY, resource: doc(9), attributes: { resource: { level: 2 } } };
  assert.deepEqual(page(set, asked).names, ['User::"3"', 'User::"4"']);
});

test('with a schema, only those are listed for whom the request is valid', async () => {
  const schema = await loadCedarSchema(`
    entity Group; entity User in [Group]; entity Robot; entity Doc; entity Size enum ["small", "large"];
    action view appliesTo { principal: [User, Size], resource: Doc, context: { n: Long } };
    action edit appliesTo { principal: [User, Robot], resource: Doc };`);
  assert.ok(schema.ok);
  const compiledSet = await compileCedar({ policies: 'permit (principal, action, resource);', schema: schema.value });
  assert.ok(compiledSet.ok);
  const set = compiledSet.value;
  const uids = [user(1), doc(1), { type: 'Robot', id: 'r' }, { type: 'Size', id: 'large' }];
  assert.ok(set.entities.put(uids.map((uid) => ({ uid }))).ok);
  const [view, edit] = ACTIONS as readonly [EntityUid, EntityUid];
  const ask = { find: 'principal', type: 'User', action: view, resource: doc(1) } as const;
  assert.deepEqual(page(set, { ...ask, context: { n: 1 } }).names, ['User::"1"']);
  assert.deepEqual(page(set, { ...ask, type: 'Size', context: { n: 1 } }).names, ['Size::"large"']);
  assert.deepEqual(page(set, { ...ask, type: 'Robot', action: edit }).names, ['Robot::"r"']);
  for (const bad of [ask, { ...ask, type: 'Robot', context: { n: 1 } }, { ...ask, type: 'Nobody' }]) {
    assert.equal(set.query(bad).ok, false);
  }
  const actions = { find: 'action', principal: user(1), resource: doc(1) } as const;
  assert.deepEqual(page(set, actions).names, ['Action::"edit"']);
  assert.deepEqual(page(set, { ...actions, context: { n: 1 } }).names, ['Action::"view"']);
  assert.equal(set.query({ ...actions, principal: { type: 'Nobody', id: '' } }).ok, false);
});
