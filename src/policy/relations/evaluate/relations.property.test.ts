import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import type { JsonObject } from '../../../kernel/json.ts';
import { ProblemError } from '../../../kernel/problem.ts';
import { toRevision } from '../../../kernel/revision.ts';
import { formatRelationship } from '../store/relationship-text.ts';
import { RelationshipStore } from '../store/relationship-store.ts';
import { disagreements, type RelationsWorld } from '../testing/agreement.ts';
import {
  type ArbitraryWorld,
  arbitraryWorld,
  CAVEATS,
  NODES,
  QUESTIONED,
  SUBJECTS,
  WORLD_TIME,
} from '../testing/arbitrary-world.ts';
import { plainSets } from '../testing/plain-evaluation.ts';
import type { EvaluateCaveat } from './evaluate-caveat.ts';
import { Relations } from './relations.ts';

/** A caveat is what the context says of its name. */
const evaluateCaveat: EvaluateCaveat = (name, _stored, request) => {
  const value = request[name];
  if (value === undefined) return { kind: 'conditional', missing: [name] };
  return { kind: value === true ? 'true' : 'false' };
};

const CONTEXTS: readonly JsonObject[] = [false, true].flatMap((dry) => [false, true].map((warm) => ({ dry, warm })));

function worldOf({ schema, tuples: drawn }: ArbitraryWorld): Omit<RelationsWorld, 'context'> {
  const store = new RelationshipStore();
  // Of two that differ in their condition alone the later one is there.
  const byName = new Map(
    drawn.map(({ caveat, expiresAt, ...bare }) => [
      formatRelationship(bare),
      { ...bare, ...(caveat && { caveat }), ...(expiresAt !== undefined && { expiresAt }) },
    ]),
  );
  const tuples = [...byName.values()];
  const loaded = store.load(toRevision(1), tuples);
  assert.ok(loaded.ok, loaded.ok ? '' : loaded.problem.message);
  return {
    schema,
    tuples,
    store,
    relations: new Relations({ schema, store, evaluateCaveat, maxDepth: 40 }),
    evaluateCaveat,
    now: WORLD_TIME,
  };
}

test('a check says what the sets are that the definitions make, whatever cycles there are', () => {
  let decided = 0;
  let cyclic = 0;
  fc.assert(
    fc.property(
      arbitraryWorld({ excludes: true }),
      fc.array(fc.constantFrom(...SUBJECTS), { minLength: 3, maxLength: 3 }),
      (drawn, subjects) => {
        const world = worldOf(drawn);
        const counting = world.tuples.filter(({ expiresAt }) => expiresAt === undefined || expiresAt > WORLD_TIME);
        for (const subject of subjects) {
          const sets = CONTEXTS.map((context) => {
            const tuples = counting.filter(({ caveat }) => caveat === undefined || context[caveat.name] === true);
            const failing = counting.filter((tuple) => !tuples.includes(tuple));
            return plainSets({ schema: world.schema, tuples, failing, subject });
          });
          for (const id of NODES) {
            for (const permission of QUESTIONED) {
              const name = `node:${id}#${permission}`;
              const question = { resource: { type: 'node', id }, permission, subject };
              const snapshot = world.store.snapshot();
              CONTEXTS.forEach((context, index) => {
                const outcome = world.relations.check(question, { snapshot, now: WORLD_TIME, context });
                const { sure, possible } = sets[index] as (typeof sets)[number];
                if (outcome.kind === 'problem') {
                  cyclic += 1;
                  assert.equal(outcome.problem.code, 'relations/cycle');
                  return;
                }
                decided += 1;
                assert.equal(sure.has(name), possible.has(name), `${name} has no answer, and ${outcome.kind} came`);
                assert.equal(outcome.kind, sure.has(name) ? 'has' : 'has-not', name);
              });
              const open = world.relations.check(question, { snapshot, now: WORLD_TIME });
              if (open.kind === 'has')
                assert.ok(
                  sets.every(({ sure }) => sure.has(name)),
                  name,
                );
              if (open.kind === 'has-not')
                assert.ok(
                  sets.every(({ possible }) => !possible.has(name)),
                  name,
                );
              if (open.kind === 'conditional') {
                assert.ok(open.missing.length > 0 && open.missing.every((field) => CAVEATS.includes(field)));
                assert.ok(counting.some(({ caveat }) => caveat !== undefined));
              }
            }
          }
        }
      },
    ),
    { numRuns: 300 },
  );
  assert.ok(cyclic < decided / 10, `${cyclic} questions go around an exclusion, and only ${decided} are decided`);
});

test('where nothing is excluded no question goes unanswered, and all that answers it agrees', () => {
  fc.assert(
    fc.property(arbitraryWorld({ excludes: false }), fc.constantFrom({}, ...CONTEXTS), (drawn, context) => {
      assert.deepEqual(disagreements({ ...worldOf(drawn), context }, 'where-it-ends'), []);
    }),
    { numRuns: 15 },
  );
});

test('lookups find exactly those whom a check grants, where sets are excluded', () => {
  fc.assert(
    fc.property(arbitraryWorld({ excludes: true }), fc.constantFrom({}, ...CONTEXTS), (drawn, context) => {
      try {
        assert.deepEqual(disagreements({ ...worldOf(drawn), context }, 'never'), []);
      } catch (error) {
        if (!(error instanceof ProblemError) || error.problem.code !== 'relations/cycle') throw error;
      }
    }),
    { numRuns: 20 },
  );
});
