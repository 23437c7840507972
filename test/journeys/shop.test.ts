/** The main job, as a newcomer sees it: the shop's round, a change while it runs, a restart, and the end. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { copyOfShop, countersign, type Line, RunningDeployment, temporaryFolder } from '../fixtures/deployment.ts';

type Call = {
  readonly from: string;
  readonly to: string;
  readonly what: string;
  readonly outcome: string;
  readonly id: string;
};

/** `GET /buy` of the storefront, as a customer. */
function buy(port: number): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const call = request({ host: '127.0.0.1', port, path: '/buy?item=tea' }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    call.on('error', reject);
    call.end();
  });
}

function decided(path: string, effect: string): (line: Line) => boolean {
  return (line) => {
    const data = line['data'] as
      | { effect?: string; request?: { action?: { properties?: { path?: string } } } }
      | undefined;
    return line.kind === 'decision' && data?.effect === effect && data.request?.action?.properties?.path === path;
  };
}

describe('the shop', { concurrency: false }, () => {
  const home = temporaryFolder('countersign-home');
  const folder = temporaryFolder('countersign-shop');
  let shop: RunningDeployment;
  let port: (example: number) => number;
  let round: Line;

  before(async () => {
    ({ port } = await copyOfShop(folder.path));
    shop = new RunningDeployment(folder.path, home.path);
    round = await shop.until(({ kind }) => kind === 'round');
  });

  after(async () => {
    await shop.end();
    folder.dispose();
    home.dispose();
  });

  test('the first round shows what countersign.yaml expects, and nothing else', () => {
    assert.deepEqual(
      { ok: round['ok'], missing: round['missing'], unexpected: round['unexpected'], failedJobs: round['failedJobs'] },
      { ok: true, missing: [], unexpected: [], failedJobs: [] },
    );
    const calls = round['calls'] as readonly Call[];
    assert.ok(calls.some(({ outcome }) => outcome === 'allowed') && calls.some(({ outcome }) => outcome === 'refused'));
    assert.equal(shop.problems(), '');
  });

  test('every refused call is explained with a policy, a place in a file and a remedy, or with what was not proven', async () => {
    const refused = (round['calls'] as readonly Call[]).filter(({ outcome }) => outcome === 'refused');
    assert.ok(refused.length >= 8);
    for (const { id, what } of refused) {
      const { code, out } = await shop.run('explain', id, '--json');
      assert.equal(code, 0);
      const explained = JSON.parse(out) as {
        kind: string;
        decision?: { reasons: { span?: object }[]; layers: { remedies: object[] }[]; reproduced: string };
        event?: { data: { code: string } };
      };
      if (explained.kind === 'event') assert.match(explained.event?.data.code ?? '', /^(?:svid|proxy)\//u);
      else {
        assert.equal(explained.decision?.reproduced, 'same');
        assert.ok(explained.decision.reasons[0]?.span, `no place for ${what}`);
        assert.ok(
          explained.decision.layers.some(({ remedies }) => remedies.length > 0),
          `no remedy for ${what}`,
        );
      }
    }
  });

  test('a refund that was refused is explained: which condition, where, on which values, and what would have helped', async () => {
    const calls = round['calls'] as readonly Call[];
    const refused = calls.find(({ what, outcome }) => what === 'refund' && outcome === 'refused');
    const { out } = await shop.run('explain', refused?.id ?? '');
    assert.match(out, /who +user bob\n/u);
    assert.match(out, /asked by +payments {2}spiffe:/u);
    assert.match(out, /small-refunds `context\.amount <= 100` {2}policies\/refunds\.cedar:10:8\n.*is `250`/u);
    assert.match(out, /any-refund `principal in Group::"managers"` {2}policies\/refunds\.cedar:15:3/u);
    assert.match(
      out,
      /What would have allowed it[\s\S]*`small-refunds`: .*`100`[\s\S]*`any-refund`: .*Group::"managers"/u,
    );
  });

  test('an operator asks by hand, and is recorded as who asked', async () => {
    const words = [
      'decide',
      '--action',
      'refund',
      '--resource',
      'order:o-99',
      '--context',
      '{"amount": 250}',
      '--json',
    ];
    const allowed = await shop.run(...words, '--subject', 'user:alice');
    assert.equal(allowed.code, 0, allowed.err);
    const denied = await shop.run(...words, '--subject', 'user:bob');
    assert.equal(denied.code, 1);
    const { id } = JSON.parse(denied.out) as { readonly id: string };
    const { out } = await shop.run('explain', id, '--json');
    const { decision } = JSON.parse(out) as { decision: { asker: object; effect: string; reproduced: string } };
    assert.deepEqual(decision.asker, { type: 'operator', id: `uid:${process.getuid?.() ?? 0}` });
    assert.deepEqual([decision.effect, decision.reproduced], ['deny', 'same']);
  });

  test('a process that is no workload gets no decision from the access socket', async () => {
    const socketPath = join(folder.path, '.countersign/sockets/access.sock');
    const call = request({ socketPath, path: '/access/v1/evaluation', method: 'POST' });
    call.end('{}');
    const [response] = (await once(call, 'response')) as [IncomingMessage];
    assert.equal(response.resume().statusCode, 401);
  });

  test('a saved Cedar policy takes effect, and a broken one is refused with its place', async () => {
    const file = join(folder.path, 'policies/refunds.cedar');
    const policy = readFileSync(file, 'utf8');
    const words = ['decide', '--action', 'refund', '--resource', 'order:o-99', '--context', '{"amount": 250}'];
    const ask = async (): Promise<number | null> => (await shop.run(...words, '--subject', 'user:bob')).code;
    const mark = shop.lines.length;
    writeFileSync(file, policy.replace('<= 100', '<= 300'));
    await shop.until(({ kind }) => kind === 'policy.changed', mark);
    // Recorded before it is written, and written before it is in force.
    let code = await ask();
    for (let turn = 0; turn < 100 && code !== 0; turn += 1) code = await ask();
    assert.equal(code, 0);
    const again = shop.lines.length;
    writeFileSync(file, policy.replace('context.amount', 'context.amont'));
    await shop.until(({ kind }) => kind === 'policy.refused', again);
    assert.match(shop.problems(), /cedar\/invalid-policy[\s\S]*refunds\.cedar/u);
    assert.equal(await ask(), 0, 'the former policy is in force');
    writeFileSync(file, policy);
    await shop.until(({ kind }) => kind === 'policy.changed', again);
  });

  test('a guard in Rego asks Cedar about a second person, follows its data, and a broken one is refused', async () => {
    const policy = join(folder.path, 'policies/guards/refunds.rego');
    const data = join(folder.path, 'policies/guards/data.yaml');
    const [rules, limits] = [readFileSync(policy, 'utf8'), readFileSync(data, 'utf8')];
    const words = ['decide', '--subject', 'user:alice', '--action', 'refund', '--resource', 'order:o-99', '--context'];
    const ask = async (approvedBy: string): Promise<number | null> => {
      return (await shop.run(...words, JSON.stringify({ amount: 5000, approvedBy }))).code;
    };
    const { code: alone, out } = await shop.run(...words, '{"amount": 5000}');
    assert.equal(alone, 1);
    assert.match(
      out,
      /shop\.guards deny {2}policies\/guards\/refunds\.rego:12:1\n.*need the approval of a second person/u,
    );
    assert.deepEqual([await ask('alice'), await ask('bob'), await ask('carol')], [1, 1, 0]);
    const mark = shop.lines.length;
    writeFileSync(data, limits.replace('alone: 1000', 'alone: 9000'));
    await shop.until(({ kind }) => kind === 'policy.changed', mark);
    // Recorded before it is written, and written before it is in force.
    let code = await ask('bob');
    for (let turn = 0; turn < 100 && code !== 0; turn += 1) code = await ask('bob');
    assert.equal(code, 0);
    const again = shop.lines.length;
    writeFileSync(policy, rules.replace('not approved', 'not aproved'));
    await shop.until(({ kind }) => kind === 'policy.refused', again);
    assert.match(shop.problems(), /rego\/[\s\S]*policies\/guards\/refunds\.rego/u);
    assert.equal(await ask('bob'), 0, 'the former policy is in force');
    writeFileSync(policy, rules);
    writeFileSync(data, limits);
    await shop.until(({ kind }) => kind === 'policy.changed', again);
  });

  test('a customer buys through both proxies', async () => {
    const { status, body } = await buy(port(7001));
    assert.equal(status, 201, body);
    assert.match(body, /"charged":"tea"/u);
  });

  test('identities are listed, and the ledger is whole while it is written', async () => {
    const identities = await shop.run('identities', '--json');
    const names = (JSON.parse(identities.out) as { name: string; state: string }[]).map(
      ({ name, state }) => `${name} ${state}`,
    );
    assert.deepEqual(names, [
      'storefront running',
      'orders running',
      'payments running',
      'support finished',
      'intruder finished',
    ]);
    const verified = await shop.run('ledger', 'verify', '--json');
    assert.equal((JSON.parse(verified.out) as { kind: string }).kind, 'intact');
    assert.equal(verified.code, 0);
  });

  test('a saved policy takes effect, also on the connection that orders keeps open to payments', async () => {
    const file = join(folder.path, 'policies/payments.yaml');
    const policy = readFileSync(file, 'utf8');
    const mark = shop.lines.length;
    writeFileSync(file, policy.replace('[/charges]', '[/refunds]'));
    await shop.until(({ kind }) => kind === 'policy.changed', mark);
    await shop.until(decided('/charges', 'deny'), mark);
    const denied = await buy(port(7001));
    assert.equal(denied.status, 502);
    assert.match(denied.body, /"decision_id":"[0-9a-z]{16}"/u);
    const again = shop.lines.length;
    writeFileSync(file, policy);
    await shop.until(({ kind }) => kind === 'policy.changed', again);
    await shop.until(decided('/charges', 'allow'), again);
    assert.equal((await buy(port(7001))).status, 201);
  });

  test('a broken policy is refused with its place, and the former one stays in force', async () => {
    const file = join(folder.path, 'policies/payments.yaml');
    const policy = readFileSync(file, 'utf8');
    const mark = shop.lines.length;
    writeFileSync(file, policy.replace('action: ALLOW', 'acton: ALLOW'));
    await shop.until(({ kind }) => kind === 'policy.refused', mark);
    assert.match(shop.problems(), /mesh\/unknown-field/u);
    assert.match(shop.problems(), /policies\/payments\.yaml/u);
    assert.equal((await buy(port(7001))).status, 201);
    writeFileSync(file, policy);
  });

  test('a decision on the way to payments is on disk before the request goes on', async () => {
    const { out } = await shop.run('ledger', 'show', '--kind', 'decision', '--limit', '9999', '--json');
    const last = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Line)
      .findLast(decided('/charges', 'allow'));
    assert.ok(last !== undefined);
  });

  test('a second `up` of the folder is refused and changes nothing', async () => {
    const { code, err } = await countersign(['up', folder.path], home.path);
    assert.equal(code, 1);
    assert.match(err, /runs already, in process \d+ \[up\/already-running\]/u);
    assert.equal((await buy(port(7001))).status, 201);
  });

  test('Ctrl-C stops every process; a restart goes on with the same authority, ledger and history', async () => {
    const earlier = JSON.parse((await shop.run('ledger', 'verify', '--json')).out) as { events: number };
    const processes = (JSON.parse((await shop.run('identities', '--json')).out) as { pid?: number }[]).flatMap(
      ({ pid }) => pid ?? [],
    );
    assert.equal(await shop.end(), 0);
    for (const pid of processes) assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
    const refused = (round['calls'] as readonly Call[]).find(({ what }) => what === 'DELETE /health');
    const offline = await shop.run('explain', refused?.id ?? '', '--json');
    assert.equal(offline.code, 0, offline.err);
    assert.match(offline.out, /nothing-is-deleted/u);
    shop = new RunningDeployment(folder.path, home.path);
    await shop.ready();
    const kinds = new Set(shop.lines.map(({ kind }) => kind));
    assert.ok(!kinds.has('authority.created'), 'a second authority was made');
    assert.ok(!kinds.has('ledger.gap'), 'a clean end was taken for a crash');
    const afterwards = JSON.parse((await shop.run('ledger', 'verify', '--json')).out) as {
      kind: string;
      events: number;
    };
    assert.equal(afterwards.kind, 'intact');
    assert.ok(afterwards.events > earlier.events);
  });
});
