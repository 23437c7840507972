/** The way out for a workload's plain calls: whoever calls is checked, and the other end is proven before a byte leaves. */
import { createServer, isIP, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions, createSecureContext, type SecureContext } from 'node:tls';

import { createJournal } from './journal.ts';
import { DEFAULT_LIMITS } from './limits.ts';
import { type ListenAddress, listen, reportDrops, startSweeping } from './listener.ts';
import { OutboundConnection } from './outbound-connection.ts';
import type { OutboundContext, OutboundProxyOptions } from './outbound-context.ts';
import { tlsOptionsOf } from './tls-options.ts';

export type { AllowCaller, OutboundProxyOptions } from './outbound-context.ts';

export type OutboundProxy = AsyncDisposable & {
  readonly address: ListenAddress;
  readonly connections: () => readonly { readonly openedAt: number }[];
  /** Ends the listener and every connection. */
  readonly close: () => Promise<void>;
};

/** @throws ProblemError with `proxy/cannot-listen` when the address cannot be listened on. */
export async function startOutboundProxy(options: OutboundProxyOptions): Promise<OutboundProxy> {
  const { bundles, clock, expected, onProblem = () => undefined, svids, upstream } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const about = { direction: 'outbound', expected, upstream: `${upstream.host}:${upstream.port}` };
  const journal = createJournal({ ...options, about, onProblem });
  let secureContext: SecureContext = createSecureContext(tlsOptionsOf(svids.current()));
  const context: OutboundContext = {
    ...options,
    limits,
    journal,
    connectUpstream: () => connectTls(connectionOptions(upstream, secureContext)),
  };
  const open = new Set<OutboundConnection>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket: Socket) => {
    const connection = new OutboundConnection(context, socket);
    open.add(connection);
    socket.on('close', () => open.delete(connection));
    void connection.run();
  });
  server.maxConnections = limits.maxConnections;
  reportDrops(server, onProblem, limits.maxConnections);

  const address = await listen(server, options.listen);
  const stops = [
    svids.onRotation((svid) => {
      secureContext = createSecureContext(tlsOptionsOf(svid));
    }),
    bundles.onChange(() => {
      for (const connection of open) connection.verifyAgain();
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
    await closed;
  };
  return { address, connections: () => [...open], close, [Symbol.asyncDispose]: close };
}

/** Node verifies nothing here: `rejectUnauthorized` is off because `OutboundConnection` does it, for SPIFFE's rules. */
function connectionOptions(
  { host, port }: OutboundProxyOptions['upstream'],
  secureContext: SecureContext,
): ConnectionOptions & { readonly allowHalfOpen: boolean } {
  // RFC 6066 §3: a server name is a host name, never an address.
  const servername = isIP(host) === 0 ? { servername: host } : {};
  return { host, port, ...servername, secureContext, rejectUnauthorized: false, allowHalfOpen: true };
}
