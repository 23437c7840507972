import assert from 'node:assert/strict';
import { test } from 'node:test';

import { toRevision } from '../../../kernel/revision.ts';
import { parseRelationship } from '../store/relationship-text.ts';
import { type TestWorld, worldOf } from '../testing/world.ts';
import type { CheckOutcome } from './outcome.ts';

/** `document:one#view@user:ann`: the kind of the outcome, or the code of the problem. */
function ask({ relations, moment }: TestWorld, text: string, context = {}): string {
  const parsed = parseRelationship(text);
  assert.ok(parsed.ok, text);
  const { resource, relation: permission, subject } = parsed.value;
  return kindOf(relations.check({ resource, permission, subject }, moment(context)));
}

function kindOf(outcome: CheckOutcome): string {
  return outcome.kind === 'problem' ? outcome.problem.code : outcome.kind;
}

const DOCUMENTS = `
  definition user {}
  definition group {
    relation member: user | group#member
  }
  definition document {
    relation viewer: user | user:* | group#member
    relation banned: user | user:* | document#view
    permission view = viewer - banned
  }`;

test('groups that contain one another end, and whoever is in one is in all', () => {
  const world = worldOf(DOCUMENTS, [
    'group:one#member@group:two#member',
    'group:two#member@group:three#member',
    'group:three#member@group:one#member',
    'group:three#member@user:ann',
    'document:plan#viewer@group:one#member',
  ]);
  assert.equal(ask(world, 'document:plan#view@user:ann'), 'has');
  assert.equal(ask(world, 'document:plan#view@user:bob'), 'has-not');
  assert.equal(ask(world, 'group:two#member@group:one#member'), 'has');
});

test('a set that is made of its own complement is a problem, and not a grant', () => {
  const world = worldOf(DOCUMENTS, [
    'document:plan#viewer@user:ann',
    'document:plan#banned@document:plan#view',
    'document:plan#banned@user:bob',
  ]);
  assert.equal(ask(world, 'document:plan#view@user:ann'), 'relations/cycle');
  assert.equal(ask(world, 'document:plan#view@user:eve'), 'has-not');
});

test('two who ban those whom the other lets in are a problem, unless one of them is decided', () => {
  const lines = [
    'document:a#banned@document:b#view',
    'document:b#banned@document:a#view',
    'document:a#viewer@user:ann',
  ];
  assert.equal(
    ask(worldOf(DOCUMENTS, [...lines, 'document:b#viewer@user:ann']), 'document:a#view@user:ann'),
    'relations/cycle',
  );
  assert.equal(ask(worldOf(DOCUMENTS, lines), 'document:a#view@user:ann'), 'has');
});

test('a chain is followed to the depth that is allowed, and beyond it nothing is said', () => {
  const chain = (length: number): string[] => {
    const groups = Array.from({ length }, (_, index) => `group:g${index}#member@group:g${index + 1}#member`);
    return [...groups, `group:g${length}#member@user:ann`, 'document:plan#viewer@group:g0#member'];
  };
  assert.equal(ask(worldOf(DOCUMENTS, chain(48), { maxDepth: 50 }), 'document:plan#view@user:ann'), 'has');
  assert.equal(
    ask(worldOf(DOCUMENTS, chain(60), { maxDepth: 50 }), 'document:plan#view@user:ann'),
    'relations/too-deep',
  );
  assert.equal(ask(worldOf(DOCUMENTS, chain(290)), 'document:plan#view@user:ann'), 'has');
});

test('layers of groups that all contain all of the next layer are gone through once', () => {
  const layers = Array.from({ length: 20 }, (_, layer) => layer);
  const lines = layers.flatMap((layer) =>
    [0, 1, 2, 3].flatMap((from) =>
      [0, 1, 2, 3].map((to) => `group:l${layer}-${from}#member@group:l${layer + 1}-${to}#member`),
    ),
  );
  // In so many sets that they are not gone through from her up.
  const others = Array.from({ length: 100 }, (_, index) => `document:other${index}#viewer@user:ann`);
  const start = ['document:plan#viewer@group:l0-0#member', ...others];
  const world = worldOf(DOCUMENTS, [...lines, ...start]);
  // Four to the power of twenty ways lead down: a search that follows each does not return.
  assert.equal(ask(world, 'document:plan#view@user:ann'), 'has-not');
  const shallow = worldOf(DOCUMENTS, [...lines, ...start], { maxDepth: 15 });
  assert.equal(ask(shallow, 'document:plan#view@user:ann'), 'relations/too-deep');
});

