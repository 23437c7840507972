/** What it costs to know a caller, to give it its first SVID, and to push a change to many streams. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';

import { AttestedPeer } from '../src/identity/attestation/attested-peer.ts';
import { createExecutableDigest } from '../src/identity/attestation/executable-digest.ts';
import { openLinuxCalls } from '../src/identity/attestation/linux-calls.ts';
import { descriptorOf } from '../src/identity/attestation/peer-credentials.ts';
import { TrackedProcess } from '../src/identity/attestation/process-tree.ts';
import type { TcpEnd } from '../src/identity/attestation/socket-diagnosis.ts';
import { ownerOfLoopbackPeer, processOfConnection } from '../src/identity/attestation/tcp-peer.ts';
import type { X509Source } from '../src/protocols/spiffe-workload/client.ts';
import { startWorkloadApi, type TestApi, unwrap } from '../test/spiffe-workload/workload-api.ts';
import { type Bar, percentile } from './bar.ts';

const ROUNDS = 2000;
const FETCHES = 300;
/** Below the limit of connections that one process may have open. */
const STREAMS = 15;
const PUSHES = 50;
const OPEN_SOCKETS = 1000;

/** Microseconds of each round. */
async function sample(rounds: number, round: () => unknown): Promise<number[]> {
  const samples: number[] = [];
  for (let index = 0; index < rounds; index += 1) {
    const started = performance.now();
    await round();
    samples.push((performance.now() - started) * 1000);
  }
  return samples;
}

function bars(name: string, samples: readonly number[], atMost: number, note: string): Bar {
  const p99 = Math.round(percentile(samples, 0.99));
  return {
    name,
    figure: percentile(samples, 0.5),
    unit: 'µs',
    bar: { atMost },
    note: `median; p99 ${p99} µs; ${note}`,
  };
}

async function attestation(t: TestApi): Promise<readonly Bar[]> {
  const server = createServer();
  const path = `${t.directory}/bench.sock`;
  server.listen(path);
  await once(server, 'listening');
  const accepted = once(server, 'connection');
  const client = connect(path);
  const [socket] = (await accepted) as [Socket];
  const digest = createExecutableDigest();
  const fd = descriptorOf(socket) ?? -1;
  const accept = await sample(ROUNDS, () => unwrap(AttestedPeer.of(t.calls, digest, fd))[Symbol.dispose]());
  using peer = unwrap(AttestedPeer.of(t.calls, digest, fd));
  const facts = await sample(ROUNDS, () => peer.caller());
  const caller = unwrap(await peer.caller());
  const hash = await sample(1, () => caller.sha256());
  const cached = await sample(ROUNDS, () => caller.sha256());
  client.destroy();
  socket.destroy();
  server.close();
  return [
    bars('hold the peer of an accepted connection', accept, 150, 'credentials, pidfd, uid, start time'),
    bars('read the facts of a caller anew', facts, 1000, 'for each call and push; four file system calls that wait'),
    {
      name: 'hash the program of a caller, first time',
      figure: (hash[0] ?? 0) / 1000,
      unit: 'ms',
      note: process.execPath,
    },
    bars('hash the program of a caller, known', cached, 1000, ''),
  ];
}

async function connectionOwner(): Promise<readonly Bar[]> {
  const calls = unwrap(openLinuxCalls());
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  const sockets: Socket[] = [];
  const dial = async (): Promise<Socket> => {
    const accepted = once(server, 'connection');
    sockets.push(connect(port, '127.0.0.1'));
    const [socket] = (await accepted) as [Socket];
    sockets.push(socket);
    return socket;
  };
  using tree = unwrap(TrackedProcess.track(calls, process.pid));
  const measure = async (note: string): Promise<readonly Bar[]> => {
    const { localAddress = '', localPort = 0, remoteAddress = '', remotePort = 0 } = await dial();
    const end: TcpEnd = { localAddress, localPort, remoteAddress, remotePort };
    const owner = await sample(ROUNDS, () => unwrap(ownerOfLoopbackPeer(calls, end)));
    const scan = await sample(50, () => readFileSync('/proc/net/tcp'));
    const held = await sample(200, () => unwrap(processOfConnection(calls, tree, end)));
    const peers = [{ name: 'reading /proc/net/tcp', figure: percentile(scan, 0.5) }];
    return [
      { ...bars('owner of a loopback connection', owner, 100, note), peers },
      bars('process of a tree that holds it', held, note.startsWith('few') ? 500 : 50_000, `one process; ${note}`),
    ];
  };
  const few = await measure('few sockets');
  while (sockets.length < OPEN_SOCKETS) await dial();
  const many = await measure(`the process holds ${OPEN_SOCKETS} sockets`);
  for (const socket of sockets) socket.destroy();
  server.close();
  return [...few, ...many];
}

async function fetching(t: TestApi): Promise<readonly Bar[]> {
  const fetches = await sample(FETCHES, async () => {
    using source = t.source();
    await source.ready();
  });
  const sources: X509Source[] = [];
  for (let index = 0; index < STREAMS; index += 1) sources.push(t.source());
  await Promise.all(sources.map((source) => source.ready()));
  const pushes = await sample(PUSHES, async () => {
    const told = sources.map((source) => new Promise<void>((resolve) => onceChanged(source, resolve)));
    t.register(`pushed-${performance.now()}`);
    await Promise.all(told);
    const [, last] = t.registry.entries();
    const back = sources.map((source) => new Promise<void>((resolve) => onceChanged(source, resolve)));
    if (last !== undefined) t.registry.remove(last);
    await Promise.all(back);
  });
  for (const source of sources) source[Symbol.dispose]();
  return [
    bars('first SVID over a new connection', fetches, 20_000, 'client and server share one thread'),
    bars(`a registration added and removed, seen by ${STREAMS} streams`, pushes, 200_000, 'both changes; one thread'),
  ];
}

function onceChanged(source: X509Source, listener: () => void): void {
  const stop = source.onState(() => {
    stop();
    listener();
  });
}

export async function run(): Promise<readonly Bar[]> {
  await using t = await startWorkloadApi();
  t.register('bench');
  return [...(await attestation(t)), ...(await connectionOwner()), ...(await fetching(t))];
}
