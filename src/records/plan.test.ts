/** The rule by which batches become versions, against a model that knows nothing of groups. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { toRevision } from '../kernel/revision.ts';
import { parseBatch } from './batch.ts';
import { type CurrentVersion, planGroup } from './plan.ts';

const NAMES = ['a', 'b', 'c'];
const write = fc.record({
  name: fc.constantFrom(...NAMES),
  value: fc.option(fc.nat(9), { nil: undefined }),
  expected: fc.option(fc.nat(8), { nil: undefined }),
});
const batches = fc.array(fc.uniqueArray(write, { selector: ({ name }) => name, minLength: 1 }), { maxLength: 12 });
const stored = fc.dictionary(
  fc.constantFrom(...NAMES),
  fc.record({ revision: fc.integer({ min: 1, max: 5 }), deleted: fc.boolean() }),
);

test('a group of batches does what they would do one after the other', () => {
  fc.assert(
    fc.property(batches, stored, (group, before) => {
      const head = toRevision(5);
      const parsed = group.map((writes) => {
        const batch = parseBatch(
          writes.map(({ name, value, expected }) => ({
            kind: 'thing',
            name,
            value,
            ...(expected === undefined ? {} : { expected: toRevision(expected) }),
          })),
        );
        assert.ok(batch.ok);
        return batch.value;
      });
      const current = (_kind: string, name: string): CurrentVersion | undefined =>
        before[name] as CurrentVersion | undefined;
      const plan = planGroup(head, parsed, current);

      const revisions = new Map(
        NAMES.map((name) => [name, before[name]?.deleted === false ? before[name].revision : 0]),
      );
      let last: number = head;
      for (const [index, writes] of group.entries()) {
        const conflict = writes.some(
          ({ name, expected }) => expected !== undefined && expected !== revisions.get(name),
        );
        const outcome = plan.outcomes[index];
        assert.ok(outcome !== undefined);
        assert.equal(outcome.ok, !conflict);
        if (conflict) continue;
        last += 1;
        assert.ok(outcome.ok && outcome.value === last);
        for (const { name, value } of writes) revisions.set(name, value === undefined ? 0 : last);
      }
      assert.equal(plan.head, last);

      for (const name of NAMES) {
        const versions = plan.insert.filter((row) => row.name === name);
        const open = versions.filter(({ superseded }) => superseded === null);
        assert.equal(open.length, versions.length === 0 ? 0 : 1, 'one version is current');
        for (const [index, row] of versions.entries())
          assert.equal(row.superseded, versions[index + 1]?.revision ?? null);
        const replaced = plan.supersede.filter((row) => row.name === name);
        const wanted = versions.length > 0 && before[name] !== undefined ? [versions[0]?.revision] : [];
        assert.deepEqual(
          replaced.map(({ superseded }) => superseded),
          wanted,
        );
      }
    }),
    { numRuns: 500 },
  );
});
