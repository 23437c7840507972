/** The Workload API over real sockets, with real processes and a real authority. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { test } from 'node:test';

import { create } from '@bufbuild/protobuf';
import { Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import fc from 'fast-check';

import { TrackedProcess } from '../../src/identity/attestation/process-tree.ts';
import { MAX_CONNECTIONS_PER_PROCESS } from '../../src/protocols/attested-connections.ts';
import {
  SpiffeWorkloadAPI,
  X509BundlesRequestSchema,
  type X509BundlesResponse,
  X509SVIDRequestSchema,
} from '../../src/protocols/spiffe-workload/generated/workload_pb.js';
import { methodDefinition } from '../../src/protocols/grpc-service.ts';
import { DOMAIN, holdTimers, idOf, startChild, startWorkloadApi, type TestApi, unwrap } from './workload-api.ts';

const root = process.geteuid?.() === 0;

/** Calls with metadata of the test's choice; gives the status that the call ended with, and how many messages came. */
function fetchWith(
  t: TestApi,
  metadata: Metadata,
): Promise<{ readonly error: ServiceError; readonly messages: number }> {
  const client = new Client(`unix:${t.socketPath}`, credentials.createInsecure(), {
    'grpc.use_local_subchannel_pool': 1,
  });
  const { path, requestSerialize, responseDeserialize } = methodDefinition(SpiffeWorkloadAPI.method.fetchX509SVID);
  const request = create(X509SVIDRequestSchema);
  return new Promise((resolve) => {
    let messages = 0;
    const stream = client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, request, metadata);
    stream.on('data', () => (messages += 1));
    stream.on('error', (error: ServiceError) => {
      client.close();
      resolve({ error, messages });
    });
  });
}

function header(...values: readonly string[]): Metadata {
  const metadata = new Metadata();
  for (const value of values) metadata.add('workload.spiffe.io', value);
  return metadata;
}

test('a registered workload gets its SVID, with its key and its bundle', async () => {
  await using t = await startWorkloadApi();
  t.register('web');
  using source = t.source();
  const { svids, bundles } = await source.ready();
  assert.deepEqual(
    svids.map(({ id }) => id),
    [idOf('web')],
  );
  assert.equal(source.current(), svids[0]);
  assert.deepEqual(
    bundles.map(({ trustDomain }) => trustDomain),
    [DOMAIN],
  );
  const leaf = new X509Certificate(svids[0].chain[0] ?? '');
  assert.equal(leaf.subjectAltName, `URI:${idOf('web')}`);
  assert.equal(leaf.checkPrivateKey(svids[0].privateKey), true);
  assert.equal(leaf.verify(new X509Certificate(bundles[0]?.authorities[0] ?? '').publicKey), true);
});

test('a caller with several identities gets all, the first registered as the default, each once', async () => {
  await using t = await startWorkloadApi();
  t.register('one');
  t.register('two');
  t.register('one');
  using source = t.source();
  const { svids } = await source.ready();
  assert.deepEqual(
    svids.map(({ id }) => id),
    [idOf('one'), idOf('two')],
  );
});

test('a rotated SVID is pushed', async () => {
  await using t = await startWorkloadApi();
  const entry = t.register('web');
  using source = t.source();
  await source.ready();
  const before = source.current().serial;
  for (let round = 0; round < 3; round += 1) {
    const rotated = new Promise<string>((resolve) => source.onRotation(({ serial }) => resolve(serial)));
    await t.rotate(entry);
    assert.notEqual(await rotated, before);
  }
});

test('a registration that is added or removed is pushed; without any the stream ends as denied', async () => {
  await using t = await startWorkloadApi();
  const one = t.register('one');
  using source = t.source();
  await source.ready();
  const next = (): Promise<unknown> =>
    new Promise((resolve) => {
      const stop = source.onState((state) => {
        stop();
        resolve(state.kind === 'ready' ? state.context.svids.map(({ id }) => id) : state.problem?.code);
      });
    });
  let told = next();
  const two = t.register('two');
  assert.deepEqual(await told, [idOf('one'), idOf('two')]);
  told = next();
  t.registry.remove(one);
  assert.deepEqual(await told, [idOf('two')]);
  told = next();
  t.registry.remove(two);
  assert.equal(await told, 'workload-api/no-identity');
  assert.throws(() => source.current(), { name: 'ProblemError' });
  assert.deepEqual(source.bundles.all(), []);
});

