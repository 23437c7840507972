/** The processes of the proxy's benchmark: an app, the proxies with everything real behind them, a relay, a client. */
import { createPrivateKey } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { DecisionPoint } from '../src/decision/decision-point.ts';
import { buildSnapshot } from '../src/decision/snapshot.ts';
import { startInboundProxy } from '../src/enforcement/proxy/inbound.ts';
import { startOutboundProxy } from '../src/enforcement/proxy/outbound.ts';
import { createBundleSource } from '../src/identity/bundle-source.ts';
import { openAuthority } from '../src/identity/certificate-authority.ts';
import { createSvidSource } from '../src/identity/svid-source.ts';
import type { BundleSource } from '../src/identity/trust-bundle.ts';
import type { SvidSource, X509Svid } from '../src/identity/x509-svid.ts';
import { systemTimers } from '../src/identity/timers.ts';
import { systemClock as clock } from '../src/kernel/clock.ts';
import { ProblemError } from '../src/kernel/problem.ts';
import type { Result } from '../src/kernel/result.ts';
import { toRevision } from '../src/kernel/revision.ts';
import { parseSpiffeId, type SpiffeId } from '../src/kernel/spiffe-id.ts';
import { parseTrustDomain } from '../src/kernel/trust-domain.ts';
import { openOrCreateFileSigner } from '../src/ledger/file-signer.ts';
import { pooledRandom } from '../src/process/random.ts';
import { openLedger } from '../src/ledger/open-ledger.ts';

const HOST = '127.0.0.1';
const BODY: Buffer = Buffer.alloc(1024, 'x');
const POLICY = `apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: service, namespace: bench }
spec:
  selector: { matchLabels: { app: service } }
  rules:
    - from:
        - source: { principals: [bench.test/ns/bench/sa/client] }
      to:
        - operation: { methods: [GET], paths: ["/items/*"] }
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: { name: strict, namespace: bench }
spec: { mtls: { mode: STRICT } }
`;

const LIMITS = { maxConnections: 1000 };
const randomOf = pooledRandom();

function need<T>(result: Result<T, unknown>): T {
  if (result.ok) return result.value;
  const message = JSON.stringify(result.problem);
  throw new ProblemError({ code: 'bench/cannot-start', message });
}

const idOf = (account: string): SpiffeId => need(parseSpiffeId(`spiffe://bench.test/ns/bench/sa/${account}`));

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => {
    server.listen(0, HOST, resolve);
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Node's own HTTP server with a body of 1 KiB. */
export function startApp(): Promise<number> {
  const server = createHttpServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/plain', 'content-length': BODY.length });
    response.end(BODY);
  });
  server.keepAliveTimeout = 600_000;
  return listen(server);
}

/** Copies bytes and nothing else: what two hops in Node cost at the least. */
export function startRelay(toPort: number): Promise<number> {
  const copy = (from: Socket, to: Socket): void => {
    from.on('data', (bytes: Buffer) => {
      if (!to.write(bytes)) from.pause();
    });
    to.on('drain', () => from.resume());
    from.on('end', () => to.end()).on('error', () => to.destroy());
  };
  return listen(
    createServer({ noDelay: true }, (from) => {
      const to = connect({ port: toPort, host: HOST, noDelay: true });
      copy(from, to);
      copy(to, from);
    }),
  );
}

/** What an outbound proxy in another process needs to call as the client. */
export type Peer = { readonly key: string; readonly chain: readonly string[]; readonly authorities: readonly string[] };

export type Mesh = { readonly inbound: number; readonly outbound: number; readonly peer: Peer };

/**
 * Authority, ledger on disk, policy layer and decision point, all real, and an inbound proxy before the app. The ledger
 * is written as traffic's is by default.
 */
export async function startMesh(appPort: number): Promise<Mesh> {
  const directory = await mkdtemp(join(tmpdir(), 'countersign-bench-'));
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
  const trustDomain = need(parseTrustDomain('bench.test'));
  const signer = need(await openOrCreateFileSigner(join(directory, 'signer'), 'bench.test/ledger'));
  const { record } = await openLedger({ directory: join(directory, 'ledger'), signer, clock });
  const shared = { clock, random: randomOf, timers: systemTimers };
  const authority = need(
    await openAuthority({
      ...shared,
      directory: join(directory, 'authority'),
      trustDomain,
      record,
      onProblem: () => undefined,
    }),
  );
  const bundles = createBundleSource(authority);
  const svidsOf = async (id: SpiffeId): Promise<SvidSource> =>
    need(await createSvidSource({ ...shared, authority, id, ttlSeconds: 3600, onProblem: () => undefined }));
  const service = idOf('service');
  const snapshot = need(
    await buildSnapshot({
      revision: toRevision(1),
      trustDomain,
      namespace: 'bench',
      policies: [{ language: 'mesh', file: 'bench.yaml', text: POLICY }],
      workloads: [
        {
          name: 'service',
          id: service,
          namespace: 'bench',
          labels: { app: 'service' },
          record: 'prompt',
          protocol: 'http',
          port: appPort,
        },
      ],
    }),
  );
  const point = new DecisionPoint({ snapshot, record, clock, random: randomOf });
  const inbound = await startInboundProxy({
    listen: { host: HOST, port: 0 },
    app: { host: HOST, port: appPort },
    protocol: 'http',
    resource: { id: service, port: appPort },
    ...{ svids: await svidsOf(service), bundles, record, clock, random: randomOf, limits: LIMITS },
    decide: point.decide,
    onDecisionsChanged: point.onChanged,
  });
  const client = await svidsOf(idOf('client'));
  const outbound = await startOutbound(inbound.address.port, client, bundles);
  const svid = client.current();
  const peer: Peer = {
    key: svid.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    chain: svid.chain.map(toBase64),
    authorities: bundles.all().flatMap(({ authorities }) => authorities.map(toBase64)),
  };
  return { inbound: inbound.address.port, outbound, peer };
}

