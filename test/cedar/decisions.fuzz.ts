/** Decisions: both back ends and Cedar itself agree, on policies in every form and on entities that change. */
import assert from 'node:assert/strict';
import fc from 'fast-check';

import { type CedarPolicySet, compileCedar } from '../../src/policy/cedar/compile.ts';
import { type EntityUid, formatUid } from '../../src/policy/cedar/entity-uid.ts';
import { EntityStore } from '../../src/policy/cedar/store/entity-store.ts';
import type { FuzzTarget } from '../fuzz-target.ts';
import { operatorsText, policiesText, policyText, templateText } from './arbitrary-policy-text.ts';
import { entityAt, UIDS, world, type WorldEntity, worldRequest, type WorldRequest } from './arbitrary-world.ts';
import { Reference } from './reference.ts';
import { compareAnswers, compareThreeWays } from './three-way.ts';

export function makeTargets(): readonly FuzzTarget[] {
  const reference = new Reference();
  return [
    { name: 'single operators', property: asText(reference, operatorsText), runsPerTurn: 50 },
    { name: 'policies as text', property: asText(reference, policiesText), runsPerTurn: 50 },
    { name: 'policies and templates as JSON', property: asJson(reference), runsPerTurn: 50 },
    { name: 'changing entities', property: changingEntities(reference), runsPerTurn: 50 },
  ];
}

function asText(reference: Reference, policies: fc.Arbitrary<string>): FuzzTarget['property'] {
  return fc.asyncProperty(policies, world, async (text, entities) => {
    await compareThreeWays(reference, { ours: { policies: text }, theirs: { staticPolicies: text } }, entities);
  });
}

const link = fc.record({ principal: fc.constantFrom(...UIDS), resource: fc.constantFrom(...UIDS) });

function asJson(reference: Reference): FuzzTarget['property'] {
  const policies = fc.array(policyText, { maxLength: 3 });
  return fc.asyncProperty(
    policies,
    templateText,
    fc.array(link, { maxLength: 3 }),
    world,
    async (texts, template, links, entities) => {
      const set = {
        staticPolicies: Object.fromEntries(texts.map((text, index) => [`p${index}`, reference.toJson(text, 'policy')])),
        templates: { t: reference.toJson(template, 'template') },
        templateLinks: links.map(({ principal, resource }, index) => {
          const values = template.includes('?resource') ? { '?resource': resource } : {};
          return { templateId: 't', newId: `linked${index}`, values: { '?principal': principal, ...values } };
        }),
      };
      await compareThreeWays(reference, { ours: { policies: set }, theirs: set }, entities);
    },
  );
}

/** Any entity may get any parents: now and then that makes a cycle, and then nothing may have changed. */
type Change =
  | { readonly kind: 'put'; readonly entities: readonly WorldEntity[] }
  | { readonly kind: 'remove'; readonly uids: readonly EntityUid[] };

const anyParents: fc.Arbitrary<WorldEntity> = fc.nat({ max: UIDS.length - 1 }).chain((index) => {
  const type = UIDS[index]?.type;
  const candidates = UIDS.filter((uid) => type !== 'Action' || uid.type === type);
  return fc
    .tuple(entityAt(index), fc.subarray(candidates, { maxLength: 3 }))
    .map(([entity, parents]) => ({ ...entity, parents }));
});

/** An entity given twice is refused, unless it is the same again; here each is given once. */
const puts = fc.uniqueArray(anyParents, { selector: ({ uid }) => formatUid(uid), minLength: 1, maxLength: 3 });

const change: fc.Arbitrary<Change> = fc.oneof(
  { weight: 3, arbitrary: puts.map((entities) => ({ kind: 'put', entities }) as const) },
  {
    weight: 1,
    arbitrary: fc
      .subarray([...UIDS], { minLength: 1, maxLength: 3 })
      .map((uids) => ({ kind: 'remove', uids }) as const),
  },
);

/** The same compiled policies before and after each change: nothing that they keep may go stale. */
function changingEntities(reference: Reference): FuzzTarget['property'] {
  const changes = fc.array(change, { minLength: 1, maxLength: 5 });
  return fc.asyncProperty(policiesText, world, changes, worldRequest, async (text, { entities }, steps, request) => {
    const store = new EntityStore();
    const sets = [await compile(text, store, 'javascript'), await compile(text, store, 'closures')];
    let present: readonly WorldEntity[] = [];
    for (const step of [{ kind: 'put', entities } as const, ...steps]) {
      present = apply(step, store, present);
      assert.equal(store.size, present.length);
      compareWithPresent(reference, text, sets, present, request);
    }
  });
}

async function compile(
  text: string,
  entities: EntityStore,
  backend: 'javascript' | 'closures',
): Promise<CedarPolicySet> {
  const compiled = await compileCedar({ policies: text, entities, backend });
  assert.ok(compiled.ok, 'a generated policy is refused');
  return compiled.value;
}

function compareWithPresent(
  reference: Reference,
  text: string,
  sets: readonly CedarPolicySet[],
  present: readonly WorldEntity[],
  request: WorldRequest,
): void {
  const opinion = reference.ask({ staticPolicies: text }, present, request);
  if (opinion.kind === 'refused') assert.fail(`the store took what Cedar refuses: ${opinion.why}`);
  for (const set of sets) compareAnswers(set, request, opinion.answer);
}

/** The entities that are there afterwards, by a list and nothing clever. */
function apply(step: Change, store: EntityStore, present: readonly WorldEntity[]): readonly WorldEntity[] {
  const without = (uids: readonly EntityUid[]): WorldEntity[] => {
    return present.filter(({ uid }) => !uids.some((other) => sameUid(uid, other)));
  };
  if (step.kind === 'remove') {
    const after = without(step.uids);
    assert.equal(store.remove(step.uids), present.length - after.length);
    return after;
  }
  const after = [...without(step.entities.map(({ uid }) => uid)), ...step.entities];
  const acceptable = !hasCycle(after);
  const put = store.put(step.entities);
  assert.equal(put.ok, acceptable, put.ok ? 'a cycle was taken' : put.problem[0]?.message);
  return acceptable ? after : present;
}

function sameUid(a: EntityUid, b: EntityUid): boolean {
  return a.type === b.type && a.id === b.id;
}

/** Takes away, as long as it can, those of whom no parent is there any more; what remains is in a cycle or below one. */
function hasCycle(entities: readonly WorldEntity[]): boolean {
  let rest = entities;
  for (;;) {
    const next = rest.filter(({ parents }) => parents.some((parent) => rest.some(({ uid }) => sameUid(uid, parent))));
    if (next.length === rest.length) return rest.length > 0;
    rest = next;
  }
}
