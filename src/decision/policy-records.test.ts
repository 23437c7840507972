import assert from 'node:assert/strict';
import { test } from 'node:test';

import { DEFAULT_CEDAR_NAMES } from '../inventory/cedar-names.ts';
import { ProblemError } from '../kernel/problem.ts';
import { NO_REVISION, toRevision } from '../kernel/revision.ts';
import type { TrustDomain } from '../kernel/trust-domain.ts';
import type { Records, StoredRecord } from '../records/records.ts';
import { evaluate } from './evaluate.ts';
import { type Announce, applyDesired, loadSnapshot } from './policy-records.ts';
import type { PolicyText } from './snapshot.ts';
import { layerIn, regoPolicies } from './testing/guards.ts';
import { CEDAR_POLICIES, REFUNDS, refund } from './testing/refunds.ts';
import {
  NOW,
  allow,
  broken,
  desired,
  httpRequest,
  idOf,
  NO_DELETE,
  openTestRecords,
  POLICIES,
  STRICT,
  workload,
  WORKLOADS,
} from './testing/shop.ts';

const quietly: Announce = () => Promise.resolve();

type Applied = Extract<Awaited<ReturnType<typeof applyDesired>>, { readonly ok: true }>['value'];

async function apply(records: Records, changes: Parameters<typeof desired>[0] = {}): Promise<Applied> {
  const applied = await applyDesired(records, desired(changes), quietly);
  assert.ok(applied.ok, applied.ok ? '' : JSON.stringify(applied.problem));
  return applied.value;
}

async function everything(records: Records): Promise<readonly StoredRecord[]> {
  const kinds = ['policy', 'workload', 'settings', 'policy-set'];
  const listings = await Promise.all(kinds.map((kind) => records.list(kind, '')));
  return listings.flatMap((listing) => listing.records);
}

test('what is applied is read back as a snapshot that decides by it', async () => {
  await using store = openTestRecords();
  const { records } = store;
  assert.deepEqual(await apply(records), {
    revision: 1,
    added: [
      'settings mesh',
      'policy strict.yaml',
      'policy no-delete.yaml',
      'policy payments.yaml',
      'workload storefront',
      'workload orders',
      'workload payments',
    ],
    changed: [],
    removed: [],
  });
  const loaded = await loadSnapshot(records);
  assert.ok(loaded.ok);
  assert.equal(loaded.value.revision, 1);
  assert.equal(loaded.value.workloads.get(idOf('payments'))?.record, 'required');
  assert.equal(evaluate(loaded.value, httpRequest(), NOW).effect, 'allow');
  assert.equal(evaluate(loaded.value, httpRequest({ from: 'storefront' }), NOW).effect, 'deny');
});

test('the trust domain and the default namespace are part of what is applied', async () => {
  await using store = openTestRecords();
  const { records } = store;
  const plain: PolicyText = {
    language: 'mesh',
    file: 'plain.yaml',
    text: `apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: plain }
spec: { rules: [{ from: [{ source: { principals: [cluster.local/ns/shop/sa/orders] } }] }] }
`,
  };
  const effect = async (): Promise<string> => {
    const loaded = await loadSnapshot(records);
    assert.ok(loaded.ok);
    return evaluate(loaded.value, httpRequest(), NOW).effect;
  };
  await apply(records, { policies: [plain] });
  assert.equal(await effect(), 'allow');
  assert.deepEqual((await apply(records, { policies: [plain], namespace: 'elsewhere' }))?.changed, ['settings mesh']);
  assert.equal(await effect(), 'deny', 'the policy is of another namespace now');
  await apply(records, { policies: [plain], trustDomain: 'other.example' as TrustDomain });
  assert.equal(await effect(), 'deny', 'the caller is of another trust domain now');
});

