/** What a recorded decision looks like as a call in the account, whoever decided on whatever. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { EventId } from '../kernel/event-id.ts';
import type { Actor, LedgerEvent } from '../kernel/ledger-event.ts';
import { type Call, callOf } from './scenario.ts';

const PAYMENTS = 'spiffe://shop.example/ns/shop/sa/payments';
const ORDERS = 'spiffe://shop.example/ns/shop/sa/orders';

function nameOf(id: string): string | undefined {
  return { [PAYMENTS]: 'payments', [ORDERS]: 'orders' }[id];
}

type Decided = { readonly request: object; readonly effect?: string; readonly asker?: Actor };

function call({ request, effect = 'deny', asker }: Decided): Partial<Call> | undefined {
  const event = {
    id: '1jmc6k2v5d8q0001' as EventId,
    time: 0,
    kind: 'decision',
    actor: asker ?? { type: 'workload', id: ORDERS },
    data: { effect, request, reasons: [{ policy: 'p' }], ...(asker === undefined ? {} : { asked: true }) },
  };
  const found = callOf(event as unknown as LedgerEvent, nameOf);
  if (found === undefined) return undefined;
  const { id: _, time: __, ...rest } = found;
  return rest;
}

const workload = (id: string): object => ({ type: 'workload', id });

test('a request is told by method and path, between workloads by their names', () => {
  const action = { name: 'http:request', properties: { method: 'POST', path: '/charges' } };
  const request = { subject: workload(ORDERS), action, resource: workload(PAYMENTS) };
  const told = { from: 'orders', to: 'payments', what: 'POST /charges', outcome: 'refused', because: 'p' };
  assert.deepEqual(call({ request }), told);
});

test('a connection that carries requests is told when it is refused, and by its requests otherwise', () => {
  const action = { name: 'connect', properties: { protocol: 'http' } };
  const request = { subject: { type: 'anonymous', id: 'anonymous' }, action, resource: workload(PAYMENTS) };
  assert.deepEqual([call({ request })?.from, call({ request })?.what], ['nobody', 'connect']);
  assert.equal(call({ request, effect: 'allow' }), undefined);
  const tcp = { ...request, action: { name: 'connect', properties: { protocol: 'tcp' } } };
  assert.equal(call({ request: tcp, effect: 'allow' })?.outcome, 'allowed');
});

test('an action of an application is told by type and id, and with who asked', () => {
  const request = {
    subject: { type: 'user', id: 'bob' },
    action: { name: 'refund', properties: { protocol: 'http' } },
    resource: { type: 'order', id: 'o-17' },
  };
  const told = { from: 'user bob', to: 'order o-17', what: 'refund', outcome: 'allowed', because: 'p' };
  const asker = { type: 'workload', id: PAYMENTS } as const;
  assert.deepEqual(call({ request, effect: 'allow', asker }), { ...told, asker: 'payments' });
  const operator = { type: 'operator', id: 'uid:1000' } as const;
  assert.equal(call({ request, asker: operator })?.asker, 'uid:1000');
});
