import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';

import { AncestorTable } from './ancestor-table.ts';

test('an empty table has nothing', () => {
  assert.equal(AncestorTable.EMPTY.size, 0);
  assert.ok(!AncestorTable.EMPTY.has(1));
  assert.ok(!AncestorTable.EMPTY.has(-1));
  assert.equal(AncestorTable.of([]), AncestorTable.EMPTY);
});

test('it has what it was made of, and nothing else', () => {
  const ordinal = fc.integer({ min: 1, max: 2 ** 31 - 1 });
  fc.assert(
    fc.property(fc.array(ordinal), fc.array(ordinal), (ordinals, others) => {
      const [table, plain] = [AncestorTable.of(ordinals), new Set(ordinals)];
      assert.equal(table.size, plain.size);
      assert.deepEqual(new Set(table), plain);
      for (const one of [...ordinals, ...others]) assert.equal(table.has(one), plain.has(one));
    }),
  );
});

test('consecutive ordinals, as entities that are loaded together have them, are found', () => {
  const table = AncestorTable.of(Array.from({ length: 10_000 }, (_, index) => index + 1));
  assert.equal(table.size, 10_000);
  for (let ordinal = 1; ordinal <= 10_000; ordinal += 1) assert.ok(table.has(ordinal));
  assert.ok(!table.has(10_001));
});

test('a union has what is in any of its parts, however many have it, in no more memory than it needs', () => {
  const ordinals = fc.array(fc.integer({ min: 1, max: 200 }), { maxLength: 100, size: 'max' });
  fc.assert(
    fc.property(ordinals, fc.array(ordinals, { maxLength: 4 }), (single, parts) => {
      const tables = parts.map((part) => AncestorTable.of(part));
      const [union, plain] = [AncestorTable.union(single, tables), new Set([...single, ...parts.flat()])];
      assert.deepEqual(new Set(union), plain);
      assert.equal(union.size, plain.size);
      assert.equal(union.slots.length, AncestorTable.of(plain).slots.length);
      for (let ordinal = 1; ordinal <= 200; ordinal += 1) assert.equal(union.has(ordinal), plain.has(ordinal));
    }),
  );
});