test('Cedar policies are applied with their schema, their entities and their names, and are read back so', async () => {
  await using store = openTestRecords();
  const { records } = store;
  const applied = await apply(records, { policies: [...POLICIES, ...CEDAR_POLICIES] });
  assert.ok(applied !== undefined);
  assert.ok(applied.added.includes('policy refunds.cedar'));
  assert.ok(!applied.added.includes('settings cedar'), 'names that are the default are no record');
  const effect = async (): Promise<string> => {
    const loaded = await loadSnapshot(records);
    assert.ok(loaded.ok);
    return evaluate(loaded.value, refund(), NOW).effect;
  };
  assert.equal(await effect(), 'allow');
  const cedar = { ...DEFAULT_CEDAR_NAMES, types: new Map([['user', 'Group']]) };
  const renamed = await apply(records, { policies: [...POLICIES, ...CEDAR_POLICIES], cedar });
  assert.deepEqual(renamed?.added, ['settings cedar']);
  assert.equal(await effect(), 'deny', 'a user is a group now');
  const back = await apply(records, { policies: [...POLICIES, ...CEDAR_POLICIES] });
  assert.deepEqual(back?.removed, ['settings cedar']);
  assert.equal(await effect(), 'allow');
});

test('a Cedar policy that does not compile changes nothing, and is told beside what else is wrong', async () => {
  await using store = openTestRecords();
  const { records } = store;
  await apply(records, { policies: [...POLICIES, ...CEDAR_POLICIES] });
  const before = await everything(records);
  const wrong = { ...REFUNDS, text: REFUNDS.text.replace('context.amount', 'context.amont') };
  const policies = [broken('b.yaml'), wrong, ...CEDAR_POLICIES.slice(1)];
  const refused = await applyDesired(records, desired({ policies }), quietly);
  assert.ok(!refused.ok);
  assert.deepEqual(
    refused.problem.map(({ at }) => at?.file),
    ['b.yaml', 'refunds.cedar'],
  );
  assert.deepEqual(await everything(records), before);
});

const GUARD = {
  'guards/refunds.rego': 'package guards\n\ndeny contains "too much" if input.context.amount > data.limit\n',
  'guards/data.yaml': 'limit: 10\n',
};

test('Rego is applied with its data and the layers that it is in, and is read back so', async () => {
  await using store = openTestRecords();
  const { records } = store;
  const policies = [...POLICIES, ...CEDAR_POLICIES, ...regoPolicies(GUARD)];
  const rego = [layerIn('guards', { actions: ['refund'] })];
  const applied = await apply(records, { policies, rego });
  for (const name of ['settings rego', 'policy guards/refunds.rego', 'policy guards/data.yaml']) {
    assert.ok(applied?.added.includes(name), name);
  }
  const effect = async (): Promise<string> => {
    const loaded = await loadSnapshot(records);
    assert.ok(loaded.ok);
    return evaluate(loaded.value, refund(), NOW).effect;
  };
  assert.equal(await effect(), 'deny');
  const moved = await apply(records, { policies, rego: [layerIn('guards', { actions: ['view'] })] });
  assert.deepEqual(moved?.changed, ['settings rego']);
  assert.equal(await effect(), 'allow', 'it is not asked about refunds');
  const more = regoPolicies({ ...GUARD, 'guards/data.yaml': 'limit: 100\n' });
  const raised = await apply(records, { policies: [...POLICIES, ...CEDAR_POLICIES, ...more], rego });
  assert.deepEqual(raised?.changed, ['settings rego', 'policy guards/data.yaml']);
  assert.equal(await effect(), 'allow');
  const gone = await apply(records, { policies: [...POLICIES, ...CEDAR_POLICIES] });
  assert.ok(gone?.removed.includes('settings rego'));
});

test('Rego that does not compile changes nothing, and is told with its place', async () => {
  await using store = openTestRecords();
  const { records } = store;
  const rego = [layerIn('guards')];
  await apply(records, { policies: [...POLICIES, ...regoPolicies(GUARD)], rego });
  const before = await everything(records);
  const text = GUARD['guards/refunds.rego'].replace('data.limit', 'limit');
  const wrong = regoPolicies({ ...GUARD, 'guards/refunds.rego': text });
  const refused = await applyDesired(records, desired({ policies: [...POLICIES, ...wrong], rego }), quietly);
  assert.ok(!refused.ok);
  const [{ at } = {}] = refused.problem;
  assert.deepEqual([at?.file, at?.line], ['guards/refunds.rego', 3]);
  assert.deepEqual(await everything(records), before);
});

