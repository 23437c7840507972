import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { toRevision } from '../../../kernel/revision.ts';
import type { RelationshipFilter } from './relationship-filter.ts';
import type { RelationshipSnapshot } from './relationship-snapshot.ts';
import { RelationshipStore, type RelationshipUpdate } from './relationship-store.ts';
import { formatRelationship, parseRelationship } from './relationship-text.ts';
import type { Relationship } from './relationship.ts';

const NOW = 1_000_000;

function tuple(text: string): Relationship {
  const parsed = parseRelationship(text);
  if (!parsed.ok) throw new Error(parsed.problem.message);
  return parsed.value;
}

function update(operation: RelationshipUpdate['operation'], text: string): RelationshipUpdate {
  return { operation, relationship: tuple(text) };
}

function texts(store: RelationshipStore, snapshot: RelationshipSnapshot, filter: RelationshipFilter = {}): string[] {
  return [...store.read(snapshot, filter, { now: NOW })].map(formatRelationship).sort();
}

function storeOf(...lines: readonly string[]): RelationshipStore {
  const store = new RelationshipStore();
  assert.ok(store.load(toRevision(1), lines.map(tuple)).ok);
  return store;
}

const VIEW = 'document:one#viewer@user:ann';

test('a reader of one revision sees it as it was while others are written', () => {
  const store = storeOf(VIEW, 'document:one#viewer@user:bob');
  const first = store.snapshot();
  assert.ok(store.write(toRevision(2), [update('delete', VIEW)], { now: NOW }).ok);
  const second = store.snapshot();
  assert.ok(store.write(toRevision(5), [update('touch', `${VIEW}[dry]`)], { now: NOW }).ok);
  assert.deepEqual(texts(store, first), [VIEW, 'document:one#viewer@user:bob']);
  assert.deepEqual(texts(store, second), ['document:one#viewer@user:bob']);
  assert.deepEqual(texts(store, store.snapshot()), [`${VIEW}[dry]`, 'document:one#viewer@user:bob']);
  const between = store.snapshotAt(toRevision(4));
  assert.ok(between.ok);
  assert.deepEqual(texts(store, between.value), texts(store, second));
});

test('compaction changes no snapshot that was taken, and ends those that were not', () => {
  const store = storeOf(VIEW, 'document:two#viewer@group:eng#member');
  const before = store.snapshot();
  assert.ok(store.write(toRevision(2), [update('delete', VIEW)], { now: NOW }).ok);
  store.compact();
  assert.deepEqual(texts(store, before), [VIEW, 'document:two#viewer@group:eng#member']);
  assert.deepEqual(texts(store, store.snapshot()), ['document:two#viewer@group:eng#member']);
  const gone = store.snapshotAt(toRevision(1));
  assert.equal(gone.ok ? '' : gone.problem.code, 'relations/revision-gone');
  assert.equal(store.size, 1);
});

test('a revision that is not here yet is refused', () => {
  const ahead = storeOf(VIEW).snapshotAt(toRevision(2));
  assert.equal(ahead.ok ? '' : ahead.problem.code, 'relations/revision-unknown');
});

test('what is refused has changed nothing', () => {
  const store = storeOf(VIEW);
  const other = 'document:two#viewer@user:bob';
  const refusals: readonly (readonly [string, readonly RelationshipUpdate[]])[] = [
    ['relations/already-exists', [update('touch', other), update('create', VIEW)]],
    ['relations/duplicate-update', [update('touch', other), update('delete', other)]],
    ['relations/duplicate-update', [update('touch', other), update('touch', `${other}[dry]`)]],
    [
      'relations/too-many-updates',
      Array.from({ length: 1001 }, (_, index) => update('touch', `document:d${index}#viewer@user:ann`)),
    ],
    [
      'relations/bad-relationship',
      [update('touch', other), { operation: 'touch', relationship: { ...tuple(VIEW), relation: 'X' } }],
    ],
  ];
  for (const [code, updates] of refusals) {
    const written = store.write(toRevision(2), updates, { now: NOW });
    assert.equal(written.ok ? '' : written.problem.code, code);
    assert.deepEqual(texts(store, store.snapshot()), [VIEW]);
    assert.equal(store.revision, 1);
  }
});

test('a load that fails in the middle leaves nothing behind', () => {
  const store = storeOf(VIEW);
  const loaded = store.load(toRevision(2), [
    tuple('document:two#viewer@user:bob'),
    { ...tuple(`${VIEW}[dry]`), relation: 'X' },
  ]);
  assert.equal(loaded.ok ? '' : loaded.problem.code, 'relations/bad-relationship');
  assert.deepEqual(texts(store, store.snapshot()), [VIEW]);
});

