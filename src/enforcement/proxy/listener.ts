/** Listening, and the clockwork that both proxies keep their deadlines with. */
import type { Server } from 'node:net';

import type { Clock } from '../../kernel/clock.ts';
import { type Problem, ProblemError } from '../../kernel/problem.ts';
import { MAX_SWEEP_INTERVAL_MS, type ProxyLimits } from './limits.ts';

/** Port 0 takes a free one. */
export type ListenAddress = { readonly host: string; readonly port: number };

/** @throws ProblemError with `proxy/cannot-listen`. */
export async function listen(server: Server, { host, port }: ListenAddress): Promise<ListenAddress> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => {
      const message = `cannot listen on \`${host}:${port}\`: ${cause.message}`;
      const hint = 'another process may listen there, or the address is not one of this machine';
      reject(new ProblemError({ code: 'proxy/cannot-listen', message, hint }, { cause }));
    });
    server.listen({ host, port }, resolve);
  });
  server.removeAllListeners('error');
  const address = server.address();
  return { host, port: typeof address === 'object' && address !== null ? address.port : port };
}

/**
 * One timer for all connections, so that a request costs none: each connection keeps a deadline and is shown both
 * clocks. A deadline is late by at most one interval, however far the wall clock jumps.
 */
export function startSweeping(
  clock: Clock,
  limits: ProxyLimits,
  sweep: (nowMs: number, wallMs: number) => void,
): () => void {
  const { handshakeTimeoutMs, headTimeoutMs, keepAliveTimeoutMs, idleTimeoutMs } = limits;
  const shortest = Math.min(handshakeTimeoutMs, headTimeoutMs, keepAliveTimeoutMs, idleTimeoutMs);
  const timer = setInterval(() => sweep(clock.monotonic(), clock.now()), Math.min(MAX_SWEEP_INTERVAL_MS, shortest / 4));
  timer.unref();
  return () => clearInterval(timer);
}

/** At most one report a second: whoever fills the connections must not fill the log as well. */
export function reportDrops(server: Server, onProblem: (problem: Problem) => void, most: number): void {
  let isQuiet = false;
  server.on('drop', () => {
    if (isQuiet) return;
    isQuiet = true;
    setTimeout(() => (isQuiet = false), 1000).unref();
    const message = `${most} connections are open, and no more are accepted`;
    onProblem({ code: 'proxy/too-many-connections', message, hint: 'raise `maxConnections`, or find who holds them' });
  });
}
