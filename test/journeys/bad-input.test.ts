/** What goes wrong on real machines: each has a clear message with cause and fix, the right exit code, and loses nothing. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, openSync, readdirSync, readFileSync, readSync, writeFileSync, writeSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';

import {
  countersign,
  filesBelow,
  type Finished,
  freePorts,
  RunningDeployment,
  temporaryFolder,
} from '../fixtures/deployment.ts';

const POLICY = `apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata:
  name: echo
spec:
  selector:
    matchLabels:
      app: echo
  rules:
    - {}
`;

const ECHO = `
import { createServer } from 'node:http';
createServer((request, response) => response.end('hello')).listen(Number(process.env.PORT), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
`;

const home = temporaryFolder('countersign-home');

/** A deployment of one workload, which nothing but the test's own change makes unusual. */
async function deployment(
  change: { readonly yaml?: (text: string) => string; readonly policy?: string } = {},
): Promise<{
  readonly folder: string;
  readonly ports: readonly number[];
  readonly up: () => Promise<Finished>;
  readonly dispose: () => void;
}> {
  const { path, dispose } = temporaryFolder('countersign-bad');
  const ports = await freePorts(2);
  const yaml = `trustDomain: bad.example
workloads:
  echo:
    command: node echo.mjs
    serves: { port: ${ports[0]}, listen: ${ports[1]} }
`;
  mkdirSync(join(path, 'policies'));
  writeFileSync(join(path, 'countersign.yaml'), change.yaml?.(yaml) ?? yaml);
  writeFileSync(join(path, 'policies/echo.yaml'), change.policy ?? POLICY);
  writeFileSync(join(path, 'echo.mjs'), ECHO);
  return { folder: path, ports, up: () => countersign(['up', path], home.path), dispose };
}

/** What every refusal of a start must have: an exit code, a message with its code, and what to do next. */
function assertRefused({ code, err }: Finished, ...patterns: readonly RegExp[]): void {
  assert.equal(code, 1, err);
  assert.match(err, /^error: /mu);
  assert.match(err, /^ {2}hint: /mu);
  for (const pattern of patterns) assert.match(err, pattern);
}