test('names that the schema does not have are refused with the nearest that it has', () => {
  const { relations, moment } = worldOf(DOCUMENTS, []);
  const plan = { type: 'document', id: 'plan' };
  const ann = { type: 'user', id: 'ann' };
  const wrong = [
    { resource: plan, permission: 'veiw', subject: ann },
    { resource: { ...plan, type: 'documnt' }, permission: 'view', subject: ann },
    { resource: plan, permission: 'view', subject: { ...ann, type: 'users' } },
    { resource: plan, permission: 'view', subject: { type: 'group', id: 'eng', relation: 'members' } },
    { resource: plan, permission: 'view', subject: { type: 'user', id: '*' } },
  ];
  const told = wrong.map((question) => {
    const outcome = relations.check(question, moment());
    return outcome.kind === 'problem' ? `${outcome.problem.code} ${outcome.problem.hint ?? ''}` : outcome.kind;
  });
  assert.deepEqual(told, [
    'relations/unknown-relation did you mean `view`?',
    'relations/unknown-type did you mean `document`?',
    'relations/unknown-type did you mean `user`?',
    'relations/unknown-relation did you mean `member`?',
    'relations/wildcard-subject ask of one subject, or look subjects up',
  ]);
});

test('a check at an older revision sees what was there then', () => {
  const world = worldOf(DOCUMENTS, ['document:plan#viewer@user:ann']);
  const before = world.moment();
  const parsed = parseRelationship('document:plan#viewer@user:ann');
  assert.ok(parsed.ok);
  const relationship = { ...parsed.value, expiresAt: -1 };
  assert.ok(world.store.write(toRevision(2), [{ operation: 'touch', relationship }], { now: 0 }).ok);
  const question = {
    resource: { type: 'document', id: 'plan' },
    permission: 'view',
    subject: { type: 'user', id: 'ann' },
  };
  assert.deepEqual(world.relations.check(question, before), { kind: 'has' });
  assert.deepEqual(world.relations.check(question, world.moment()), { kind: 'has-not' });
});

test('of a wildcard subjects are told with whom it leaves out', () => {
  const { relations, moment } = worldOf(DOCUMENTS, [
    'document:plan#viewer@user:*',
    'document:plan#viewer@user:ann',
    'document:plan#banned@user:bob',
  ]);
  const question = { resource: { type: 'document', id: 'plan' }, permission: 'view', subjectType: 'user' };
  assert.deepEqual(relations.lookupSubjects(question, moment()), {
    ok: true,
    value: {
      found: [
        { id: '*', membership: { kind: 'has' }, excluded: [{ id: 'bob', membership: { kind: 'has-not' } }] },
        { id: 'ann', membership: { kind: 'has' } },
      ],
    },
  });
});

test('pages of a lookup go on where the one before ended, also when more has been written', () => {
  const lines = ['a', 'c', 'e'].map((id) => `document:${id}#viewer@user:ann`);
  const world = worldOf(DOCUMENTS, lines);
  const question = { resourceType: 'document', permission: 'view', subject: { type: 'user', id: 'ann' } };
  const first = world.relations.lookupResources(question, world.moment(), { limit: 2 });
  assert.ok(first.ok);
  assert.deepEqual([first.value.found.map(({ id }) => id), first.value.cursor], [['a', 'c'], 'c']);
  const parsed = ['b', 'd'].map((id) => parseRelationship(`document:${id}#viewer@user:ann`));
  const updates = parsed.flatMap((each) =>
    each.ok ? [{ operation: 'touch' as const, relationship: each.value }] : [],
  );
  assert.ok(world.store.write(toRevision(2), updates, { now: 0 }).ok);
  const second = world.relations.lookupResources(question, world.moment(), { limit: 2, cursor: 'c' });
  assert.deepEqual(second, {
    ok: true,
    value: { found: ['d', 'e'].map((id) => ({ id, membership: { kind: 'has' } })) },
  });
});

test('an expansion that would not end is refused', () => {
  const schema = `
    definition user {}
    definition folder {
      relation parent: folder
      relation viewer: user
      permission view = viewer + parent->view
    }`;
  const { relations, moment } = worldOf(schema, ['folder:a#parent@folder:b', 'folder:b#parent@folder:a']);
  const expanded = relations.expand({ type: 'folder', id: 'a' }, 'view', moment());
  assert.equal(expanded.ok ? '' : expanded.problem.code, 'relations/too-deep');
});
