import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Clock } from '../kernel/clock.ts';
import type { Answer } from '../kernel/decision.ts';
import { parseEventId, timeOfEventId } from '../kernel/event-id.ts';
import type { LedgerEvent, RecordMode } from '../kernel/ledger-event.ts';
import type { Permit } from '../kernel/permit.ts';
import type { RecordEvent } from '../kernel/ports.ts';
import { ProblemError } from '../kernel/problem.ts';
import { DecisionPoint } from './decision-point.ts';
import type { Layer } from './layer.ts';
import { EMPTY_SNAPSHOT, type Snapshot } from './snapshot.ts';
import { NOW, allow, connectRequest, httpRequest, idOf, snapshotOf } from './testing/shop.ts';

const NOON = Date.UTC(2026, 0, 1, 12);
const clock: Clock = { now: () => NOON, monotonic: () => 0 };
const random = (bytes: number): Uint8Array => new Uint8Array(bytes).fill(7);

function pointOn(snapshot: Snapshot, record: RecordEvent): DecisionPoint {
  return new DecisionPoint({ snapshot, record, clock, random });
}

type Journal = { readonly record: RecordEvent; readonly kept: { event: LedgerEvent; mode: RecordMode }[] };

function journal(): Journal {
  const kept: { event: LedgerEvent; mode: RecordMode }[] = [];
  const record: RecordEvent = (event, mode) => {
    kept.push({ event, mode });
    return Promise.resolve();
  };
  return { record, kept };
}

/** Takes a permit as an enforcement point does: nothing else will do. */
function forward(permit: Permit): string {
  return permit.decisionId;
}

test('what is allowed comes with a permit that names the decision and its revision', async () => {
  const { record, kept } = journal();
  const answer = await pointOn(snapshotOf(undefined, 7), record).decide(httpRequest());
  assert.ok(answer.kind === 'permitted');
  const { permit, decision } = answer;
  assert.deepEqual([permit.decisionId, permit.revision, permit.obligations], [decision.id, 7, []]);
  assert.deepEqual([decision.effect, decision.revision, decision.time], ['allow', 7, NOON]);
  const id = parseEventId(decision.id);
  assert.ok(id.ok);
  assert.equal(timeOfEventId(id.value), NOON);
  assert.equal(kept[0]?.event.id, decision.id);
});

test('who asks for another is the actor of the record, which is kept as the asker is recorded', async () => {
  const { record, kept } = journal();
  const request = { ...httpRequest({ to: 'storefront' }), resource: { type: 'order', id: 'o-17' } };
  for (const [name, mode] of [
    ['payments', 'required'],
    ['orders', 'prompt'],
  ] as const) {
    const asker = { type: 'workload', id: idOf(name) } as const;
    await pointOn(snapshotOf(), record).decide(request, asker);
    assert.deepEqual([kept.at(-1)?.event.actor, kept.at(-1)?.mode], [asker, mode]);
  }
});

test('what is denied comes without a permit', async () => {
  const answer = await pointOn(snapshotOf(), journal().record).decide(httpRequest({ from: 'storefront' }));
  assert.deepEqual(Object.keys(answer).toSorted(), ['decision', 'kind']);
  assert.equal(answer.kind, 'denied');
});

test('nothing but a decision makes a permit', async () => {
  const answer = await pointOn(snapshotOf(), journal().record).decide(httpRequest());
  // @ts-expect-error: a denied answer has no permit, so whoever did not look at the answer does not compile.
  assert.throws(() => forward((answer.kind === 'permitted' ? { ...answer, permit: undefined } : answer).permit));
  assert.ok(answer.kind === 'permitted');
  const { decisionId, revision, obligations } = answer.permit;
  // @ts-expect-error: an object of the same shape is no permit.
  const forged: Permit = { decisionId, revision, obligations };
  assert.equal(Object.getPrototypeOf(forged), Object.prototype);
  // A copy that got past the compiler is worth nothing: what it would say stays with the permit.
  const copy = Object.create(Object.getPrototypeOf(answer.permit) as object) as Permit;
  assert.throws(() => forward(copy), TypeError);
  assert.equal(forward(answer.permit), answer.decision.id);
});

test('the resource says how its decisions are recorded', async () => {
  const { record, kept } = journal();
  const point = pointOn(snapshotOf(), record);
  await point.decide(httpRequest({ to: 'payments' }));
  await point.decide(connectRequest({ to: 'payments', from: 'storefront' }));
  await point.decide(httpRequest({ to: 'orders' }));
  await point.decide(httpRequest({ to: 'nobody' }));
  assert.deepEqual(
    kept.map(({ mode }) => mode),
    ['required', 'required', 'prompt', 'prompt'],
  );
});