test('a change is one revision, whatever it adds, changes and removes', async () => {
  await using store = openTestRecords();
  const { records } = store;
  await apply(records);
  const change = await apply(records, {
    policies: [STRICT, allow('payments', 'storefront'), allow('orders', 'storefront')],
    workloads: [...WORKLOADS.slice(1), workload('reports')],
  });
  assert.deepEqual(change, {
    revision: 2,
    added: ['policy orders.yaml', 'workload reports'],
    changed: ['policy payments.yaml'],
    removed: ['policy no-delete.yaml', 'workload storefront'],
  });
  assert.equal(await records.revision(), 2);
  const loaded = await loadSnapshot(records);
  assert.ok(loaded.ok);
  assert.deepEqual([...loaded.value.workloads.values()].map(({ name }) => name).toSorted(), [
    ...['orders', 'payments', 'reports'],
  ]);
  assert.deepEqual(
    loaded.value.attachments.map(({ policy }) => policy),
    [...['AuthorizationPolicy shop/orders', 'AuthorizationPolicy shop/payments', 'PeerAuthentication shop/strict']],
  );
});

test('what is already so is not written, nor announced', async () => {
  await using store = openTestRecords();
  const { records } = store;
  await apply(records);
  const again = await applyDesired(records, desired(), () => Promise.reject(new Error('nothing to announce')));
  assert.deepEqual(again, { ok: true, value: undefined });
  // What concerns the machine alone is no matter of decisions.
  const moved = WORKLOADS.map((each) => ({ ...each, command: ['node', 'other.mjs'], svidTtlSeconds: 60 }));
  assert.equal(await apply(records, { workloads: moved }), undefined);
  assert.equal(await records.revision(), 1);
});

test('a set that does not compile changes nothing, and every problem of it is told', async () => {
  await using store = openTestRecords();
  const { records } = store;
  await apply(records);
  const before = await everything(records);
  const policies = [broken('a.yaml'), allow('payments', 'storefront'), broken('b.yaml')];
  const applied = await applyDesired(records, desired({ policies }), () => Promise.reject(new Error('too early')));
  assert.ok(!applied.ok);
  const places = applied.problem.map(({ code, at }) => `${code} ${at?.file}:${at?.line}`);
  assert.ok(
    places.some((place) => place.endsWith('a.yaml:4')),
    places.join(),
  );
  assert.ok(
    places.some((place) => place.endsWith('b.yaml:4')),
    places.join(),
  );
  assert.deepEqual(await everything(records), before);
  assert.equal(await records.revision(), 1);
});

test('the first set that is applied may be broken, too', async () => {
  await using store = openTestRecords();
  const applied = await applyDesired(store.records, desired({ policies: [broken('a.yaml')] }), quietly);
  assert.equal(applied.ok, false);
  assert.equal(await store.records.revision(), NO_REVISION);
});

test('a change is announced before it is written', async () => {
  await using store = openTestRecords();
  const { records } = store;
  const announced: unknown[] = [];
  await applyDesired(records, desired({ policies: [STRICT], workloads: [] }), async (change) => {
    announced.push(change, await records.revision());
  });
  assert.deepEqual(announced, [
    { added: ['settings mesh', 'policy strict.yaml'], changed: [], removed: [] },
    NO_REVISION,
  ]);
});

test('what cannot be announced is not written', async () => {
  await using store = openTestRecords();
  const { records } = store;
  await apply(records);
  const before = await everything(records);
  const problem = { code: 'ledger/unavailable', message: 'no space left on the device' };
  const failing: Announce = () => Promise.reject(new ProblemError(problem));
  await assert.rejects(applyDesired(records, desired({ policies: [] }), failing), { problem });
  assert.deepEqual(await everything(records), before);
  assert.equal(await records.revision(), 1);
});

test('of two who change the same policy at the same time one is refused', async () => {
  await using store = openTestRecords();
  const { records } = store;
  await apply(records);
  const slow = await applyDesired(records, desired({ policies: [allow('payments', 'storefront')] }), async () => {
    await apply(records, { policies: [allow('payments', 'orders', 'GET')] });
  });
  assert.ok(!slow.ok);
  assert.equal(slow.problem[0]?.code, 'records/conflict');
  const loaded = await loadSnapshot(records);
  assert.ok(loaded.ok);
  assert.equal(
    evaluate(loaded.value, httpRequest({ method: 'GET' }), NOW).effect,
    'allow',
    'the faster one is in force',
  );
  assert.equal(await records.revision(), 2);
});

