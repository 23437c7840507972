/** The access API as its callers meet it: a real server on a real socket, asked by this very process. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { type IncomingHttpHeaders, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { openLinuxCalls } from '../../identity/attestation/linux-calls.ts';
import { Registry } from '../../identity/attestation/registry.ts';
import { systemTimers } from '../../identity/timers.ts';
import type { AccessRequest } from '../../kernel/access-request.ts';
import { systemClock } from '../../kernel/clock.ts';
import type { Answer, Decision } from '../../kernel/decision.ts';
import { makeEventId } from '../../kernel/event-id.ts';
import type { Actor, LedgerEvent } from '../../kernel/ledger-event.ts';
import type { Decide } from '../../kernel/ports.ts';
import { NO_REVISION } from '../../kernel/revision.ts';
import type { SpiffeId } from '../../kernel/spiffe-id.ts';
import { MAX_BODY_BYTES } from '../request-body.ts';
import { serveAccessApi } from './server.ts';

const PAYMENTS = 'spiffe://shop.example/ns/shop/sa/payments' as SpiffeId;
const QUESTION = {
  subject: { type: 'user', id: 'bob' },
  action: { name: 'refund' },
  resource: { type: 'order', id: 'o-17' },
  context: { amount: 250 },
};

type Got = { readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: string };
type Sent = {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
};

type Asked = { readonly request: AccessRequest; readonly asker: Actor | undefined };

/** `bob` is denied everything; the others are allowed. */
async function start(decide?: Decide): Promise<
  AsyncDisposable & {
    readonly socketPath: string;
    readonly registry: Registry;
    readonly asked: readonly Asked[];
    readonly events: readonly LedgerEvent[];
    readonly ask: (sent?: Sent) => Promise<Got>;
  }
> {
  const directory = mkdtempSync(join(tmpdir(), 'access-api-'));
  chmodSync(directory, 0o755);
  const socketPath = join(directory, 'access.sock');
  const calls = openLinuxCalls();
  assert.ok(calls.ok);
  const registry = new Registry();
  const asked: Asked[] = [];
  const events: LedgerEvent[] = [];
  const random = (bytes: number): Uint8Array => randomBytes(bytes);
  const answering: Decide = (request, asker) => {
    asked.push({ request, asker });
    return Promise.resolve(answerTo(request));
  };
  const served = await serveAccessApi({
    ...{ socketPath, registry, calls: calls.value, clock: systemClock, timers: systemTimers, random },
    record: (event) => Promise.resolve(void events.push(event)),
    decide: decide ?? answering,
  });
  assert.ok(served.ok, JSON.stringify(served));
  return {
    ...{ socketPath, registry, asked, events },
    ask: (sent = {}) => ask(socketPath, sent),
    [Symbol.asyncDispose]: async () => {
      await served.value.close();
      assert.ok(!existsSync(socketPath));
      rmSync(directory, { recursive: true });
    },
  };
}

function answerTo({ subject }: AccessRequest): Answer {
  const effect: Decision['effect'] = subject.id === 'bob' ? 'deny' : 'allow';
  const time = Date.now();
  const decision: Decision = {
    ...{ id: makeEventId(time, randomBytes), effect, cause: { kind: 'granted' }, reasons: [], obligations: [] },
    ...{ revision: NO_REVISION, time, micros: 1 },
  };
  if (effect === 'deny') return { kind: 'denied', decision };
  // The permit is the decision point's own to make, and nothing here forwards anything.
  return { kind: 'permitted', decision, permit: undefined as never };
}

function ask(
  socketPath: string,
  { path = '/access/v1/evaluation', method = 'POST', headers, body }: Sent,
): Promise<Got> {
  return new Promise((resolve, reject) => {
    const sent = { 'content-type': 'application/json', ...headers };
    const call = httpRequest({ socketPath, path, method, headers: sent }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
      });
    });
    call.on('error', reject);
    call.end(body ?? JSON.stringify(QUESTION));
  });
}

/** Every process of our own uid is payments. */
function beWorkload(registry: Registry): void {
  const attest = { kind: 'unix', uid: process.getuid?.() ?? 0 } as const;
  assert.ok(registry.add({ id: PAYMENTS, ttlSeconds: 60, attest }).ok);
}