test('the answer is given only after the decision is recorded', async () => {
  const recording = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const point = pointOn(snapshotOf(), () => {
    asked.resolve();
    return recording.promise;
  });
  const answers: Answer[] = [];
  const deciding = point.decide(httpRequest()).then((answer) => answers.push(answer));
  await asked.promise;
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
  assert.equal(answers.length, 0);
  recording.resolve();
  await deciding;
  assert.equal(answers[0]?.kind, 'permitted');
});

test('what cannot be recorded is denied, whatever the policies say', async () => {
  const full = new ProblemError({ code: 'ledger/unavailable', message: 'no space left on the device' });
  const failures: RecordEvent[] = [
    () => Promise.reject(full),
    () => {
      throw full;
    },
  ];
  for (const record of failures) {
    for (const asked of [httpRequest(), httpRequest({ method: 'DELETE' })]) {
      const answer = await pointOn(snapshotOf(), record).decide(asked);
      assert.equal(answer.kind, 'denied');
      assert.equal('permit' in answer, false);
      const { effect, cause, reasons, obligations } = answer.decision;
      assert.deepEqual([effect, cause], ['deny', { kind: 'fault', tier: 'ledger', layer: 'ledger' }]);
      const message = `the decision on \`${asked.resource.id}\` could not be recorded: no space left on the device`;
      assert.deepEqual([reasons, obligations], [[{ layer: 'ledger', message }], []]);
    }
  }
});

test('a swap is in force for the next question, and those who listen are told', async () => {
  const { record, kept } = journal();
  const point = pointOn(EMPTY_SNAPSHOT, record);
  const told: string[] = [];
  const stopFirst = point.onChanged((revision) => told.push(`first ${revision}`));
  // Whoever is told sees what is in force.
  point.onChanged((revision) => told.push(`second ${revision} ${point.snapshot.revision}`));
  assert.equal((await point.decide(httpRequest())).kind, 'denied');
  point.swap(snapshotOf(undefined, 4));
  assert.equal((await point.decide(httpRequest())).kind, 'permitted');
  stopFirst();
  stopFirst();
  point.swap(snapshotOf([allow('payments', 'storefront')], 5));
  assert.equal((await point.decide(httpRequest())).kind, 'denied');
  assert.deepEqual(told, ['first 4', 'second 4 4', 'second 5 5']);
  assert.deepEqual(
    kept.map(({ event }) => event.data['revision']),
    [0, 4, 5],
  );
});

test('a decision is made at one revision, also when another is put in force meanwhile', async () => {
  const recording = Promise.withResolvers<void>();
  const point = pointOn(snapshotOf(undefined, 1), () => recording.promise);
  const deciding = point.decide(httpRequest());
  point.swap(snapshotOf([], 2));
  recording.resolve();
  const answer = await deciding;
  assert.ok(answer.kind === 'permitted');
  assert.deepEqual([answer.permit.revision, answer.decision.revision], [1, 1]);
});

test('a listener that a listener takes away or adds is no harm', () => {
  const point = pointOn(EMPTY_SNAPSHOT, journal().record);
  const told: string[] = [];
  const stop = point.onChanged(() => {
    told.push('a');
    stop();
  });
  point.onChanged(() => told.push('b'));
  point.swap(snapshotOf(undefined, 1));
  point.swap(snapshotOf(undefined, 2));
  assert.deepEqual(told, ['a', 'b', 'b']);
});

test('the obligations of the layers are the permit\u{2019}s', async () => {
  const decide: Layer['decide'] = () => ({ kind: 'permit', reasons: [], obligations: [{ kind: 'log-body' }] });
  const layer: Layer = {
    name: 'net',
    tier: 'mesh',
    decide,
    explain: () => ({ verdict: decide(httpRequest(), NOW), remedies: [] }),
  };
  const tiers = [{ tier: { name: 'mesh', kind: 'grant' as const }, layers: [layer] }];
  const answer = await pointOn({ ...EMPTY_SNAPSHOT, tiers }, journal().record).decide(httpRequest());
  assert.ok(answer.kind === 'permitted');
  assert.deepEqual(answer.permit.obligations, [{ kind: 'log-body' }]);
  assert.deepEqual(answer.decision.obligations, [{ kind: 'log-body' }]);
});
