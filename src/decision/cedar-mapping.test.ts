/** What a request is called in Cedar, by default and by the `cedar` block, and what of it policies get to see. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { type CedarNames, DEFAULT_CEDAR_NAMES } from '../inventory/cedar-names.ts';
import type { AccessRequest } from '../kernel/access-request.ts';
import { isTypeName } from '../policy/cedar/entity-uid.ts';
import type { CedarSchema } from '../policy/cedar/schema/cedar-schema.ts';
import { loadCedarSchema } from '../policy/cedar/schema/load-schema.ts';
import { cedarRequestOf, uidsOf } from './cedar-mapping.ts';
import { REFUNDS_SCHEMA, refund } from './testing/refunds.ts';
import { httpRequest, idOf } from './testing/shop.ts';

const SHOP_NAMES: CedarNames = {
  namespace: 'Shop',
  types: new Map([['user', 'People::Person']]),
  actions: new Map([['refund', { type: 'Shop::Action', id: 'giveBack' }]]),
};

function typeOf(type: string, names: CedarNames = DEFAULT_CEDAR_NAMES): string {
  const uids = uidsOf(names, { ...refund(), resource: { type, id: 'x' } });
  return uids.ok ? uids.value.resource.type : 'none';
}

async function schema(): Promise<CedarSchema> {
  const loaded = await loadCedarSchema(REFUNDS_SCHEMA.text);
  assert.ok(loaded.ok);
  return loaded.value;
}

test('by default a type is its words with capitals, and an action its name', () => {
  const uids = uidsOf(DEFAULT_CEDAR_NAMES, refund());
  assert.deepEqual(uids, {
    ok: true,
    value: {
      principal: { type: 'User', id: 'bob' },
      action: { type: 'Action', id: 'refund' },
      resource: { type: 'Order', id: 'o-17' },
    },
  });
  assert.equal(typeOf('purchase-order'), 'PurchaseOrder');
  assert.equal(typeOf('purchase_order.line'), 'PurchaseOrderLine');
  assert.equal(typeOf('purchaseOrder'), 'PurchaseOrder');
  assert.equal(typeOf('Shop::Order'), 'Shop::Order');
});

test('what the mesh asks has names too', () => {
  const uids = uidsOf(DEFAULT_CEDAR_NAMES, httpRequest());
  assert.ok(uids.ok);
  assert.deepEqual(uids.value, {
    principal: { type: 'Workload', id: idOf('orders') },
    action: { type: 'Action', id: 'http:request' },
    resource: { type: 'Workload', id: idOf('payments') },
  });
});

test('the namespace stands before every name that the block does not give itself', () => {
  const uids = uidsOf(SHOP_NAMES, refund());
  assert.ok(uids.ok);
  assert.deepEqual(uids.value.principal, { type: 'People::Person', id: 'bob' });
  assert.deepEqual(uids.value.action, { type: 'Shop::Action', id: 'giveBack' });
  assert.deepEqual(uids.value.resource, { type: 'Shop::Order', id: 'o-17' });
  const read = uidsOf(SHOP_NAMES, { ...refund(), action: { name: 'read' } });
  assert.deepEqual(read.ok ? read.value.action : undefined, { type: 'Shop::Action', id: 'read' });
});

test('a type that gives no name is a problem that says which', () => {
  for (const type of ['', '7', 'a b', 'Shop::', 'é', 'in::Order']) {
    const uids = uidsOf(DEFAULT_CEDAR_NAMES, { ...refund(), subject: { type, id: 'x' } });
    assert.ok(!uids.ok, type);
    assert.match(uids.problem, /of the subject gives no name of a Cedar type/u);
  }
});

test('whatever a type is called, what comes out is the name of a Cedar type', () => {
  fc.assert(
    fc.property(fc.string(), (type) => {
      const name = typeOf(type);
      assert.ok(name === 'none' || isTypeName(name), name);
    }),
  );
});

function mapped(request: AccessRequest, withSchema?: CedarSchema): ReturnType<typeof cedarRequestOf> {
  const uids = uidsOf(DEFAULT_CEDAR_NAMES, request);
  assert.ok(uids.ok);
  return cedarRequestOf(uids.value, request, withSchema);
}

test('properties are attributes for this request, and those of the action stand in the context', () => {
  const request = { ...refund(), action: { name: 'refund', properties: { reason: 'broken' } } };
  const result = mapped(request);
  assert.ok(result.ok);
  assert.deepEqual(result.value.context, { amount: 20, action: { reason: 'broken' } });
  assert.deepEqual(result.value.attributes, { resource: { refunded: false } });
});

test('a context that already has an action is refused: neither may be lost', () => {
  const request = refund({ context: { action: 'x' } });
  assert.ok(mapped(request).ok);
  const both = mapped({ ...request, action: { name: 'refund', properties: { reason: 'broken' } } });
  assert.ok(!both.ok);
  assert.match(both.problem, /`context\.action`/u);
});

test('with a schema, what it does not declare is left out, whatever it is called', async () => {
  const context = JSON.parse('{"amount": 5, "traceId": "x", "constructor": 1, "__proto__": 1, "risk": 0.5}') as {};
  const request = refund({ context });
  const resource = { ...request.resource, properties: { refunded: true, secret: null } };
  const result = mapped({ ...request, resource }, await schema());
  assert.ok(result.ok);
  assert.deepEqual(result.value.context, { amount: 5 });
  assert.deepEqual(result.value.attributes, { resource: { refunded: true } });
});
