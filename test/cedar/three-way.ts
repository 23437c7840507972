/** One generated case decided three ways: by both back ends and by Cedar itself. */
import assert from 'node:assert/strict';

import type { PolicySet } from '@cedar-policy/cedar-wasm/nodejs';

import type { Problem } from '../../src/kernel/problem.ts';
import { type CedarPolicySet, compileCedar } from '../../src/policy/cedar/compile.ts';
import { formatUid } from '../../src/policy/cedar/entity-uid.ts';
import type { PoliciesInput } from '../../src/policy/cedar/parse/parse-policies.ts';
import { EntityStore } from '../../src/policy/cedar/store/entity-store.ts';
import type { World, WorldRequest } from './arbitrary-world.ts';
import type { Answer, Reference } from './reference.ts';

/** The same policies for us and for Cedar, with the same ids. */
export type Policies = { readonly ours: PoliciesInput; readonly theirs: PolicySet };

/** What became of a comparison; `refused` when both refuse the policies or the entities. */
export type Compared =
  | { readonly kind: 'refused' }
  | { readonly kind: 'answered'; readonly answers: readonly Answer[] };

/** Throws where anyone differs from anyone. */
export async function compareThreeWays(reference: Reference, policies: Policies, world: World): Promise<Compared> {
  const store = new EntityStore();
  const put = store.put(world.entities);
  const sets = await Promise.all([
    compile(policies.ours, store, 'javascript'),
    compile(policies.ours, store, 'closures'),
  ]);
  const refusals = [put.ok ? [] : put.problem, ...sets.map((set) => ('refused' in set ? set.refused : []))].flat();
  const answers: Answer[] = [];
  for (const request of world.requests) {
    const opinion = reference.ask(policies.theirs, world.entities, request);
    if (opinion.kind === 'refused') {
      assert.notEqual(refusals.length, 0, `Cedar refuses it, and here it is taken: ${opinion.why}`);
      continue;
    }
    assert.deepEqual(refusals, [], 'Cedar takes it, and here it is refused');
    for (const set of sets) if (!('refused' in set)) compareAnswers(set, request, opinion.answer);
    answers.push(opinion.answer);
  }
  return answers.length > 0 ? { kind: 'answered', answers } : { kind: 'refused' };
}

async function compile(
  policies: PoliciesInput,
  entities: EntityStore,
  backend: 'javascript' | 'closures',
): Promise<CedarPolicySet | { readonly refused: readonly Problem[] }> {
  const compiled = await compileCedar({ ...policies, entities, backend });
  if (!compiled.ok) return { refused: compiled.problem };
  assert.equal(compiled.value.backend, backend);
  return compiled.value;
}

export function compareAnswers(set: CedarPolicySet, request: WorldRequest, wanted: Answer): void {
  const explained = set.explain(request);
  assert.equal(explained.problem, undefined);
  const answer: Answer = {
    decision: explained.decision,
    determining: explained.determining.map(({ id }) => id).toSorted(),
    errors: explained.errors.map(({ policy }) => policy.id).toSorted(),
  };
  assert.deepEqual(answer, wanted, `${set.backend} explains it otherwise than Cedar`);
  assert.equal(set.decide(request), wanted.decision, `${set.backend} decides otherwise than Cedar`);
  const { determining, errors } = set.determine(request);
  assert.deepEqual(determining.map(({ id }) => id).toSorted(), wanted.determining);
  assert.deepEqual(errors.map(({ policy }) => policy.id).toSorted(), wanted.errors);
  for (const role of ['principal', 'resource', 'action'] as const) compareQuery(set, request, role);
}

/** Page by page those whom `decide` allows, and no others. */
function compareQuery(set: CedarPolicySet, request: WorldRequest, role: 'principal' | 'resource' | 'action'): void {
  const found: string[] = [];
  const { type } = request[role];
  let after: { readonly after?: string } = {};
  do {
    const query = role === 'action' ? { find: role } : { find: role, type };
    const page = set.query({ ...request, ...query, limit: 1, ...after });
    assert.ok(page.ok, page.ok ? '' : page.problem.message);
    found.push(...page.value.entities.map(formatUid));
    after = page.value.next === undefined ? {} : { after: page.value.next };
  } while (after.after !== undefined);
  const types = role === 'action' ? ['Action'] : [type];
  const candidates = types.flatMap((name) => [...(set.entities.type(name)?.entities.values() ?? [])]);
  const allowed = candidates
    .filter(({ exists }) => role === 'action' || exists)
    .map((entity) => ({ type: entity.type.name, id: entity.id }))
    .filter((uid) => set.decide({ ...request, [role]: uid }) === 'allow');
  assert.deepEqual(found.toSorted(), allowed.map(formatUid).toSorted(), `the ${role}s that a query finds`);
}