test('of two who change different policies at the same time one is refused, for their sum is nobody\u{2019}s wish', async () => {
  await using store = openTestRecords();
  const { records } = store;
  await apply(records);
  for (const [faster, slower] of [
    [
      [...POLICIES, allow('orders', 'storefront')],
      [...POLICIES, allow('storefront', 'orders')],
    ],
    [POLICIES, [STRICT]],
    [[], [...POLICIES, NO_DELETE].map((each) => ({ ...each, file: `other-${each.file}` })).slice(0, 3)],
  ]) {
    const before = await records.revision();
    const slow = await applyDesired(records, desired({ policies: slower ?? [] }), async () => {
      await apply(records, { policies: faster ?? [] });
    });
    assert.equal(slow.ok ? 'written' : slow.problem[0]?.code, 'records/conflict');
    const files = (await records.list('policy', '')).records.map(({ name }) => name);
    assert.deepEqual(files.toSorted(), (faster ?? []).map(({ file }) => file).toSorted());
    assert.equal(await records.revision(), before + 1);
  }
});

test('of two who start on an empty store one is refused', async () => {
  await using store = openTestRecords();
  const { records } = store;
  const outcomes = await Promise.all([
    applyDesired(records, desired({ policies: [STRICT] }), quietly),
    applyDesired(records, desired({ policies: [NO_DELETE] }), quietly),
  ]);
  assert.deepEqual(outcomes.map(({ ok }) => String(ok)).toSorted(), ['false', 'true']);
  assert.equal((await records.list('policy', '')).records.length, 1);
});

test('a snapshot can be had as of an earlier revision, until its history is gone', async () => {
  await using store = openTestRecords();
  const { records } = store;
  await apply(records);
  await apply(records, { policies: [allow('payments', 'storefront')] });
  const effect = async (revision: number): Promise<string> => {
    const loaded = await loadSnapshot(records, toRevision(revision));
    assert.ok(loaded.ok);
    assert.equal(loaded.value.revision, revision);
    return evaluate(loaded.value, httpRequest(), NOW).effect;
  };
  assert.deepEqual([await effect(0), await effect(1), await effect(2)], ['deny', 'allow', 'deny']);
  await records.compact(toRevision(2));
  await assert.rejects(effect(1), /history is kept from revision 2 on/u);
  assert.equal(await effect(2), 'deny');
});

test('before anything was applied the snapshot is empty', async () => {
  await using store = openTestRecords();
  const loaded = await loadSnapshot(store.records);
  assert.ok(loaded.ok);
  assert.equal(loaded.value.revision, NO_REVISION);
  assert.equal(evaluate(loaded.value, httpRequest(), NOW).cause.kind, 'nothing-speaks');
});

test('a record that another version wrote is a problem that names it', async () => {
  await using store = openTestRecords();
  const { records } = store;
  await apply(records);
  const values: readonly [kind: string, name: string, value: null | Record<string, string>, message: RegExp][] = [
    [
      'policy',
      'new.prolog',
      { language: 'prolog', text: 'permit(P, A, R).' },
      /^the policy `new\.prolog` of revision 2 .* its `language`/u,
    ],
    ['workload', 'reports', { id: 'reports' }, /^the workload `reports` of revision 3 .* its `id`/u],
    ['settings', 'mesh', null, /^the settings `mesh` of revision 4 .* its value/u],
    [
      'settings',
      'mesh',
      { trustDomain: 'Shop', namespace: 'shop' },
      /^the settings `mesh` of revision 5 .* its `trustDomain`/u,
    ],
  ];
  for (const [kind, name, value, message] of values) {
    assert.ok((await records.write([{ kind, name, value }])).ok);
    const loaded = await loadSnapshot(records);
    assert.ok(!loaded.ok);
    assert.ok(loaded.problem.every(({ code }) => code === 'decision/unreadable-record'));
    const messages = loaded.problem.map((problem) => problem.message);
    assert.ok(
      messages.some((text) => message.test(text)),
      messages.join('; '),
    );
  }
  // Whoever applies again writes them as this version knows them.
  await apply(records);
  assert.ok((await loadSnapshot(records)).ok);
});
