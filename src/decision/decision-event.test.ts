import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import type { AccessRequest } from '../kernel/access-request.ts';
import type { Decision } from '../kernel/decision.ts';
import type { EventId } from '../kernel/event-id.ts';
import type { JsonObject } from '../kernel/json.ts';
import type { LedgerEvent } from '../kernel/ledger-event.ts';
import { toRevision } from '../kernel/revision.ts';
import { MAX_EVENT_DEPTH } from '../ledger/limits.ts';
import { decisionEvent, readDecision } from './decision-event.ts';
import { evaluate } from './evaluate.ts';
import { NOW, httpRequest, idOf, snapshotOf } from './testing/shop.ts';

function decide(request: AccessRequest): Decision {
  const evaluation = evaluate(snapshotOf(undefined, 9), request, NOW);
  return {
    id: '01jmc6k2v5d8q0ab' as EventId,
    ...evaluation,
    revision: toRevision(9),
    time: 1_700_000_000_000,
    micros: 1.5,
  };
}

/** As the ledger keeps it and gives it back. */
function throughLedger(event: LedgerEvent): LedgerEvent {
  return JSON.parse(JSON.stringify(event)) as LedgerEvent;
}

test('what is written is read back, for every way in which it can be decided', () => {
  for (const asked of [
    {},
    { from: 'storefront' },
    { method: 'DELETE' },
    { mtls: false },
    { to: 'nobody' },
    { path: 'not a path' },
  ]) {
    const request = httpRequest(asked);
    const decision = decide(request);
    const { effect, cause, reasons, revision } = decision;
    assert.deepEqual(readDecision(throughLedger(decisionEvent(decision, request))), {
      ...{ effect, cause, reasons, request, revision },
    });
  }
});

test('who asked on behalf of the subject is the actor, and never the subject', () => {
  const request = { ...httpRequest(), context: {} };
  const decision = decide(request);
  const asker = { type: 'workload', id: idOf('payments') } as const;
  const event = throughLedger(decisionEvent(decision, request, asker));
  assert.deepEqual(event.actor, asker);
  const read = readDecision(event);
  assert.deepEqual([read?.asker, read?.request], [asker, request]);
  assert.equal(readDecision(throughLedger(decisionEvent(decision, request)))?.asker, undefined);
});

test('the event says who asked, when, and in which trace', () => {
  const request = httpRequest();
  const decision = decide(request);
  const event = decisionEvent(decision, request);
  assert.deepEqual([event.id, event.time, event.kind], [decision.id, decision.time, 'decision']);
  assert.deepEqual(event.actor, { type: 'workload', id: request.subject.id });
  assert.equal(event.traceId, '0af7651916cd43dd8448eb211c80319c');
  const anonymous = httpRequest({ mtls: false });
  assert.deepEqual(decisionEvent(decision, anonymous).actor, { type: 'anonymous', id: 'anonymous' });
  const person = { ...request, subject: { type: 'user', id: 'ada' }, context: {} };
  const other = decisionEvent(decision, person);
  assert.deepEqual([other.actor, 'traceId' in other], [{ type: 'system', id: 'ada' }, false]);
});

test('an event of another kind is no decision, whatever is in it', () => {
  const request = httpRequest();
  const event = decisionEvent(decide(request), request);
  assert.equal(readDecision({ ...event, kind: 'connection.refused' }), undefined);
});

const base = decisionEvent(decide(httpRequest()), httpRequest());

test('a decision that lacks a part, or has a wrong one, is not read', () => {
  for (const field of ['effect', 'cause', 'reasons', 'request', 'revision']) {
    const { [field]: _, ...rest } = base.data;
    assert.equal(readDecision({ ...base, data: rest }), undefined, `without ${field}`);
    for (const wrong of [null, 'x', 7.5, -1, [1], {}]) {
      assert.equal(
        readDecision({ ...base, data: { ...rest, [field]: wrong } }),
        undefined,
        `${field}: ${JSON.stringify(wrong)}`,
      );
    }
  }
});

test('any data is a decision or is not, and never an exception', () => {
  const data = fc.jsonValue() as fc.Arbitrary<JsonObject>;
  fc.assert(fc.property(data, (value) => readDecision({ ...base, data: value }) === undefined));
  // Near misses: one part of a true decision replaced, or one of its parts' parts.
  const keys = Object.keys(base.data);
  fc.assert(
    fc.property(
      fc.constantFrom(...keys),
      fc.option(fc.string(), { nil: undefined }),
      fc.jsonValue(),
      (key, inner, value) => {
        const part = base.data[key] as JsonObject;
        const replaced = (inner === undefined ? value : { ...part, [inner]: value }) as JsonObject;
        const read = readDecision({ ...base, data: { ...base.data, [key]: replaced } });
        assert.ok(read === undefined || read.effect === 'allow' || read.effect === 'deny');
        assert.ok(read === undefined || Number.isSafeInteger(read.revision));
      },
    ),
  );
});

test('data that is nested as deep as the ledger takes it is read or not, and never an exception', () => {
  const deep = JSON.parse(`${'['.repeat(MAX_EVENT_DEPTH)}${']'.repeat(MAX_EVENT_DEPTH)}`) as JsonObject;
  const request = { ...httpRequest(), context: { deep } };
  for (const data of [deep, { ...base.data, request: request as unknown as JsonObject }]) {
    const read = readDecision({ ...base, data });
    assert.ok(read === undefined || read.effect === 'allow');
  }
});

test('properties of any name come back as they were', () => {
  const names = fc.dictionary(fc.string(), fc.jsonValue());
  fc.assert(
    fc.property(names, (properties) => {
      const given = JSON.parse(JSON.stringify(properties)) as JsonObject;
      const request = { ...httpRequest(), context: given };
      const read = readDecision(throughLedger(decisionEvent(decide(httpRequest()), request)));
      assert.deepEqual(read?.request.context, given);
    }),
    { examples: [[JSON.parse('{"__proto__":false}') as Record<string, boolean>]] },
  );
});
