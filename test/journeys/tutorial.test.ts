/** docs/tutorial.md, followed step by step with its own text: what it promises is what a reader sees. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';

import { freePorts, type Line, RunningDeployment, temporaryFolder } from '../fixtures/deployment.ts';

const run = promisify(execFile);
const tutorial = readFileSync(new URL('../../docs/tutorial.md', import.meta.url), 'utf8');

/** The fenced block that contains the text. */
function block(containing: string): string {
  const found = [...tutorial.matchAll(/^```\w+\n([\s\S]*?)^```$/gmu)].find((match) => match[1]?.includes(containing));
  assert.ok(found?.[1] !== undefined, `the tutorial has no block with ${containing}`);
  return found[1];
}

function decision(effect: string): (line: Line) => boolean {
  return (line) => {
    const data = line['data'] as { effect?: string; request?: { action?: { name?: string } } } | undefined;
    return line.kind === 'decision' && data?.effect === effect && data.request?.action?.name === 'http:request';
  };
}

const GREET = (port: number): string =>
  `fetch('http://127.0.0.1:${port}/greeting').then((r) => r.text().then((t) => console.log(r.status, t.trim())), () => console.log('closed'))`;

describe('the tutorial', { concurrency: false }, () => {
  const home = temporaryFolder('countersign-home');
  const hello = temporaryFolder('countersign-hello');
  const policy = join(hello.path, 'policies/server.yaml');
  let ports: readonly number[];
  let running: RunningDeployment;

  const withPorts = (text: string): string =>
    text.replaceAll(/\b8[01]0[12]\b/gu, (number) => String(ports[['8001', '8101', '8102'].indexOf(number)]));

  before(async () => {
    ports = await freePorts(3);
    mkdirSync(join(hello.path, 'policies'));
    writeFileSync(join(hello.path, 'server.mjs'), block('// server.mjs'));
    writeFileSync(join(hello.path, 'client.mjs'), block('// client.mjs'));
    writeFileSync(join(hello.path, 'countersign.yaml'), withPorts(block('# countersign.yaml')));
    running = new RunningDeployment(hello.path, home.path);
  });

  after(async () => {
    await running.end();
    hello.dispose();
    home.dispose();
  });

  test('without a policy nothing is allowed, and explain says so', async () => {
    const denied = await running.until((line) => line.kind === 'decision');
    assert.equal((denied['data'] as { effect: string }).effect, 'deny');
    const { code, out } = await running.run('explain', String(denied['id']));
    assert.equal(code, 0);
    assert.match(out, /no policy speaks/u);
    assert.match(out, /AuthorizationPolicy/u);
  });

  test('the policy is saved while it runs, and takes effect', async () => {
    const mark = running.lines.length;
    writeFileSync(policy, block('kind: PeerAuthentication'));
    await running.until(decision('allow'), mark);
  });

  test('GET becomes POST: refused again', async () => {
    const mark = running.lines.length;
    writeFileSync(policy, block('kind: PeerAuthentication').replace('[GET]', '[POST]'));
    await running.until(decision('deny'), mark);
  });

  test('a program that you start yourself has its own name, and nobody else uses its door', async () => {
    await running.end();
    const file = join(hello.path, 'countersign.yaml');
    writeFileSync(file, readFileSync(file, 'utf8') + withPorts(block('  admin:')));
    writeFileSync(policy, block('kind: PeerAuthentication'));
    running = new RunningDeployment(hello.path, home.path);
    await running.until(decision('allow'));
    const greet = GREET(ports[2] ?? 0);
    const asAdmin = await running.run('run', '--as', 'admin', '--', process.execPath, '-e', greet);
    assert.match(asAdmin.out, /^403 .*decision_id/u, asAdmin.err);
    const asNobody = await run(process.execPath, ['-e', greet]);
    assert.doesNotMatch(asNobody.stdout, /^(?:200|403)/u);
    const mark = running.lines.length;
    writeFileSync(
      policy,
      block('kind: PeerAuthentication').replace('sa/client]', 'sa/client, hello.example/ns/default/sa/admin]'),
    );
    await running.until(({ kind }) => kind === 'policy.changed', mark);
    await running.until(decision('allow'), mark);
    const allowed = await running.run('run', '--as', 'admin', '--', process.execPath, '-e', greet);
    assert.match(allowed.out, /^200 hello/u, allowed.err);
  });

  test('what happened can be read and proven when nothing runs', async () => {
    await running.end();
    const shown = await running.run('ledger', 'show', '--kind', 'decision', '--since', '15m');
    assert.match(shown.out, /decision/u);
    const verified = await running.run('ledger', 'verify');
    assert.equal(verified.code, 0);
    assert.match(verified.out, /intact/u);
  });
});