test('a federated bundle is pushed beside the SVID, and to those who ask for bundles', async () => {
  await using t = await startWorkloadApi();
  t.register('web');
  using source = t.source();
  await source.ready();
  await using other = await startWorkloadApi('other.example');
  const foreign = other.bundles.all();
  const told = new Promise<void>((resolve) => source.bundles.onChange(resolve));
  for (const bundle of foreign) unwrap(t.bundles.federate(bundle));
  await told;
  assert.deepEqual(
    source.bundles
      .all()
      .map(({ trustDomain }) => trustDomain)
      .sort(),
    ['other.example', DOMAIN],
  );
  assert.deepEqual(
    Buffer.concat(source.bundles.of(other.domain)?.authorities ?? []),
    Buffer.concat(foreign[0]?.authorities ?? []),
  );
  const client = new Client(`unix:${t.socketPath}`, credentials.createInsecure());
  const { path, requestSerialize, responseDeserialize } = methodDefinition(SpiffeWorkloadAPI.method.fetchX509Bundles);
  const request = create(X509BundlesRequestSchema);
  const stream = client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, request, header('true'));
  stream.on('error', () => {});
  const [response] = (await once(stream, 'data')) as [X509BundlesResponse];
  assert.deepEqual(Object.keys(response.bundles), ['spiffe://other.example', `spiffe://${DOMAIN}`]);
  stream.cancel();
  client.close();
});

test('the security header must be there once and be `true`', async () => {
  await using t = await startWorkloadApi();
  t.register('web');
  for (const values of [[], ['false'], ['TRUE'], ['true', 'true'], ['']]) {
    const { error, messages } = await fetchWith(t, header(...values));
    assert.equal(error.code, status.INVALID_ARGUMENT, JSON.stringify(values));
    assert.equal(error.details, 'security header missing from request');
    assert.equal(messages, 0);
  }
});

test('a profile that is not served is unimplemented', async () => {
  await using t = await startWorkloadApi();
  const client = new Client(`unix:${t.socketPath}`, credentials.createInsecure());
  for (const method of ['FetchJWTSVID', 'FetchJWTBundles', 'ValidateJWTSVID', 'FetchWITSVID', 'Nonsense']) {
    const error = await new Promise<ServiceError | null>((resolve) => {
      const path = `/SpiffeWorkloadAPI/${method}`;
      client.makeUnaryRequest(
        path,
        (bytes: Buffer) => bytes,
        (bytes) => bytes,
        Buffer.alloc(0),
        header('true'),
        resolve,
      );
    });
    assert.equal(error?.code, status.UNIMPLEMENTED, method);
  }
  client.close();
});

test('a caller without identity is told no more than that; the ledger says why, and once', async () => {
  await using t = await startWorkloadApi();
  unwrap(t.registry.add({ id: idOf('web'), ttlSeconds: 60, attest: { kind: 'unix', path: '/nowhere/web' } }));
  for (let round = 0; round < 5; round += 1) {
    const { error } = await fetchWith(t, header('true'));
    assert.equal(error.code, status.PERMISSION_DENIED);
    assert.equal(error.details, 'no identity issued');
  }
  const refused = () =>
    t.events.filter(({ kind }) => kind === 'attestation.refused').map(({ actor, data }) => ({ actor, data }));
  const [first, ...more] = refused();
  assert.deepEqual(more, []);
  assert.equal(first?.actor.id, `uid:${process.geteuid?.()}`);
  assert.equal(first.data['code'], 'attestation/no-match');
  assert.equal(first.data['path'], process.execPath);
  assert.deepEqual(first.data['nearest'], {
    id: idOf('web'),
    missing: [`wants path \`/nowhere/web\`, the caller has \`${process.execPath}\``],
  });
  t.refusalTimers.fire();
  assert.equal(refused()[1]?.data['repeated'], 4);
  assert.equal(refused().length, 2);
});

