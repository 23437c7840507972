import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { AccessRequest } from '../kernel/access-request.ts';
import { systemClock } from '../kernel/clock.ts';
import type { LedgerEvent } from '../kernel/ledger-event.ts';
import { ProblemError } from '../kernel/problem.ts';
import { type Revision, toRevision } from '../kernel/revision.ts';
import type { Records } from '../records/records.ts';
import { DecisionPoint } from './decision-point.ts';
import { explainDecision } from './explain.ts';
import type { Layer } from './layer.ts';
import { applyDesired, loadSnapshot } from './policy-records.ts';
import { EMPTY_SNAPSHOT, type PolicyText, type Snapshot } from './snapshot.ts';
import { allow, desired, httpRequest, idOf, openTestRecords, POLICIES, snapshotOf } from './testing/shop.ts';

/** As a deployment reads its history: what was compacted is gone. */
function historyOf(records: Records): (revision: Revision) => Promise<Snapshot | undefined> {
  return async (revision) => {
    try {
      const loaded = await loadSnapshot(records, revision);
      return loaded.ok ? loaded.value : undefined;
    } catch (error) {
      if (error instanceof ProblemError && error.problem.code === 'records/compacted') return undefined;
      throw error;
    }
  };
}

/** The event that a decision on this snapshot leaves in the ledger. */
async function recorded(snapshot: Snapshot, request: AccessRequest): Promise<LedgerEvent> {
  const events: LedgerEvent[] = [];
  const record = (event: LedgerEvent): Promise<void> => {
    events.push(JSON.parse(JSON.stringify(event)) as LedgerEvent);
    return Promise.resolve();
  };
  const random = (bytes: number): Uint8Array => new Uint8Array(bytes);
  await new DecisionPoint({ snapshot, record, clock: systemClock, random }).decide(request);
  const [event] = events;
  assert.ok(event !== undefined);
  return event;
}

async function apply(records: Records, policies: readonly PolicyText[]): Promise<Snapshot> {
  const applied = await applyDesired(records, desired({ policies }), () => Promise.resolve());
  assert.ok(applied.ok);
  const loaded = await loadSnapshot(records);
  assert.ok(loaded.ok);
  return loaded.value;
}

test('a decision is explained by the policies of its own time, whatever was changed since', async () => {
  await using store = openTestRecords();
  const { records } = store;
  const allowed = await recorded(await apply(records, POLICIES), httpRequest());
  const denied = await recorded(await apply(records, [allow('payments', 'storefront')]), httpRequest());
  await apply(records, []);

  const first = await explainDecision(allowed, historyOf(records));
  assert.ok(first !== undefined);
  assert.deepEqual([first.id, first.time, first.effect, first.revision], [allowed.id, allowed.time, 'allow', 1]);
  assert.equal(first.reproduced, 'same');
  assert.deepEqual(first.request, httpRequest());
  assert.deepEqual(
    first.layers.map(({ layer, tier, verdict, remedies }) => [layer, tier, verdict.kind, remedies]),
    [['mesh', 'mesh', 'permit', []]],
  );
  assert.equal(first.layers[0]?.verdict.reasons[0]?.policy, 'AuthorizationPolicy shop/payments');

  const second = await explainDecision(denied, historyOf(records));
  assert.ok(second !== undefined);
  assert.deepEqual([second.effect, second.revision, second.reproduced], ['deny', 2, 'same']);
  const remedies = second.layers.flatMap((layer) => layer.remedies);
  assert.equal(remedies.length, 1);
  assert.match(remedies[0]?.message ?? '', /rules\[0\].*shop\.example\/ns\/shop\/sa\/storefront.*sa\/orders/u);
  assert.equal(remedies[0]?.span?.file, 'payments.yaml');
});

test('where the history is gone, what was recorded is all there is', async () => {
  await using store = openTestRecords();
  const { records } = store;
  const event = await recorded(await apply(records, POLICIES), httpRequest());
  await apply(records, []);
  await records.compact(toRevision(2));
  const explained = await explainDecision(event, historyOf(records));
  assert.ok(explained !== undefined);
  assert.deepEqual([explained.reproduced, explained.layers, explained.effect], ['history-gone', [], 'allow']);
  assert.equal(explained.reasons[0]?.policy, 'AuthorizationPolicy shop/payments');
});

test('a record that says otherwise than its policies is told from one that agrees', async () => {
  const snapshot = snapshotOf();
  const event = await recorded(snapshot, httpRequest());
  const reproduced = async (data: LedgerEvent['data']): Promise<string | undefined> =>
    (await explainDecision({ ...event, data }, () => Promise.resolve(snapshot)))?.reproduced;
  assert.equal(await reproduced(event.data), 'same');
  assert.equal(await reproduced({ ...event.data, effect: 'deny' }), 'different');
  const request = httpRequest({ from: 'storefront' }) as unknown as LedgerEvent['data'];
  assert.equal(await reproduced({ ...event.data, request }), 'different');
});

test('for a resource that no policy speaks for, the explanation says what to write', async () => {
  const snapshot = snapshotOf();
  for (const [to, message] of [
    ['nobody', `declare \`${idOf('nobody')}\` as a workload, and write an AuthorizationPolicy that selects it`],
    ['orders', 'write an AuthorizationPolicy that selects the workload: none does, and default is deny'],
  ] as const) {
    // Without a policy for the whole namespace.
    const silent = to === 'orders' ? snapshotOf([allow('payments', 'orders')]) : snapshot;
    const event = await recorded(silent, httpRequest({ to }));
    const explained = await explainDecision(event, () => Promise.resolve(silent));
    assert.ok(explained !== undefined);
    assert.equal(explained.cause.kind, 'nothing-speaks');
    assert.deepEqual(
      explained.layers.flatMap(({ remedies }) => remedies),
      [{ message }],
    );
  }
});

test('a layer that throws when it explains is a fault of that layer, and the others are explained', async () => {
  const [mesh] = snapshotOf().tiers.flatMap(({ layers }) => layers);
  assert.ok(mesh !== undefined);
  const buggy: Layer = {
    name: 'buggy',
    tier: 'mesh',
    decide: () => ({ kind: 'permit', reasons: [] }),
    explain: () => {
      throw new Error('out of order');
    },
  };
  const tiers = [{ tier: { name: 'mesh', kind: 'grant' as const }, layers: [buggy, mesh] }];
  const snapshot = { ...EMPTY_SNAPSHOT, tiers };
  const explained = await explainDecision(await recorded(snapshot, httpRequest()), () => Promise.resolve(snapshot));
  const layers = explained?.layers ?? [];
  assert.deepEqual(layers[0], {
    layer: 'buggy',
    tier: 'mesh',
    verdict: { kind: 'fault', reasons: [{ message: 'layer `buggy` failed: out of order' }] },
    remedies: [],
  });
  assert.equal(layers[1]?.verdict.kind, 'permit');
});

test('what is no decision is not explained as one, and its history is not read', async () => {
  const event = await recorded(snapshotOf(), httpRequest());
  const never = (): Promise<never> => Promise.reject(new Error('read'));
  assert.equal(await explainDecision({ ...event, kind: 'connection.refused' }, never), undefined);
  assert.equal(await explainDecision({ ...event, data: {} }, never), undefined);
});
