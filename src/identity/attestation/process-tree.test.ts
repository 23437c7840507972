import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { test } from 'node:test';

import type { Result } from '../../kernel/result.ts';
import { type LinuxCalls, openLinuxCalls } from './linux-calls.ts';
import { readProcessStat } from './process-stat.ts';
import { TrackedProcess } from './process-tree.ts';
import type { TcpEnd } from './socket-diagnosis.ts';
import { ownerOfLoopbackPeer, processOfConnection } from './tcp-peer.ts';

function unwrap<T>(result: Result<T>): T {
  assert.ok(result.ok, JSON.stringify(result));
  return result.value;
}

const calls: LinuxCalls = unwrap(openLinuxCalls());

type Started = AsyncDisposable & {
  readonly process: ChildProcess;
  readonly tree: TrackedProcess;
  readonly line: () => Promise<string>;
};

function start(...command: readonly [string, ...string[]]): Started {
  const child = spawn(command[0], command.slice(1), { stdio: ['pipe', 'pipe', 'inherit'], detached: true });
  assert.ok(child.pid !== undefined);
  const { pid } = child;
  const tree = unwrap(TrackedProcess.track(calls, pid));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    process: child,
    tree,
    line: async () => String((await lines.next()).value),
    [Symbol.asyncDispose]: async () => {
      tree[Symbol.dispose]();
      const gone = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined;
      try {
        process.kill(-pid, 'SIGKILL');
      } catch {
        // The group is gone already.
      }
      await gone;
    },
  };
}

test('a tree holds its process, its children and theirs, and nobody else', async () => {
  await using started = start('sh', '-c', 'sh -c "sleep 60 & echo \\$!; wait" & echo $!; wait');
  const pids = [Number(await started.line()), Number(await started.line())];
  const { tree } = started;
  for (const pid of [tree.pid, ...pids]) assert.equal(tree.contains(pid), true, `pid ${pid}`);
  assert.deepEqual(new Set(tree.pids()), new Set([tree.pid, ...pids]));
  for (const pid of [process.pid, process.ppid, 1, 0, -1, 2 ** 30, Number.NaN]) assert.equal(tree.contains(pid), false);
  await using other = start('sleep', '60');
  assert.equal(tree.contains(other.tree.pid), false);
});

test('a process whose parent ended is an orphan, and of the tree no longer', async () => {
  await using started = start('sh', '-c', 'sh -c "sleep 60 & echo \\$!; read x" & wait; sleep 61');
  await using helper = start('sh', '-c', "sh -c 'sleep 60 & echo $$ $!; kill -9 $$'; echo done; sleep 61");
  const [, orphan] = (await helper.line()).split(' ').map(Number);
  assert.ok(orphan !== undefined);
  assert.equal(await helper.line(), 'done');
  assert.notEqual(readProcessStat(orphan), undefined, 'the orphan lives');
  assert.equal(helper.tree.contains(orphan), false);
  assert.equal(helper.tree.pids().includes(orphan), false);
  assert.equal(started.tree.contains(orphan), false);
});

test('when the tracked process ends, it is told, and its living descendants are of no tree', async () => {
  await using started = start('sh', '-c', 'sleep 60 & echo $!; read x');
  const child = Number(await started.line());
  assert.equal(started.tree.contains(child), true);
  const told = new Promise<void>((resolve) => started.tree.onExit(resolve));
  started.process.stdin?.end();
  await told;
  assert.notEqual(readProcessStat(child), undefined, 'the child lives');
  assert.equal(started.tree.isAlive(), false);
  assert.equal(started.tree.contains(child), false);
  assert.equal(started.tree.contains(started.tree.pid), false);
});

const DIAL = `
  const socket = require("net").connect(Number(process.argv[1]), process.argv[2]);
  socket.on("error", () => {}).on("connect", () => console.log(process.pid));`;

type Listening = Disposable & { readonly port: number; readonly accepted: () => Promise<Socket> };

async function listen(host: string): Promise<Listening> {
  const server = createServer();
  const sockets: Socket[] = [];
  const accepted = new Promise<Socket>((resolve) => {
    server.on('connection', (socket) => {
      socket.on('error', () => {});
      sockets.push(socket);
      resolve(socket);
    });
  });
  server.listen(0, host);
  await once(server, 'listening');
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  const end = (): void => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { port: address.port, accepted: () => accepted, [Symbol.dispose]: end };
}

function endOf(socket: Socket): TcpEnd {
  const { localAddress = '', localPort = 0, remoteAddress = '', remotePort = 0 } = socket;
  return { localAddress, localPort, remoteAddress, remotePort };
}

for (const [listenOn, dial] of [
  ['127.0.0.1', '127.0.0.1'],
  ['::1', '::1'],
  ['::', '127.0.0.1'],
  ['127.0.0.7', '127.0.0.7'],
] as const) {
  test(`a connection from ${dial} to ${listenOn} is of the process of the tree that holds it`, async (context) => {
    const listening = await listen(listenOn).catch(() => undefined);
    if (listening === undefined) return context.skip(`nothing can listen on ${listenOn} here`);
    using server = listening;
    const node = process.execPath;
    await using started = start('sh', '-c', '"$0" -e "$1" "$2" "$3"; true', node, DIAL, String(server.port), dial);
    await using stranger = start('sleep', '60');
    const socket = await server.accepted();
    const pid = Number(await started.line());
    assert.deepEqual(processOfConnection(calls, started.tree, endOf(socket)), { ok: true, value: pid });
    assert.equal(unwrap(ownerOfLoopbackPeer(calls, endOf(socket))).uid, process.geteuid?.());
    const refused = processOfConnection(calls, stranger.tree, endOf(socket));
    assert.equal(refused.ok ? '' : refused.problem.code, 'attestation/not-of-tree');
  });
}

test('our own connection is not of the tree, and neither is one that was closed', async () => {
  using server = await listen('127.0.0.1');
  await using started = start('sleep', '60');
  const own = connect(server.port, '127.0.0.1').on('error', () => {});
  const socket = await server.accepted();
  const end = endOf(socket);
  const refused = processOfConnection(calls, started.tree, end);
  assert.equal(refused.ok ? '' : refused.problem.code, 'attestation/not-of-tree');
  const closed = new Promise((resolve) => socket.once('close', resolve));
  own.resetAndDestroy();
  await closed;
  const gone = processOfConnection(calls, started.tree, end);
  assert.equal(gone.ok ? '' : gone.problem.code, 'attestation/no-owner');
});

test('no listener, no other port and no address beyond loopback has an owner', async () => {
  using server = await listen('127.0.0.1');
  const own = connect(server.port, '127.0.0.1');
  const end = endOf(await server.accepted());
  assert.equal(ownerOfLoopbackPeer(calls, end).ok, true);
  for (const wrong of [
    { ...end, remotePort: server.port },
    { ...end, localPort: 1 },
    { ...end, remoteAddress: '127.0.0.2' },
    { ...end, remoteAddress: '10.0.0.1' },
    { ...end, remoteAddress: '::1' },
    { ...end, remoteAddress: '' },
  ]) {
    assert.equal(ownerOfLoopbackPeer(calls, wrong).ok, false, JSON.stringify(wrong));
  }
  assert.equal(ownerOfLoopbackPeer({ ...calls, askSocketDiagnosis: () => undefined }, end).ok, false);
  own.destroy();
});
