import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import type { Relationship } from './relationship.ts';
import { formatRelationship, parseRelationship } from './relationship-text.ts';

const id = fc.stringMatching(/^[a-zA-Z0-9/_|\-=+]{1,20}$/u);
const name = fc.stringMatching(/^[a-z][a-z0-9_]{1,8}[a-z0-9]$/u);
const relationship: fc.Arbitrary<Relationship> = fc
  .record({
    resource: fc.record({ type: name, id }),
    relation: name,
    subject: fc.oneof(
      fc.record({ type: name, id: fc.oneof(id, fc.constant('*')) }),
      fc.record({ type: fc.tuple(name, name).map((parts) => parts.join('/')), id, relation: name }),
    ),
    caveat: fc.option(fc.record({ name, context: fc.dictionary(name, fc.oneof(fc.string(), fc.integer())) })),
    expiresAt: fc.option(fc.integer({ min: 0, max: 4e12 })),
  })
  .map(({ caveat, expiresAt, ...bare }) => ({
    ...bare,
    ...(caveat !== null && { caveat }),
    ...(expiresAt !== null && { expiresAt }),
  }));

test('a relationship that was written reads back', () => {
  fc.assert(
    fc.property(relationship, (drawn) => {
      const parsed = parseRelationship(formatRelationship(drawn));
      assert.deepEqual(parsed, { ok: true, value: structuredClone(drawn) });
    }),
  );
});

test('no text makes the parser throw, nor take it long', () => {
  const pieces = fc.constantFrom('a', 'user', ':', '#', '@', '[', ']', '{', '}', '"', '*', '...', 'expiration:', ' ');
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
      const parsed = parseRelationship(parts.join(''));
      if (!parsed.ok) assert.equal(parsed.problem.code, 'relations/bad-relationship');
    }),
  );
});

test('what is no relationship is refused with what is wrong about it', () => {
  const wrong: readonly (readonly [string, RegExp])[] = [
    ['document:one#viewer', /is not a relationship/u],
    ['document:*#viewer@user:ann', /a resource is one object/u],
    ['document:one#viewer@user:*#member', /`\*` has no relation/u],
    ['document:one#viewer@user:a.b', /`a\.b` is no id of a subject/u],
    ['Document:one#viewer@user:ann', /`Document` is no name of a type/u],
    ['document:one#v@user:ann', /`v` is no name of a relation/u],
    [`document:${'x'.repeat(1025)}#viewer@user:ann`, /has 1025 characters, and 1024 are the most/u],
    ['document:one#viewer@user:ann[dry:{"a":]', /is not a relationship|is not JSON/u],
    ['document:one#viewer@user:ann[dry:{"a":}]', /is not JSON/u],
    ['document:one#viewer@user:ann[expiration:soon]', /`soon` is not a time/u],
    [`document:one#viewer@user:ann[dry:{"a":"${'x'.repeat(25_000)}"}]`, /25008 bytes, and 25000 are the most/u],
  ];
  for (const [text, message] of wrong) {
    const parsed = parseRelationship(text);
    assert.ok(!parsed.ok, text);
    assert.match(parsed.problem.message, message);
  }
});

test('a subject with the relation `...` is the object itself', () => {
  const parsed = parseRelationship('document:one#viewer@user:ann#...');
  assert.ok(parsed.ok);
  assert.deepEqual(parsed.value.subject, { type: 'user', id: 'ann' });
});
