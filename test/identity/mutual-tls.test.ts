import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, test } from 'node:test';
import {
  connect,
  createServer,
  type DetailedPeerCertificate,
  type SecureContextOptions,
  type TLSSocket,
} from 'node:tls';

import { createBundleSource } from '../../src/identity/bundle-source.ts';
import type { CertificateAuthority } from '../../src/identity/certificate-authority.ts';
import { chainToPem } from '../../src/identity/pem.ts';
import { createSvidSource, type RenewingSvidSource } from '../../src/identity/svid-source.ts';
import { authorityBench, createFolder, openedAuthority, spiffeId } from '../../src/identity/testing/authority.ts';
import type { ManualTime } from '../../src/identity/testing/manual-time.ts';
import type { BundleSource } from '../../src/identity/trust-bundle.ts';
import { verifyX509Svid } from '../../src/identity/verify-x509-svid.ts';
import type { X509Svid } from '../../src/identity/x509-svid.ts';
import type { Result } from '../../src/kernel/result.ts';
import type { SpiffeId } from '../../src/kernel/spiffe-id.ts';

const NOW = Date.now();
const CLIENT = spiffeId('spiffe://example.org/ns/shop/sa/web');
const SERVER = spiffeId('spiffe://example.org/ns/shop/sa/payments');

function contextOf(svid: X509Svid): SecureContextOptions {
  const key = svid.privateKey.export({ type: 'pkcs8', format: 'pem' });
  return { cert: chainToPem(svid.chain), key, minVersion: 'TLSv1.3' };
}

/** What the peer sent, leaf first: OpenSSL links each certificate to the one that issued it. */
function chainOf(socket: TLSSocket): Uint8Array[] {
  const chain: Uint8Array[] = [];
  let certificate: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  while (certificate?.raw !== undefined && !chain.includes(certificate.raw)) {
    chain.push(certificate.raw);
    certificate = certificate.issuerCertificate;
  }
  return chain;
}

async function sourceOf(authority: CertificateAuthority, time: ManualTime, id: SpiffeId): Promise<RenewingSvidSource> {
  const { clock, timers } = time;
  const onProblem = (): void => assert.fail('a renewal failed');
  const created = await createSvidSource({
    authority,
    id,
    ttlSeconds: 3600,
    clock,
    timers,
    random: randomBytes,
    onProblem,
  });
  assert.ok(created.ok);
  return created.value;
}

type Seen = { readonly byServer: Result<SpiffeId>; readonly byClient: Result<SpiffeId>; readonly answer: string };

/** One TLS 1.3 connection: each side verifies the other by our rules alone, and a word goes each way. */
async function meet(server: X509Svid, client: X509Svid, bundles: BundleSource, nowMs: number): Promise<Seen> {
  const seen = Promise.withResolvers<Result<SpiffeId>>();
  const listener = createServer({ ...contextOf(server), requestCert: true, rejectUnauthorized: false }, (socket) => {
    seen.resolve(verifyX509Svid(chainOf(socket), bundles, nowMs));
    socket.pipe(socket);
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  const socket = connect({ ...contextOf(client), host: '127.0.0.1', port, rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const byClient = verifyX509Svid(chainOf(socket), bundles, nowMs);
  socket.end('hello');
  const parts: Buffer[] = [];
  for await (const part of socket) parts.push(part as Buffer);
  listener.close();
  await once(listener, 'close');
  return { byServer: await seen.promise, byClient, answer: Buffer.concat(parts).toString() };
}

describe('two workloads', () => {
  test('know each other by name over mutual TLS, before and after a rotation', async () => {
    await using folder = await createFolder();
    const { options, time } = authorityBench(folder, NOW);
    await using authority = await openedAuthority(options);
    using bundles = createBundleSource(authority);
    await using server = await sourceOf(authority, time, SERVER);
    await using client = await sourceOf(authority, time, CLIENT);
    const good = { byServer: { ok: true, value: CLIENT }, byClient: { ok: true, value: SERVER }, answer: 'hello' };
    const before = server.current();
    assert.deepEqual(await meet(before, client.current(), bundles, time.clock.now()), good);
    await time.advance(2_000_000);
    assert.notEqual(server.current().serial, before.serial);
    assert.deepEqual(await meet(server.current(), client.current(), bundles, time.clock.now()), good);
  });

  test('of two installations with the same trust domain do not trust each other', async () => {
    await using folder = await createFolder();
    await using other = await createFolder();
    const { options, time } = authorityBench(folder, NOW);
    const elsewhere = authorityBench(other, NOW);
    await using authority = await openedAuthority(options);
    await using impostor = await openedAuthority(elsewhere.options);
    using bundles = createBundleSource(authority);
    await using server = await sourceOf(authority, time, SERVER);
    await using client = await sourceOf(impostor, elsewhere.time, CLIENT);
    const { byClient, byServer } = await meet(server.current(), client.current(), bundles, time.clock.now());
    assert.deepEqual(byClient, { ok: true, value: SERVER });
    assert.ok(!byServer.ok);
    assert.equal(byServer.problem.code, 'svid/untrusted');
  });
});
