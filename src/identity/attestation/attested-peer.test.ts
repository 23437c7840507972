import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import type { Result } from '../../kernel/result.ts';
import { AttestedPeer, type Caller } from './attested-peer.ts';
import { createExecutableDigest } from './executable-digest.ts';
import { type LinuxCalls, openLinuxCalls } from './linux-calls.ts';
import { credentialsOfPeer, descriptorOf } from './peer-credentials.ts';

const calls: LinuxCalls = unwrap(openLinuxCalls());
const digest = createExecutableDigest();
const root = process.geteuid?.() === 0;
const NODE_SHA256 = createHash('sha256').update(readFileSync(process.execPath)).digest('hex');

let directory = '';
before(() => {
  directory = mkdtempSync(join(tmpdir(), 'peer-'));
  chmodSync(directory, 0o755);
});
after(() => rmSync(directory, { recursive: true, force: true }));

function unwrap<T>(result: Result<T>): T {
  assert.ok(result.ok, JSON.stringify(result));
  return result.value;
}

type Accepted = Disposable & { readonly socket: Socket; readonly fd: number };

/** Starts the program, which is told the path of a socket, and accepts its connection. */
async function acceptFrom(run: (path: string) => ChildProcess): Promise<Accepted & { readonly child: ChildProcess }> {
  const path = join(directory, `${readdirSync(directory).length}-${Math.trunc(performance.now())}.sock`);
  const server = createServer({ pauseOnConnect: true });
  server.listen({ path, writableAll: true, readableAll: true });
  await once(server, 'listening');
  const child = run(path);
  const [socket] = (await once(server, 'connection')) as [Socket];
  server.close();
  socket.on('error', () => {});
  const fd = descriptorOf(socket);
  assert.ok(fd !== undefined, 'Node does not tell the descriptor of a socket any more');
  const end = (): void => {
    socket.destroy();
    child.kill('SIGKILL');
  };
  return { socket, fd, child, [Symbol.dispose]: end };
}

const CONNECT = 'require("net").connect(process.argv[1]).on("error", () => {})';

function connectFrom(options: { readonly uid?: number; readonly program?: string } = {}) {
  const { program = process.execPath, ...rest } = options;
  return (path: string) => spawn(program, ['-e', CONNECT, path], { ...rest, stdio: 'inherit' });
}

async function callerOf(peer: AttestedPeer): Promise<Caller> {
  return unwrap(await peer.caller());
}

test('a caller is known by pid, uid, gid, program and the digest of the program', async () => {
  using accepted = await acceptFrom(connectFrom());
  using peer = unwrap(AttestedPeer.of(calls, digest, accepted.fd));
  const caller = await callerOf(peer);
  assert.equal(caller.pid, accepted.child.pid);
  assert.equal(caller.uid, process.geteuid?.());
  assert.equal(caller.gid, process.getegid?.());
  assert.deepEqual(caller.executable, { kind: 'known', path: process.execPath });
  assert.deepEqual(await caller.sha256(), { ok: true, value: NODE_SHA256 });
  assert.equal(caller.isAlive(), true);
});

test('a caller of another user has that uid', { skip: !root && 'only root can start one' }, async () => {
  using accepted = await acceptFrom(connectFrom({ uid: 65_534, program: copyOfNode('node-for-all') }));
  using peer = unwrap(AttestedPeer.of(calls, digest, accepted.fd));
  const caller = await callerOf(peer);
  assert.equal(caller.uid, 65_534);
  assert.deepEqual(await caller.sha256(), { ok: true, value: NODE_SHA256 });
});

test('one that became another user after it connected is refused', { skip: !root && 'only root can' }, async () => {
  const script = `require("net").connect(process.argv[1], () => { process.setuid(65534); process.send(1) })`;
  using accepted = await acceptFrom((path) =>
    spawn(process.execPath, ['-e', script, path], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }),
  );
  const early = AttestedPeer.of(calls, digest, accepted.fd);
  await once(accepted.child, 'message');
  // Depending on who was faster it is noticed at once or on the first question.
  const result = early.ok ? await early.value.caller() : early;
  assert.ok(!result.ok);
  assert.equal(result.problem.code, 'attestation/credentials-changed');
  if (early.ok) early.value[Symbol.dispose]();
});

test('a kernel without SO_PEERPIDFD is served by pidfd_open', async () => {
  using accepted = await acceptFrom(connectFrom());
  const old: LinuxCalls = { ...calls, pidfdOfPeer: () => undefined };
  using peer = unwrap(AttestedPeer.of(old, digest, accepted.fd));
  assert.equal((await callerOf(peer)).pid, accepted.child.pid);
  accepted.child.kill('SIGKILL');
  await once(accepted.child, 'exit');
  assert.equal((await peer.caller()).ok, false);
});