test('an identity of a started process is given to its tree, and taken back when it ends', async () => {
  await using t = await startWorkloadApi();
  using child = startChild('client.child.ts', [t.socketPath]);
  using tracked = unwrap(TrackedProcess.track(t.calls, child.pid));
  unwrap(t.registry.add({ id: idOf('started'), ttlSeconds: 60, attest: { kind: 'started', process: tracked } }));
  assert.deepEqual(await child.line(), { kind: 'ready', ids: [idOf('started')] });
  const { error } = await fetchWith(t, header('true'));
  assert.equal(error.code, status.PERMISSION_DENIED, 'our own process is not of the tree');
  const changed = new Promise<void>((resolve) => t.registry.onChange(resolve));
  child[Symbol.dispose]();
  await changed;
  assert.deepEqual(t.registry.entries(), []);
});

test(
  'a workload of another user connects and is known by its uid',
  { skip: !root && 'only root can start one' },
  async () => {
    await using t = await startWorkloadApi();
    unwrap(t.registry.add({ id: idOf('nobody'), ttlSeconds: 60, attest: { kind: 'unix', uid: 65_534 } }));
    using child = startChild('client.child.ts', [t.socketPath], { uid: 65_534 });
    assert.deepEqual(await child.line(), { kind: 'ready', ids: [idOf('nobody')] });
    const { error } = await fetchWith(t, header('true'));
    assert.equal(error.code, status.PERMISSION_DENIED);
  },
);

test('an orphan that inherited a connection gets nothing over it', async () => {
  await using t = await startWorkloadApi();
  t.register('web');
  using child = startChild('orphan.child.ts', [t.socketPath]);
  assert.deepEqual(await child.line(), { kind: 'inherited' });
  child.tell('end');
  await child.exited;
  assert.deepEqual(await child.line(), { kind: 'closed' });
  await assert.rejects(child.line(), 'the orphan was answered');
});

test('clients that are killed leave no descriptor behind', async () => {
  await using t = await startWorkloadApi();
  t.register('web');
  const descriptors = (): number => readdirSync('/proc/self/fd').length;
  const before = descriptors();
  for (let round = 0; round < 3; round += 1) {
    const children = [1, 2, 3].map(() => startChild('client.child.ts', [t.socketPath]));
    for (const child of children) assert.equal((await child.line())['kind'], 'ready');
    assert.ok(descriptors() >= before + 6, 'each connection holds a socket and a pidfd');
    for (const child of children) child[Symbol.dispose]();
    await Promise.all(children.map((child) => child.exited));
  }
  // What is left to do is closing, which takes turns of the event loop and no time.
  for (let turn = 0; turn < 1000 && descriptors() > before; turn += 1) await new Promise(setImmediate);
  assert.equal(descriptors(), before);
});

test('a process that opens connections without end is refused the rest, and others are served', async () => {
  await using t = await startWorkloadApi();
  t.register('web');
  const sockets = Array.from({ length: MAX_CONNECTIONS_PER_PROCESS }, () => connect(t.socketPath));
  for (const socket of sockets) socket.on('error', () => {}).resume();
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  const over = connect(t.socketPath)
    .on('error', () => {})
    .resume();
  await once(over, 'close');
  assert.equal(t.events.at(-1)?.data['code'], 'socket/too-many-connections');
  using child = startChild('client.child.ts', [t.socketPath]);
  assert.equal((await child.line())['kind'], 'ready');
  for (const socket of sockets) socket.destroy();
});

