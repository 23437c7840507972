/** What determines a decision is what its explanation says too, on either back end, whether errors deny or not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { CedarRequest } from '../authorize/cedar-request.ts';
import { compileCedar } from '../compile.ts';
import { EntityStore } from '../store/entity-store.ts';

const POLICIES = `
permit (principal in G::"staff", action == Action::"a", resource) when { context.n > 1 };
permit (principal == U::"ann", action, resource is R) unless { context.n == 3 };
permit (principal is U, action, resource) when { context.missing.deep };
forbid (principal, action == Action::"a", resource) when { context has stop && context.stop };
forbid (principal, action, resource == R::"r1") when { resource.locked };
`;

function store(): EntityStore {
  const entities = new EntityStore();
  const put = entities.put([
    { uid: { type: 'U', id: 'ann' }, parents: [{ type: 'G', id: 'staff' }] },
    { uid: { type: 'R', id: 'r2' }, attrs: { locked: true } },
  ]);
  assert.ok(put.ok);
  return entities;
}

function requests(): CedarRequest[] {
  const found: CedarRequest[] = [];
  for (const id of ['ann', 'bob'])
    for (const action of ['a', 'b'])
      for (const [type, resource] of [
        ['R', 'r1'],
        ['R', 'r2'],
        ['S', 's'],
      ] as const)
        for (const context of [{}, { n: 1 }, { n: 2 }, { n: 3 }, { n: 2, stop: true }, { n: 2, stop: 'x' }, { n: 0.5 }])
          for (const attributes of [undefined, { resource: { locked: false } }]) {
            const uids = { principal: { type: 'U', id }, action: { type: 'Action', id: action } };
            const request = { ...uids, resource: { type, id: resource }, context };
            found.push(attributes === undefined ? request : { ...request, attributes });
          }
  return found;
}

test('a determination is the explanation without what would have changed it', async () => {
  const seen = new Set<string>();
  for (const backend of ['javascript', 'closures'] as const) {
    for (const forbidErrors of ['skip', 'deny'] as const) {
      const set = await compileCedar({ policies: POLICIES, entities: store(), backend, forbidErrors });
      assert.ok(set.ok);
      for (const request of requests()) {
        const { considered, ...determined } = set.value.determine(request);
        const { misses: _, omittedMisses: __, noPermit: ___, ...explained } = set.value.explain(request);
        assert.deepEqual(determined, explained, JSON.stringify(request));
        assert.equal(determined.decision, set.value.decide(request));
        const byNobody = determined.determining.length === 0 && !determined.deniedByError;
        if (considered.length > 0) assert.ok(determined.decision === 'deny' && byNobody);
        seen.add(
          `${determined.decision} ${determined.deniedByError} ${determined.problem?.code} ${considered.length > 0}`,
        );
      }
    }
  }
  assert.ok(seen.size >= 5, [...seen].join(', '));
});