describe('the access API', () => {
  test('answers with the decision and its id, for a denial as for a permit', async () => {
    await using api = await start();
    beWorkload(api.registry);
    const denied = await api.ask();
    assert.equal(denied.status, 200);
    assert.equal(denied.headers['content-type'], 'application/json');
    assert.equal(denied.headers['cache-control'], 'no-store');
    assert.match(denied.body, /^\{"decision":false,"context":\{"id":"[0-9a-z]{16}"\}\}$/u);
    const allowed = await api.ask({ body: JSON.stringify({ ...QUESTION, subject: { type: 'user', id: 'alice' } }) });
    assert.equal((JSON.parse(allowed.body) as { decision: boolean }).decision, true);
  });

  test('tells what a permit obliges to', async () => {
    const obligations = [{ kind: 'mask', data: { fields: ['iban'] } }, { kind: 'notify' }];
    await using api = await start((request) => {
      const answer = answerTo(request);
      return Promise.resolve({ ...answer, decision: { ...answer.decision, obligations } });
    });
    beWorkload(api.registry);
    const allowed = await api.ask({ body: JSON.stringify({ ...QUESTION, subject: { type: 'user', id: 'alice' } }) });
    const { decision, context } = JSON.parse(allowed.body) as { decision: boolean; context: { obligations: object } };
    assert.equal(decision, true);
    assert.deepEqual(context.obligations, [{ type: 'mask', properties: { fields: ['iban'] } }, { type: 'notify' }]);
    assert.ok(!(await api.ask()).body.includes('obligations'), 'a denial obliges to nothing');
  });

  test('asks in the name of the workload that the kernel knows, whatever the question says', async () => {
    await using api = await start();
    beWorkload(api.registry);
    const other = { type: 'workload', id: 'spiffe://shop.example/ns/shop/sa/orders' };
    await api.ask({ body: JSON.stringify({ ...QUESTION, subject: other }) });
    assert.deepEqual(api.asked, [
      { request: { ...QUESTION, subject: other }, asker: { type: 'workload', id: PAYMENTS } },
    ]);
  });

  test('a process that is no workload gets 401, is recorded, and nothing is asked', async () => {
    await using api = await start();
    const got = await api.ask();
    assert.equal(got.status, 401);
    assert.match(got.headers['www-authenticate'] ?? '', /^Attested /u);
    assert.equal(api.asked.length, 0);
    assert.equal(api.events[0]?.kind, 'attestation.refused');
    assert.equal(api.events[0].data['code'], 'attestation/no-match');
  });

  test('the caller is attested anew on each request of one connection', async () => {
    await using api = await start();
    beWorkload(api.registry);
    const socket = connect(api.socketPath).setEncoding('utf8');
    const text = JSON.stringify(QUESTION);
    const question = `POST /access/v1/evaluation HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: ${text.length}\r\n\r\n${text}`;
    socket.write(question);
    const [first] = (await once(socket, 'data')) as [string];
    assert.match(first, /^HTTP\/1\.1 200 /u);
    for (const entry of api.registry.entries()) api.registry.remove(entry);
    socket.write(question);
    const [second] = (await once(socket, 'data')) as [string];
    assert.match(second, /^HTTP\/1\.1 401 /u);
    socket.destroy();
  });

  test('the id of a request comes back with every answer', async () => {
    await using api = await start();
    const headers = { 'x-request-id': 'bfe9eb29-ab87' };
    assert.equal((await api.ask({ headers })).headers['x-request-id'], 'bfe9eb29-ab87');
    beWorkload(api.registry);
    assert.equal((await api.ask({ headers })).headers['x-request-id'], 'bfe9eb29-ab87');
    assert.equal((await api.ask({ headers, body: '{' })).headers['x-request-id'], 'bfe9eb29-ab87');
    assert.equal((await api.ask()).headers['x-request-id'], undefined);
  });

  test('what is no question is refused, and says what is wrong', async () => {
    await using api = await start();
    beWorkload(api.registry);
    const wrong: readonly (readonly [Sent, number, RegExp])[] = [
      [{ path: '/access/v1/evaluations' }, 404, /\/access\/v1\/evaluation/u],
      [{ method: 'GET', body: '' }, 405, /posted/u],
      [{ headers: { 'content-type': 'text/plain' } }, 400, /application\/json/u],
      [{ body: '{' }, 400, /not JSON/u],
      [{ body: '{}' }, 400, /`subject` is missing/u],
      [{ body: JSON.stringify({ ...QUESTION, subject: { type: 'user', id: 7 } }) }, 400, /`subject\.id`/u],
      [{ body: ' '.repeat(MAX_BODY_BYTES + 1) }, 413, /bytes/u],
    ];
    for (const [sent, status, message] of wrong) {
      const got = await api.ask(sent);
      assert.equal(got.status, status, got.body);
      assert.match(got.body, message);
    }
    assert.equal(api.asked.length, 0);
    assert.equal((await api.ask({ headers: { 'content-type': 'Application/JSON; charset=utf-8' } })).status, 200);
  });

  test('a body of unknown length is cut off at the limit', async () => {
    await using api = await start();
    beWorkload(api.registry);
    const half = 'x'.repeat(MAX_BODY_BYTES / 2 + 1);
    const socket = connect(api.socketPath)
      .setEncoding('utf8')
      .on('error', () => undefined);
    const chunk = `${half.length.toString(16)}\r\n${half}\r\n`;
    socket.write('POST /access/v1/evaluation HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n');
    socket.write(`transfer-encoding: chunked\r\n\r\n${chunk}${chunk}`);
    const [answer] = (await once(socket, 'data')) as [string];
    assert.match(answer, /^HTTP\/1\.1 413 /u);
    socket.destroy();
  });

  test('a question that fails is no answer', async () => {
    await using api = await start(() => Promise.reject(new Error('secret detail')));
    beWorkload(api.registry);
    const got = await api.ask();
    assert.equal(got.status, 500);
    assert.doesNotMatch(got.body, /secret/u);
  });
});