test('a relationship that has expired may be created again', () => {
  const store = storeOf(`${VIEW}[expiration:1970-01-01T00:00:01Z]`);
  assert.deepEqual(texts(store, store.snapshot()), []);
  assert.ok(store.write(toRevision(2), [update('create', VIEW)], { now: NOW }).ok);
  assert.deepEqual(texts(store, store.snapshot()), [VIEW]);
});

test('preconditions hold before the write, or there is none', () => {
  const store = storeOf(VIEW);
  const filter = { resourceType: 'document', subject: { type: 'user', id: 'ann' } };
  const write = (kind: 'must-match' | 'must-not-match', revision: number): string => {
    const updates = [update('touch', 'document:two#viewer@user:bob')];
    const written = store.write(toRevision(revision), updates, { now: NOW, preconditions: [{ kind, filter }] });
    return written.ok ? 'written' : written.problem.code;
  };
  assert.equal(write('must-not-match', 2), 'relations/precondition-failed');
  assert.equal(store.size, 1);
  assert.equal(write('must-match', 2), 'written');
});

test('a deletion by filter takes what matches, and says when its limit left something', () => {
  const store = storeOf(VIEW, 'document:two#viewer@user:ann', 'document:two#viewer@group:eng#member');
  const filter = { subject: { type: 'user' } };
  assert.deepEqual(store.deleteMatching(toRevision(2), filter, { now: NOW, limit: 1 }), {
    ok: true,
    value: { deleted: 1, complete: false },
  });
  assert.deepEqual(store.deleteMatching(toRevision(3), filter, { now: NOW, limit: 1 }), {
    ok: true,
    value: { deleted: 1, complete: true },
  });
  assert.deepEqual(texts(store, store.snapshot()), ['document:two#viewer@group:eng#member']);
});

test('any writes and filters leave what a plain set of relationships would', () => {
  const line = fc
    .tuple(
      fc.constantFrom('one', 'two', 'two2'),
      fc.constantFrom('viewer', 'editor'),
      fc.constantFrom('user:ann', 'user:*', 'group:eng', 'group:eng#member'),
    )
    .map(([id, relation, subject]) => `document:${id}#${relation}@${subject}`);
  const step = fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({ kind: fc.constantFrom('touch' as const, 'delete' as const), line, dry: fc.boolean() }),
    },
    { weight: 1, arbitrary: fc.constant({ kind: 'compact' as const }) },
  );
  const filter: fc.Arbitrary<RelationshipFilter> = fc.record(
    {
      resourceType: fc.constantFrom('document', 'folder'),
      resourceId: fc.constantFrom('one', 'two'),
      resourceIdPrefix: fc.constantFrom('tw', 'x'),
      relation: fc.constantFrom('viewer', 'editor'),
      subject: fc.record(
        {
          type: fc.constantFrom('user', 'group'),
          id: fc.constantFrom('ann', 'eng'),
          relation: fc.constantFrom('...', 'member'),
        },
        { requiredKeys: ['type'] },
      ),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), filter, (steps, asked) => {
      const store = new RelationshipStore();
      const plain = new Map<string, string>();
      let revision = 0;
      for (const each of steps) {
        if (each.kind === 'compact') {
          store.compact();
          continue;
        }
        revision += 1;
        const text = each.dry ? `${each.line}[dry]` : each.line;
        assert.ok(store.write(toRevision(revision), [update(each.kind, text)], { now: NOW }).ok);
        if (each.kind === 'touch') plain.set(each.line, text);
        else plain.delete(each.line);
      }
      assert.deepEqual(texts(store, store.snapshot()), [...plain.values()].sort());
      assert.equal(store.size, plain.size);
      const found = texts(store, store.snapshot(), asked);
      const expected = [...plain.values()].filter((text) => plainlyMatches(asked, tuple(text)));
      assert.deepEqual(found, expected.sort());
    }),
  );
});

function plainlyMatches(filter: RelationshipFilter, { resource, relation, subject }: Relationship): boolean {
  const wanted: readonly (readonly [string | undefined, string])[] = [
    [filter.resourceType, resource.type],
    [filter.resourceId, resource.id],
    [filter.relation, relation],
    [filter.subject?.type, subject.type],
    [filter.subject?.id, subject.id],
    [filter.subject?.relation, subject.relation ?? '...'],
  ];
  const prefix = resource.id.startsWith(filter.resourceIdPrefix ?? '');
  return prefix && wanted.every(([part, there]) => part === undefined || part === there);
}
