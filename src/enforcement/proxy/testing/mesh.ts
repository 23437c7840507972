/** A small mesh for tests: real certificates, a real decision point with a rule that can be changed, real sockets. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';

import { DecisionPoint } from '../../../decision/decision-point.ts';
import type { Snapshot } from '../../../decision/snapshot.ts';
import { spiffeId, trustDomain } from '../../../identity/testing/authority.ts';
import {
  ecKey,
  type Forgery,
  forgeAuthority,
  type ForgedAuthority,
  forgeLeaf,
  spkiOf,
} from '../../../identity/testing/forge.ts';
import type { BundleSource, TrustBundle } from '../../../identity/trust-bundle.ts';
import type { SvidSource, X509Svid } from '../../../identity/x509-svid.ts';
import type { AccessRequest } from '../../../kernel/access-request.ts';
import { type Clock, systemClock } from '../../../kernel/clock.ts';
import type { LedgerEvent, LedgerEventKind } from '../../../kernel/ledger-event.ts';
import type { RecordEvent } from '../../../kernel/ports.ts';
import { toRevision } from '../../../kernel/revision.ts';
import type { Obligation } from '../../../kernel/verdict.ts';
import { type InboundProxy, type InboundProxyOptions, startInboundProxy } from '../inbound.ts';
import { tlsOptionsOf } from '../tls-options.ts';

export const DOMAIN = 'mesh.test';
export const SERVICE: string = `spiffe://${DOMAIN}/service`;
export const CLIENT: string = `spiffe://${DOMAIN}/client`;
export const SERVICE_PORT = 8080;

export type Authority = { readonly domain: string; readonly forged: ForgedAuthority };

export function createAuthority(domain: string = DOMAIN): Authority {
  return { domain, forged: forgeAuthority(Date.now(), `authority of ${domain}`) };
}

export function issue({ forged }: Authority, id: string, changes: Partial<Forgery> = {}): X509Svid {
  const keys = ecKey();
  const leaf = forgeLeaf(forged, Date.now(), id, { publicKeyInfo: spkiOf(keys), ...changes });
  const { notBefore = Date.now() - 10_000, notAfter = Date.now() + 3_600_000 } = changes;
  return { id: spiffeId(id), chain: [leaf], privateKey: keys.privateKey, serial: '40', notBefore, notAfter };
}

export type Rotating = SvidSource & { readonly rotate: (svid: X509Svid) => void };

export function rotating(first: X509Svid): Rotating {
  let current = first;
  const listeners = new Set<(svid: X509Svid) => void>();
  return {
    current: () => current,
    onRotation: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    rotate: (svid) => {
      current = svid;
      for (const listener of listeners) listener(svid);
    },
  };
}

export type Bundles = BundleSource & { readonly trust: (authorities: readonly Authority[]) => void };

export function bundlesOf(...authorities: readonly Authority[]): Bundles {
  let trusted: readonly TrustBundle[] = [];
  const listeners = new Set<() => void>();
  const trust = (of: readonly Authority[]): void => {
    trusted = of.map(({ domain, forged }) => ({ trustDomain: trustDomain(domain), authorities: [forged.bytes] }));
    for (const listener of listeners) listener();
  };
  trust(authorities);
  return {
    trust,
    of: (domain) => trusted.find(({ trustDomain: candidate }) => candidate === domain),
    all: () => trusted,
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Keeps what it is told, and lets a test wait for an event instead of for time. */
export type Ledger = {
  readonly events: readonly LedgerEvent[];
  readonly record: RecordEvent;
  /** The first event of the kind that `matches`, past or to come. */
  readonly find: (kind: LedgerEventKind, matches?: (event: LedgerEvent) => boolean) => Promise<LedgerEvent>;
};

export function createLedger(): Ledger {
  const events: LedgerEvent[] = [];
  const waiting = new Set<() => void>();
  return {
    events,
    record: async (event) => {
      events.push(event);
      for (const check of waiting) check();
    },
    find: (kind, matches = () => true) =>
      new Promise((resolve) => {
        const check = (): void => {
          const found = events.find((event) => event.kind === kind && matches(event));
          if (found === undefined) return;
          waiting.delete(check);
          resolve(found);
        };
        waiting.add(check);
        check();
      }),
  };
}

export function messageOf({ data }: LedgerEvent): string {
  const message = data['message'];
  assert.ok(typeof message === 'string');
  return message;
}

/** True, false, or true with obligations. */
export type Rule = (request: AccessRequest) => boolean | readonly Obligation[];

