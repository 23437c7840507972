/** The enforcement point before a workload that has no security code: who calls is proven, and every call decided on. */
import { createServer, type Socket } from 'node:net';
import { createServer as createTlsServer, type Server as TlsServer, type TLSSocket } from 'node:tls';

import type { BundleSource } from '../../identity/trust-bundle.ts';
import type { SvidSource } from '../../identity/x509-svid.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { JsonObject } from '../../kernel/json.ts';
import type { Decide, OnDecisionsChanged, RecordEvent } from '../../kernel/ports.ts';
import type { Problem } from '../../kernel/problem.ts';
import type { AppAddress } from './app-connection.ts';
import { InboundConnection } from './inbound-connection.ts';
import type { InboundContext } from './inbound-context.ts';
import { createJournal, type Journal } from './journal.ts';
import { DEFAULT_LIMITS, type ProxyLimits } from './limits.ts';
import { type ListenAddress, listen, reportDrops, startSweeping } from './listener.ts';
import { certificatesOf, identify, type Peer } from './peer.ts';
import { type Address, addressOf, type Protocol, type Resource } from './questions.ts';
import { tlsOptionsOf } from './tls-options.ts';

export type InboundProxyOptions = {
  readonly listen: ListenAddress;
  readonly app: AppAddress;
  readonly protocol: Protocol;
  readonly resource: Resource;
  readonly svids: SvidSource;
  readonly bundles: BundleSource;
  readonly decide: Decide;
  readonly onDecisionsChanged: OnDecisionsChanged;
  readonly record: RecordEvent;
  readonly clock: Clock;
  /** Fills that many bytes from a cryptographic source. */
  readonly random: (bytes: number) => Uint8Array;
  /** Told of what could not be recorded. */
  readonly onProblem?: (problem: Problem) => void;
  readonly limits?: Partial<ProxyLimits>;
  /** What a request may switch its connection to. Never `h2c` or `tls`: each would hide requests from the decision. */
  readonly upgrades?: readonly string[];
};

export type OpenConnection = {
  readonly peer: Peer;
  readonly address: Address;
  /** Wall time in milliseconds since 1970. */
  readonly openedAt: number;
};

export type InboundProxy = AsyncDisposable & {
  readonly address: { readonly host: string; readonly port: number };
  readonly connections: () => readonly OpenConnection[];
  /** Ends the listener and every connection. */
  readonly close: () => Promise<void>;
};

const DEFAULT_UPGRADES: readonly string[] = ['websocket'];
const TLS_HANDSHAKE = 0x16;

/** @throws ProblemError with `proxy/cannot-listen` when the address cannot be listened on. */
export async function startInboundProxy(options: InboundProxyOptions): Promise<InboundProxy> {
  const { bundles, clock, onDecisionsChanged, protocol, resource, svids } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const about: JsonObject = { direction: 'inbound', resource: resource.id, port: resource.port, protocol };
  const journal = createJournal({ ...options, about, onProblem: options.onProblem ?? (() => undefined) });
  let generation = 0;
  const context: InboundContext = {
    ...options,
    upgrades: new Set(options.upgrades ?? DEFAULT_UPGRADES),
    generation: { current: () => generation },
    journal,
    limits,
  };
  const open = new Set<InboundConnection>();
  const sockets = new Set<Socket>();
  const admit = (socket: Socket, peer: Peer, first?: Buffer): void => {
    const connection = new InboundConnection(context, socket, peer);
    open.add(connection);
    socket.on('close', () => open.delete(connection));
    void connection.run(first);
  };

  const tls = createTlsEnd(options, limits, journal, admit);
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // An error is followed by `close`, which is what everybody here listens for.
    socket.on('error', () => undefined);
    sniff(socket, limits.handshakeTimeoutMs, tls, (first) => admit(socket, { kind: 'plaintext' }, first));
  });
  server.maxConnections = limits.maxConnections;
  reportDrops(server, options.onProblem ?? (() => undefined), limits.maxConnections);

  const address = await listen(server, options.listen);
  const stops = [
    svids.onRotation((svid) => tls.setSecureContext(tlsOptionsOf(svid))),
    bundles.onChange(() => {
      for (const connection of open) connection.verifyAgain(bundles);
    }),
    onDecisionsChanged(() => {
      generation += 1;
      for (const connection of open) void connection.askAgain();
    }),
    startSweeping(clock, limits, (nowMs, wallMs) => {
      for (const connection of open) connection.sweep(nowMs, wallMs);
    }),
  ];
  const close = async (): Promise<void> => {
    for (const stop of stops.splice(0)) stop();
    const closed = new Promise((resolve) => {
      server.close(resolve);
    });
    for (const connection of open) connection.destroy();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return { address, connections: () => [...open], close, [Symbol.asyncDispose]: close };
}

/** The first byte tells TLS from everything else; it is handed on with the rest, unread. */
function sniff(socket: Socket, timeoutMs: number, tls: TlsServer, onPlaintext: (first: Buffer) => void): void {
  socket.setTimeout(timeoutMs, () => socket.destroy());
  const onEnd = (): void => void socket.destroy();
  socket.once('end', onEnd);
  socket.once('data', (first: Buffer) => {
    socket.removeListener('end', onEnd);
    socket.setTimeout(0);
    socket.removeAllListeners('timeout');
    socket.pause();
    if (first[0] !== TLS_HANDSHAKE) return onPlaintext(first);
    socket.unshift(first);
    tls.emit('connection', socket);
  });
}

function createTlsEnd(
  { bundles, clock, svids }: InboundProxyOptions,
  limits: ProxyLimits,
  journal: Journal,
  admit: (socket: TLSSocket, peer: Peer) => void,
): TlsServer {
  const server = createTlsServer({
    ...tlsOptionsOf(svids.current()),
    requestCert: true,
    rejectUnauthorized: false,
    handshakeTimeout: limits.handshakeTimeoutMs,
    allowHalfOpen: true,
  });
  server.on('secureConnection', (socket) => {
    socket.on('error', () => undefined);
    const peer = identify(socket, bundles, clock.now());
    if (peer.ok) return admit(socket, peer.value);
    const claimedId = certificatesOf(socket)?.claimedId;
    journal.refused({
      actor: { type: 'anonymous', id: 'anonymous' },
      peer: addressOf(socket),
      problem: peer.problem,
      ...(claimedId !== undefined && { more: { claimedId } }),
    });
    socket.destroy();
  });
  server.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => {
    const peer = addressOf(socket);
    socket.destroy();
    journal.refused({ actor: { type: 'anonymous', id: 'anonymous' }, peer, problem: problemOfHandshake(error) });
  });
  return server;
}

function problemOfHandshake(error: NodeJS.ErrnoException): Problem {
  const code = 'proxy/handshake-failed';
  if (error.code === 'ERR_SSL_UNSUPPORTED_PROTOCOL') {
    return { code, message: 'the caller does not offer TLS 1.3', hint: 'nothing older is spoken in the mesh' };
  }
  if (error.code === 'ERR_TLS_HANDSHAKE_TIMEOUT') {
    return { code, message: 'the caller did not finish the TLS handshake in time' };
  }
  return { code, message: `the TLS handshake failed: ${error.code ?? error.message}` };
}
