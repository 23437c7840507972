/** The changes that explanations promise, made in earnest: each has the effect that was foretold. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import type { CedarJsonObject, CedarRequest } from '../../src/policy/cedar/authorize/cedar-request.ts';
import { type CompiledPolicy, PolicyIndex } from '../../src/policy/cedar/authorize/policy-index.ts';
import { resolveRequest } from '../../src/policy/cedar/authorize/resolve-request.ts';
import { scopeOf } from '../../src/policy/cedar/authorize/scope.ts';
import { compileCedar } from '../../src/policy/cedar/compile.ts';
import type { Environment } from '../../src/policy/cedar/emit/environment.ts';
import { interpretPolicies } from '../../src/policy/cedar/emit/interpreted.ts';
import type { EntityUid } from '../../src/policy/cedar/entity-uid.ts';
import { changesFor } from '../../src/policy/cedar/explain/changes.ts';
import { partsOfPolicy } from '../../src/policy/cedar/explain/policy-parts.ts';
import { Trials } from '../../src/policy/cedar/explain/trials.ts';
import { parsePolicies } from '../../src/policy/cedar/parse/parse-policies.ts';
import { planExpression } from '../../src/policy/cedar/plan/plan-expression.ts';
import { valueToJson } from '../../src/policy/cedar/schema/value-json.ts';
import { EntityStore } from '../../src/policy/cedar/store/entity-store.ts';
import { CedarRecord, type Entity, fieldKey, fieldsOf } from '../../src/policy/cedar/value.ts';
import { policiesText } from './arbitrary-policy-text.ts';
import { world, type WorldEntity } from './arbitrary-world.ts';

/** Of one condition; more would only be more of the same. */
const MAX_CANDIDATES = 10;

function compilePolicies(text: string, store: EntityStore): readonly CompiledPolicy[] {
  const parsed = parsePolicies({ policies: text });
  assert.ok(parsed.ok);
  const constants = {
    entity: (type: string, id: string): Entity => store.intern({ type, id }),
    entityType: (name: string): Entity['type'] => store.internType(name),
  };
  return parsed.value.policies.map((syntax, order) => {
    const scope = scopeOf(syntax, constants);
    const conditions = syntax.conditions.map(({ kind, body }) => {
      return { body: planExpression(body, constants), wanted: kind === 'when' };
    });
    const planned = { tests: scope.tests, conditions };
    const [run] = interpretPolicies([planned]);
    assert.ok(run);
    return { syntax, order, scope, planned, run };
  });
}

function uidOf({ type, id }: Entity): EntityUid {
  return { type: type.name, id };
}

/** The entities in which the assumption is true; who is in whom is tried elsewhere (membership.test.ts). */
function realized({ assumption }: Environment, store: EntityStore, entities: readonly WorldEntity[]): EntityStore {
  const real = new EntityStore();
  assert.ok(real.put(entities).ok);
  if (assumption === undefined || assumption.kind === 'membership') return real;
  const { owner, name, value, kind } = assumption;
  const record = CedarRecord.of(
    fieldsOf(kind === 'tag' ? owner.tags : owner.attributes).filter(([other]) => other !== name),
  );
  if (value !== undefined) record[fieldKey(name)] = value;
  const changed = { ...store.toJson(owner), [kind === 'tag' ? 'tags' : 'attrs']: jsonOf(record) };
  const put = real.put([changed]);
  assert.ok(put.ok, JSON.stringify(put));
  return real;
}

function jsonOf(record: CedarRecord): CedarJsonObject {
  return Object.fromEntries(fieldsOf(record).map(([name, value]) => [name, valueToJson(value)])) as CedarJsonObject;
}

test('what a change is said to do to a policy and to the decision, it does', async () => {
  let made = 0;
  await fc.assert(
    fc.asyncProperty(policiesText, world, fc.boolean(), async (text, { entities, requests }, failClosed) => {
      const store = new EntityStore();
      const policies = compilePolicies(text, store);
      fc.pre(store.put(entities).ok);
      const index = new PolicyIndex(policies, undefined);
      for (const request of requests) {
        const resolved = resolveRequest(store, request);
        assert.ok(resolved.ok);
        const { principal, action, resource } = resolved.value;
        const bucket = index.bucket(action, principal.type, resource.type);
        for (const policy of bucket.policies) {
          const trials = new Trials(resolved.value, bucket, failClosed);
          for (const { plan, wanted } of partsOfPolicy(policy)) {
            for (const goal of [wanted, !wanted]) {
              const candidates = changesFor(plan, goal, { trials, hierarchy: store }).take(MAX_CANDIDATES);
              for (const { message, ways } of candidates) {
                for (const environment of [...ways]
                  .flat()
                  .filter(({ assumption }) => assumption?.kind !== 'membership')) {
                  const real = realized(environment, store, entities);
                  await assertLike(trials, policy, environment, real, { text, failClosed, message });
                  made += 1;
                }
              }
            }
          }
        }
      }
    }),
    { numRuns: 60 },
  );
  assert.ok(made > 100, `only ${made} changes were made`);
});

async function assertLike(
  trials: Trials,
  policy: CompiledPolicy,
  environment: Environment,
  entities: EntityStore,
  { text, failClosed, message }: { readonly text: string; readonly failClosed: boolean; readonly message: string },
): Promise<void> {
  const request: CedarRequest = {
    principal: uidOf(environment.principal),
    action: uidOf(environment.action),
    resource: uidOf(environment.resource),
    context: jsonOf(environment.context),
  };
  const whole = await compileCedar({ policies: text, entities, forbidErrors: failClosed ? 'deny' : 'skip' });
  assert.ok(whole.ok);
  const allows = trials.allows(environment);
  if (allows !== undefined)
    assert.equal(whole.value.decide(request) === 'allow', allows, `the decision after ${message}`);
  const { source, span, effect } = policy.syntax;
  const permit = source.text.slice(span.start, span.end).replace(/^(?:permit|forbid)/u, 'permit');
  const alone = await compileCedar({ policies: permit, entities });
  assert.ok(alone.ok);
  const applies = trials.applies(policy, environment);
  if (applies === undefined) return;
  assert.equal(alone.value.decide(request) === 'allow', applies === true, `the ${effect} after ${message}`);
}