/** A real decision point whose one layer is a function. */
export function createDecisions(
  ledger: Ledger,
  first: Rule,
): { readonly point: DecisionPoint; set: (rule: Rule) => void } {
  let revision = 0;
  const snapshotOf = (rule: Rule): Snapshot => ({
    revision: toRevision((revision += 1)),
    tiers: [
      {
        tier: { name: 'mesh', kind: 'grant' },
        layers: [
          {
            name: 'test',
            tier: 'mesh',
            decide: (request) => {
              const allowed = rule(request);
              if (allowed === false) return { kind: 'forbid', reasons: [{ message: 'the rule of the test says no' }] };
              const obligations = allowed === true ? [] : allowed;
              return { kind: 'permit', reasons: [], ...(obligations.length > 0 && { obligations }) };
            },
            explain: () => ({ verdict: { kind: 'abstain', speaks: false, reasons: [] }, remedies: [] }),
          },
        ],
      },
    ],
    workloads: new Map(),
    attachments: [],
    warnings: [],
  });
  const { record } = ledger;
  const point = new DecisionPoint({ snapshot: snapshotOf(first), record, clock: systemClock, random: randomBytes });
  return { point, set: (rule) => point.swap(snapshotOf(rule)) };
}

export async function listenLocally(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return address.port;
}

export type RawApp = AsyncDisposable & { readonly port: number; readonly sockets: readonly Socket[] };

/** An app that is nothing but a socket handler. */
export async function startRawApp(handler: (socket: Socket) => void): Promise<RawApp> {
  const sockets: Socket[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    handler(socket);
  });
  const port = await listenLocally(server);
  return {
    port,
    sockets,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

export type Mesh = AsyncDisposable & {
  readonly authority: Authority;
  readonly bundles: Bundles;
  readonly svids: Rotating;
  readonly ledger: Ledger;
  readonly decisions: ReturnType<typeof createDecisions>;
  readonly proxy: InboundProxy;
};

export type MeshOptions = {
  readonly appPort: number;
  readonly rule?: Rule;
  readonly clock?: Clock;
} & Partial<Pick<InboundProxyOptions, 'protocol' | 'limits' | 'upgrades' | 'decide' | 'onProblem'>>;

/** An inbound proxy before the app on `appPort`; everything is permitted unless a rule says otherwise. */
export async function startMesh({ appPort, rule = () => true, ...rest }: MeshOptions): Promise<Mesh> {
  const authority = createAuthority();
  const bundles = bundlesOf(authority);
  const svids = rotating(issue(authority, SERVICE));
  const ledger = createLedger();
  const decisions = createDecisions(ledger, rule);
  const proxy = await startInboundProxy({
    listen: { host: '127.0.0.1', port: 0 },
    app: { host: '127.0.0.1', port: appPort },
    protocol: 'http',
    resource: { id: spiffeId(SERVICE), port: SERVICE_PORT },
    svids,
    bundles,
    decide: decisions.point.decide,
    onDecisionsChanged: decisions.point.onChanged,
    record: ledger.record,
    clock: systemClock,
    random: randomBytes,
    ...rest,
  });
  return { authority, bundles, svids, ledger, decisions, proxy, [Symbol.asyncDispose]: proxy.close };
}

/** A TLS client with the SVID, or without any; errors are left to `close`. */
export async function callTls(port: number, svid?: X509Svid, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const identity = svid === undefined ? { ca: [] } : tlsOptionsOf(svid);
  const socket = connectTls({ port, host: '127.0.0.1', ...identity, rejectUnauthorized: false, ...options });
  socket.on('error', () => undefined);
  await once(socket, 'secureConnect');
  return socket;
}

export async function callPlain(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** Everything that the socket receives until its end, or until it is cut off. */
export async function readAll(socket: Socket): Promise<string> {
  let text = '';
  socket.setEncoding('latin1').on('data', (part: string) => (text += part));
  await Promise.race([once(socket, 'close'), once(socket, 'end')]).catch(() => undefined);
  return text;
}

/** What the socket receives until `until` is in it. */
export function readUntil(socket: Socket, until: string | RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const onData = (part: Buffer): void => {
      text += part.toString('latin1');
      if (!(typeof until === 'string' ? text.includes(until) : until.test(text))) return;
      stop();
      resolve(text);
    };
    const onClose = (): void => {
      stop();
      reject(new Error(`closed before ${String(until)} came, after: ${text.slice(0, 500)}`));
    };
    const stop = (): void => {
      socket.off('data', onData).off('close', onClose).off('end', onClose);
    };
    socket.on('data', onData).on('close', onClose).on('end', onClose);
  });
}