async function startOutbound(port: number, svids: SvidSource, bundles: BundleSource): Promise<number> {
  const proxy = await startOutboundProxy({
    listen: { host: HOST, port: 0 },
    upstream: { host: HOST, port },
    expected: idOf('service'),
    ...{ svids, bundles, clock, random: randomOf, limits: LIMITS },
    allowCaller: () => true,
    record: () => Promise.resolve(),
  });
  return proxy.address.port;
}

/** The way out in a process of its own, as an agent on another machine would run it. */
export function startOutboundAlone(inboundPort: number, { key, chain, authorities }: Peer): Promise<number> {
  const svid: X509Svid = {
    id: idOf('client'),
    chain: chain.map(fromBase64),
    privateKey: createPrivateKey(key),
    serial: '01',
    notBefore: 0,
    notAfter: Number.MAX_SAFE_INTEGER,
  };
  const bundle = { trustDomain: need(parseTrustDomain('bench.test')), authorities: authorities.map(fromBase64) };
  const never = (): (() => void) => () => undefined;
  return startOutbound(
    inboundPort,
    { current: () => svid, onRotation: never },
    { of: () => bundle, all: () => [bundle], onChange: never },
  );
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

function fromBase64(text: string): Uint8Array {
  return Buffer.from(text, 'base64');
}

const REQUEST: Buffer = Buffer.from(
  'GET /items/17?fields=all HTTP/1.1\r\nHost: service.bench:8080\r\nAccept: application/json\r\nUser-Agent: bench\r\n' +
    'Accept-Encoding: gzip\r\nAuthorization: Bearer eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJiZW5jaCJ9.c2lnbmF0dXJl\r\n' +
    'traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n\r\n',
);

/** Sends requests on one connection and waits for each answer; knows the app's answers by their end. */
class Client {
  readonly #socket: Socket;
  #arrived: () => void = () => undefined;
  #received = 0;
  #expected = 0;

  constructor(port: number) {
    this.#socket = connect({ port, host: HOST, noDelay: true });
    this.#socket.on('error', (error) => {
      throw error;
    });
    this.#socket.on('data', (bytes: Buffer) => {
      if (this.#expected === 0) {
        const end = bytes.indexOf('\r\n\r\n');
        if (!bytes.toString('latin1', 0, 12).endsWith(' 200')) throw new Error(bytes.toString('latin1', 0, 400));
        this.#expected = end + 4 + BODY.length;
      }
      this.#received += bytes.length;
      if (this.#received < this.#expected) return;
      this.#received = 0;
      this.#expected = 0;
      this.#arrived();
    });
  }

  ask(): Promise<void> {
    return new Promise((resolve) => {
      this.#arrived = resolve;
      this.#socket.write(REQUEST);
    });
  }

  close(): void {
    this.#socket.destroy();
  }
}

/** Latencies in microseconds of each port, in small turns one port after the other, so that noise falls on all. */
export async function measureLatency(ports: readonly number[], turns: number, perTurn: number): Promise<number[][]> {
  const clients = ports.map((port) => new Client(port));
  const samples = ports.map((): number[] => []);
  for (let turn = 0; turn < turns; turn += 1) {
    for (const [index, client] of clients.entries()) {
      // The first of a turn finds cold caches; it is not what a busy connection sees.
      await client.ask();
      for (let count = 0; count < perTurn; count += 1) {
        const started = performance.now();
        await client.ask();
        if (turn >= turns / 10) samples[index]?.push((performance.now() - started) * 1000);
      }
    }
  }
  for (const client of clients) client.close();
  return samples;
}

export async function measureThroughput(port: number, connections: number, ms: number): Promise<number> {
  const clients = Array.from({ length: connections }, () => new Client(port));
  await Promise.all(clients.map((client) => client.ask()));
  const started = performance.now();
  let answers = 0;
  await Promise.all(
    clients.map(async (client) => {
      while (performance.now() - started < ms) {
        await client.ask();
        answers += 1;
      }
    }),
  );
  const perSecond = (answers / (performance.now() - started)) * 1000;
  for (const client of clients) client.close();
  return perSecond;
}