test('whatever bytes are sent to the socket, the server goes on', async () => {
  await using t = await startWorkloadApi();
  t.register('web');
  const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0', 'latin1');
  await fc.assert(
    fc.asyncProperty(fc.boolean(), fc.uint8Array({ maxLength: 500 }), async (polite, bytes) => {
      const socket = connect(t.socketPath)
        .on('error', () => {})
        .resume();
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.end(polite ? Buffer.concat([preface, bytes]) : bytes);
      await closed;
    }),
    { numRuns: 200 },
  );
  using source = t.source();
  assert.equal((await source.ready()).svids.length, 1);
});

test('a request that is no message of the service is refused, and the server goes on', async () => {
  await using t = await startWorkloadApi();
  t.register('web');
  const client = new Client(`unix:${t.socketPath}`, credentials.createInsecure());
  const { path } = methodDefinition(SpiffeWorkloadAPI.method.fetchX509SVID);
  const send = (bytes: Uint8Array): Promise<status> =>
    new Promise((resolve) => {
      const same = (buffer: Buffer): Buffer => buffer;
      const stream = client.makeServerStreamRequest(path, same, same, Buffer.from(bytes), header('true'));
      stream.on('error', (error: ServiceError) => resolve(error.code));
      stream.on('data', () => stream.cancel());
    });
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
      // Unknown fields are ignored, as protobuf has it: then it is answered, and cancelled by us.
      assert.ok([status.CANCELLED, status.INTERNAL].includes(await send(bytes)));
    }),
    { numRuns: 100 },
  );
  assert.equal(await send(new Uint8Array(20_000)), status.RESOURCE_EXHAUSTED);
  client.close();
});

test('the socket is for everyone, in a directory that is not', async () => {
  await using t = await startWorkloadApi();
  assert.equal(statSync(t.socketPath).mode & 0o666, 0o666);
  assert.equal(statSync(dirname(t.socketPath)).mode & 0o777, 0o755);
});

test('while the server is away a client keeps what it holds, and finds the next server', async () => {
  await using t = await startWorkloadApi();
  t.register('web');
  const timers = holdTimers();
  using source = t.source(timers);
  await source.ready();
  const broken = new Promise<unknown>((resolve) => {
    const stop = source.onState((state) => {
      stop();
      resolve(state.problem?.code);
    });
  });
  await t.api.close();
  assert.match(String(await broken), /^workload-api\//u);
  assert.equal(source.current().id, idOf('web'));
  assert.throws(() => statSync(t.socketPath), { code: 'ENOENT' });
  await using _again = await t.serveAgain();
  const healed = new Promise<void>((resolve) => {
    // The channel may need more than one attempt to notice that the socket is back.
    source.onState(({ problem }) => (problem === undefined ? resolve() : setImmediate(timers.fire)));
  });
  timers.fire();
  await healed;
  assert.equal(source.current().id, idOf('web'));
});

test('a client waits twice as long after each failure, to thirty seconds, and as its first after a success', async () => {
  await using t = await startWorkloadApi();
  const delays: number[] = [];
  const held = holdTimers();
  const timers = {
    after: (delayMs: number, callback: () => void) => {
      delays.push(delayMs);
      return held.after(delayMs, callback);
    },
  };
  using source = t.source(timers);
  const failures = (count: number): Promise<void> =>
    new Promise((resolve) => {
      const stop = source.onState((state) => {
        if (state.kind === 'ready') return;
        // The wait is set right after the state is told.
        setImmediate(() => {
          if (delays.length < count) return held.fire();
          stop();
          resolve();
        });
      });
    });
  await failures(7);
  const wanted = [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000];
  for (const [index, delay] of delays.entries()) {
    const nominal = wanted[index] ?? 0;
    assert.ok(Math.abs(delay - nominal) <= nominal * 0.1 + 1, `${delay} ms is not about ${nominal} ms`);
  }
  const entry = t.register('web');
  const ready = source.ready();
  held.fire();
  await ready;
  const again = failures(8);
  t.registry.remove(entry);
  await again;
  assert.ok((delays[7] ?? 0) <= 1100, `${delays[7]} ms after a success`);
});