describe('bad input', { concurrency: false }, () => {
  after(() => home.dispose());

  test('a bad YAML document', async () => {
    const { up, dispose } = await deployment({ yaml: (text) => text.replace('workloads:', 'workloads: [') });
    const { code, err } = await up();
    assert.equal(code, 1);
    assert.match(err, /config\/yaml.*\n +at countersign\.yaml:\d+:\d+/u);
    dispose();
  });

  test('an unknown field in countersign.yaml, with the field that was meant', async () => {
    const { up, dispose } = await deployment({ yaml: (text) => text.replace('command:', 'comand:') });
    assertRefused(
      await up(),
      /unknown field `comand`/u,
      /countersign\.yaml:4:5/u,
      /\^{6}/u,
      /did you mean `command`\?/u,
    );
    dispose();
  });

  test('a bad YAML document among the policies, and an unknown field in one', async () => {
    const broken = await deployment({ policy: 'spec: [' });
    const { code, err } = await broken.up();
    assert.equal(code, 1);
    assert.match(err, /policies\/echo\.yaml:\d+:\d+/u);
    broken.dispose();
    const unknown = await deployment({ policy: POLICY.replace('selector', 'selektor') });
    assertRefused(await unknown.up(), /mesh\/unknown-field/u, /policies\/echo\.yaml:6:3/u, /selector/u);
    unknown.dispose();
  });

  test('no countersign.yaml, and no folder of policies', async () => {
    const { path, dispose } = temporaryFolder('countersign-none');
    assertRefused(await countersign(['up', path], home.path), /deployment\/unreadable/u, /ENOENT/u);
    assert.deepEqual(readdirSync(path), [], 'a refused start left something behind');
    dispose();
    const without = await deployment({ yaml: (text) => `policies: nowhere\n${text}` });
    assertRefused(await without.up(), /policies\/unreadable/u, /`nowhere`/u);
    assert.ok(!readdirSync(without.folder).includes('.countersign'));
    without.dispose();
  });

  test('a policy for a workload that does not exist is accepted, and reported as attached to nothing', async () => {
    const { folder, dispose } = await deployment({
      policy: `${POLICY}---\n${POLICY.replace('name: echo', 'name: ghost').replace('app: echo', 'app: ghost')}`,
    });
    const child = spawn(process.execPath, ['src/process/main.ts', 'up', folder], {
      env: { ...process.env, XDG_RUNTIME_DIR: home.path },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let out = '';
    for await (const chunk of child.stdout) {
      out += String(chunk);
      if (out.includes('attached to no workload')) break;
    }
    assert.match(out, /AuthorizationPolicy default\/ghost \(policies\/echo\.yaml:\d+\) is attached to no workload/u);
    assert.ok(!/default\/echo .*attached to no workload/u.test(out));
    child.kill('SIGINT');
    await once(child, 'close');
    dispose();
  });

  test('a port in use: who holds it, and what to do', async () => {
    const { ports, up, dispose } = await deployment();
    const holder = createServer().listen(ports[1], '127.0.0.1');
    await once(holder, 'listening');
    assertRefused(
      await up(),
      /port\/in-use/u,
      new RegExp(`port ${ports[1]}`, 'u'),
      new RegExp(`pid ${process.pid}`, 'u'),
    );
    holder.close();
    dispose();
  });

  test("an app's own port in use is told, and the rest stays up", async () => {
    const { folder, ports, dispose } = await deployment();
    const holder = createServer().listen(ports[0], '127.0.0.1');
    await once(holder, 'listening');
    await using running = new RunningDeployment(folder, home.path);
    await running.ready();
    while (!running.problems().includes('port/in-use')) await once(running.child.stderr ?? running.child, 'data');
    const { code, out } = await running.run('identities', '--json');
    assert.equal(code, 0);
    assert.match(out, /"state":"failed"/u);
    await running.end();
    holder.close();
    dispose();
  });

  test('a directory that cannot be written', async () => {
    const { folder, up, dispose } = await deployment({ yaml: (text) => `state: locked/state\n${text}` });
    const locked = join(folder, 'locked');
    if (process.getuid?.() === 0) {
      // Root writes everywhere but where there is no folder to write to: a file stands in the way.
      writeFileSync(locked, '');
    } else {
      mkdirSync(locked, { mode: 0o500 });
    }
    assertRefused(await up(), /state\/not-writable/u, /EACCES|ENOTDIR|EEXIST/u);
    if (process.getuid?.() !== 0) chmodSync(locked, 0o700);
    dispose();
  });

  test('a socket path over 107 bytes', async () => {
    const { up, dispose } = await deployment({ yaml: (text) => `sockets: ${'long/'.repeat(25)}run\n${text}` });
    assertRefused(await up(), /socket\/path-too-long/u, /107/u, /sockets:/u);
    dispose();
  });

  test('a state directory of a newer version is left exactly as it is', async () => {
    const { folder, up, dispose } = await deployment();
    const state = join(folder, '.countersign');
    mkdirSync(state);
    writeFileSync(join(state, 'version'), '999\n');
    const before = filesBelow(state);
    assertRefused(await up(), /state\/newer-version/u, /layout 999/u);
    assert.deepEqual(filesBelow(state), before);
    dispose();
  });

  test('a ledger with a flipped bit: refused, named to the byte by verify, and nothing is changed', async () => {
    const { folder, up, dispose } = await deployment();
    await using running = new RunningDeployment(folder, home.path);
    await running.ready();
    assert.equal(await running.end(), 0);
    const ledger = join(folder, '.countersign/ledger');
    const segment = readdirSync(ledger).find((name) => /^\d/u.test(name)) ?? '';
    const path = join(ledger, segment);
    const middle = Math.floor(readFileSync(path).length / 2);
    flipBit(path, middle);
    const before = filesBelow(folder);
    const refused = await up();
    assertRefused(refused, /ledger\/corrupt/u);
    for (const [name, text] of filesBelow(ledger)) assert.equal(text, before.get(name) ?? text, `${name} was changed`);
    const verified = await countersign(['ledger', 'verify', '--dir', folder], home.path);
    assert.equal(verified.code, 1);
    assert.match(verified.err, /first bad byte: .*byte \d+/u);
    dispose();
  });

  test('a killed server: the next start ends what it left running, records the gap, and goes on', async () => {
    const { folder, dispose } = await deployment();
    await using first = new RunningDeployment(folder, home.path);
    await first.until(({ kind }) => kind === 'workload.started');
    const [echo] = JSON.parse((await first.run('identities', '--json')).out) as { pid: number }[];
    await first.end('SIGKILL');
    assert.ok(isRunning(echo?.pid ?? 0), 'there is no orphan, so this test proves nothing');
    await using second = new RunningDeployment(folder, home.path);
    await second.until(({ kind }) => kind === 'workload.started');
    assert.match(second.problems(), /"code":"process\/leftovers"/u);
    assert.ok(!isRunning(echo?.pid ?? 0), 'the orphan still runs');
    const gaps = await second.run('ledger', 'show', '--kind', 'ledger.gap', '--json');
    assert.match(gaps.out, /"kind":"ledger\.gap"/u);
    const verified = await second.run('ledger', 'verify', '--json');
    assert.equal((JSON.parse(verified.out) as { kind: string }).kind, 'intact');
    assert.equal(await second.end(), 0);
    dispose();
  });

  test('a closed terminal and a second Ctrl-C leave no process behind', async () => {
    const { folder, dispose } = await deployment();
    const ends: readonly ((running: RunningDeployment) => Promise<unknown>)[] = [
      (running) => running.end('SIGHUP'),
      (running) => {
        running.child.kill('SIGINT');
        return running.end('SIGINT');
      },
      (running) => {
        running.child.stdout?.destroy();
        // The next thing that is written finds nobody who reads.
        writeFileSync(join(folder, 'policies/echo.yaml'), `${POLICY}# changed\n`);
        return once(running.child, 'exit');
      },
    ];
    for (const end of ends) {
      await using running = new RunningDeployment(folder, home.path);
      await running.until(({ kind }) => kind === 'workload.started');
      const [echo] = JSON.parse((await running.run('identities', '--json')).out) as { pid: number }[];
      assert.ok(isRunning(echo?.pid ?? 0));
      await end(running);
      assert.ok(!isRunning(echo?.pid ?? 0), 'a process was left behind');
    }
    dispose();
  });

  test('words that are not understood end with 2 and a suggestion', async () => {
    const wrong = await countersign(['explian', 'x'], home.path);
    assert.equal(wrong.code, 2);
    assert.match(wrong.err, /Did you mean explain\?/u);
    const option = await countersign(['up', '--onse'], home.path);
    assert.equal(option.code, 2);
    assert.match(option.err, /--once/u);
    const id = await countersign(['explain', 'nonsense', '--dir', home.path], home.path);
    assert.equal(id.code, 1);
    assert.match(id.err, /event-id\/bad/u);
  });
});

/** A zombie, which nobody waits for, has ended. */
function isRunning(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/su.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

function flipBit(path: string, offset: number): void {
  const descriptor = openSync(path, 'r+');
  const byte = Buffer.alloc(1);
  readSync(descriptor, byte, 0, 1, offset);
  byte[0] = (byte[0] ?? 0) ^ 1;
  writeSync(descriptor, byte, 0, 1, offset);
}