for (const kernel of ['with', 'without'] as const) {
  test(`an orphan that goes on talking for its dead parent is refused, ${kernel} SO_PEERPIDFD`, async () => {
    const some: LinuxCalls = kernel === 'with' ? calls : { ...calls, pidfdOfPeer: () => undefined };
    // The parent connects, gives the connection to a child, and ends when it is told; the child goes on talking.
    const orphan = `setInterval(() => require("fs").writeSync(3, "x"), 10)`;
    const parent = `
      const socket = require("net").connect(process.argv[1], () => {
        const stdio = ["ignore", "ignore", "ignore", socket._handle.fd];
        require("child_process").spawn(process.execPath, ["-e", ${JSON.stringify(orphan)}], { stdio, detached: true }).unref();
      });
      process.on("message", () => process.exit());`;
    using accepted = await acceptFrom((path) =>
      spawn(process.execPath, ['-e', parent, path], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }),
    );
    using peer = unwrap(AttestedPeer.of(some, digest, accepted.fd));
    accepted.socket.resume();
    await once(accepted.socket, 'data');
    const caller = await callerOf(peer);
    const told = new Promise<void>((resolve) => peer.onExit(resolve));
    accepted.child.send('end');
    await told;
    // The orphan talks still, and the kernel still names its parent.
    await once(accepted.socket, 'data');
    assert.equal(calls.credentialsOfPeer(accepted.fd).pid, accepted.child.pid);
    assert.equal(caller.isAlive(), false);
    const again = await peer.caller();
    assert.ok(!again.ok);
    assert.equal(again.problem.code, 'attestation/no-process');
    assert.equal((await caller.sha256()).ok, false);
    assert.equal(credentialsOfPeer(some, accepted.fd).ok, false, 'a new look at the same connection must refuse too');
  });
}

const noPerl = spawnSync('perl', ['-e', '1']).status !== 0 && 'there is no Perl on this machine';

test('a caller that runs another program by now is known by that one', { skip: noPerl }, async () => {
  using accepted = await acceptFrom((path) =>
    // Perl keeps descriptors up to $^F over exec; it is where node is not: in every base system.
    spawn('perl', [
      '-MSocket',
      '-e',
      '$^F = 9; socket(S, AF_UNIX, SOCK_STREAM, 0); connect(S, sockaddr_un($ARGV[0])) or die; sysread(S, $_, 1); exec "sleep", "60"',
      path,
    ]),
  );
  using peer = unwrap(AttestedPeer.of(calls, digest, accepted.fd));
  const perl = /perl/u;
  const program = async (): Promise<string> => {
    const { executable } = await callerOf(peer);
    return executable.kind === 'known' ? executable.path : '';
  };
  assert.match(await program(), perl);
  accepted.socket.write('x');
  let now = '';
  // In the middle of the change no program is vouched for at all.
  while (now === '' || perl.test(now)) now = await program();
  assert.match(now, /sleep|coreutils|busybox/u);
});

test('the path of a program that was deleted or replaced is not vouched for, its digest is', async () => {
  const program = copyOfNode('node-replaced');
  using accepted = await acceptFrom(connectFrom({ program }));
  using peer = unwrap(AttestedPeer.of(calls, digest, accepted.fd));
  assert.deepEqual((await callerOf(peer)).executable, { kind: 'known', path: program });
  rmSync(program);
  assert.equal((await callerOf(peer)).executable.kind, 'unknown');
  copyFileSync('/bin/true', program);
  const caller = await callerOf(peer);
  assert.equal(caller.executable.kind, 'unknown');
  assert.deepEqual(await caller.sha256(), { ok: true, value: NODE_SHA256 });
});

const unshare = spawnSync('unshare', ['--mount', 'true']).status === 0;
const noNamespace = !unshare && 'mount namespaces cannot be made here';

test('a program mounted over the path of another is not taken for it', { skip: noNamespace }, async () => {
  const victim = copyOfNode('node-victim');
  const impostor = copyOfNode('node-impostor');
  using accepted = await acceptFrom((path) => {
    const command = 'mount --bind "$1" "$2" && exec "$2" -e "$3" "$4"';
    return spawn('unshare', ['--mount', 'sh', '-c', command, 'sh', impostor, victim, CONNECT, path], {
      stdio: 'inherit',
    });
  });
  using peer = unwrap(AttestedPeer.of(calls, digest, accepted.fd));
  const { executable } = await callerOf(peer);
  assert.equal(executable.kind, 'unknown');
  assert.match(executable.kind === 'unknown' ? executable.why : '', /node-victim/u);
});

function copyOfNode(name: string): string {
  const path = join(directory, name);
  copyFileSync(process.execPath, path);
  chmodSync(path, 0o755);
  return path;
}
