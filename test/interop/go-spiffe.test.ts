/** The Workload API with go-spiffe as the other side: its SVIDs, bundles, a hop of mutual TLS and a rotation. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';

import { TrackedProcess } from '../../src/identity/attestation/process-tree.ts';
import type { Registration } from '../../src/identity/attestation/registration.ts';
import { formatEndpointSocket } from '../../src/protocols/spiffe-workload/endpoint-socket.ts';
import { idOf, startWorkloadApi, type TestApi, unwrap } from '../spiffe-workload/workload-api.ts';

const SOURCE = new URL('go-spiffe/', import.meta.url).pathname;
const hasGo = spawnSync('go', ['version']).status === 0;
const hasModules = hasGo && spawnSync('go', ['mod', 'download'], { cwd: SOURCE }).status === 0;
const skip = hasModules ? false : hasGo ? 'the Go modules cannot be fetched here' : 'there is no Go on this machine';

let directory = '';
before(() => {
  directory = mkdtempSync(join(tmpdir(), 'go-spiffe-'));
  if (skip !== false) return;
  const built = spawnSync('go', ['build', '-o', join(directory, 'workload'), '.'], { cwd: SOURCE, encoding: 'utf8' });
  assert.equal(built.status, 0, built.stderr);
});
after(() => rmSync(directory, { recursive: true, force: true }));

type Workload = Disposable & { readonly entry: Registration; readonly line: () => Promise<string> };

/** Starts the Go program; it gets its identity as a process that was started by us. */
function startWorkload(t: TestApi, name: string | undefined, ...args: readonly string[]): Workload {
  const child = spawn(join(directory, 'workload'), args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { SPIFFE_ENDPOINT_SOCKET: formatEndpointSocket({ kind: 'unix', path: t.socketPath }) },
  });
  assert.ok(child.pid !== undefined);
  const process = unwrap(TrackedProcess.track(t.calls, child.pid));
  const entry: Registration = { id: idOf(name ?? 'none'), ttlSeconds: 60, attest: { kind: 'started', process } };
  if (name !== undefined) unwrap(t.registry.add(entry));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    entry,
    line: async () => String((await lines.next()).value),
    [Symbol.dispose]: () => {
      child.kill('SIGKILL');
      process[Symbol.dispose]();
    },
  };
}

test('two go-spiffe workloads get their identities, talk over mutual TLS, and see a rotation', { skip }, async () => {
  await using t = await startWorkloadApi();
  await using other = await startWorkloadApi('other.example');
  for (const bundle of other.bundles.all()) unwrap(t.bundles.federate(bundle));
  using server = startWorkload(t, 'server', 'serve', idOf('client'));
  assert.equal(await server.line(), 'bundles other.example=1,test.example=1');
  assert.equal(await server.line(), `svid ${idOf('server')}`);
  const address = (await server.line()).replace('address ', '');
  using client = startWorkload(t, 'client', 'call', idOf('server'), address);
  assert.equal(await client.line(), 'bundles other.example=1,test.example=1');
  assert.equal(await client.line(), `svid ${idOf('client')}`);
  assert.equal(await client.line(), `answer ${idOf('server')} says hello`);
  await t.rotate(server.entry);
  assert.equal(await server.line(), `rotated ${idOf('server')}`);
});

test('a go-spiffe workload without a registration is denied', { skip }, async () => {
  await using t = await startWorkloadApi();
  using workload = startWorkload(t, undefined, 'denied');
  assert.match(await workload.line(), /^denied .*PermissionDenied desc = no identity issued$/u);
});

test('a go-spiffe workload of another name than the caller wants is not talked to', { skip }, async () => {
  await using t = await startWorkloadApi();
  using server = startWorkload(t, 'impostor', 'serve', idOf('client'));
  await server.line();
  await server.line();
  const address = (await server.line()).replace('address ', '');
  using client = startWorkload(t, 'client', 'call', idOf('server'), address);
  await client.line();
  await client.line();
  assert.match(await client.line(), /^error .*unexpected ID/u);
});
