/** Who holds a TCP port of this machine: what turns "address in use" into something an operator can act on. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';

import type { Problem } from '../kernel/problem.ts';

/** `/proc/net/tcp` names states by number (include/net/tcp_states.h). */
const LISTEN = '0A';

/** The problem, when the port of the address cannot be bound now; `what` is who wants it, such as `orders`. */
export function problemOfPort(host: string, port: number, what: string): Promise<Problem | undefined> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(portProblem(error, host, port, what)));
    probe.listen({ host, port, exclusive: true }, () => probe.close(() => resolve(undefined)));
  });
}

function portProblem(error: NodeJS.ErrnoException, host: string, port: number, what: string): Problem {
  if (error.code === 'EADDRINUSE') {
    const holder = holderOf(port);
    const message = `port ${port}, which ${what} needs, is in use${holder === undefined ? '' : ` by ${holder}`}`;
    const hint = 'stop that process, or name another port in countersign.yaml';
    return { code: 'port/in-use', message, hint };
  }
  const message = `${what} cannot listen on ${host}:${port}: ${error.code ?? error.message}`;
  const hint =
    error.code === 'EACCES' ? 'ports below 1024 need root, or another port' : 'name another port in countersign.yaml';
  return { code: 'port/unusable', message, hint };
}

/** `node (pid 4711)`; undefined when the holder is another user's, whose descriptors cannot be read. */
function holderOf(port: number): string | undefined {
  const wanted = new Set([...inodesListening('/proc/net/tcp', port), ...inodesListening('/proc/net/tcp6', port)]);
  for (const pid of readable(() => readdirSync('/proc'))) {
    if (!/^\d+$/u.test(pid)) continue;
    for (const fd of readable(() => readdirSync(`/proc/${pid}/fd`))) {
      const [link] = readable(() => [readlinkSync(`/proc/${pid}/fd/${fd}`)]);
      if (link === undefined || !wanted.has(link)) continue;
      const [name] = readable(() => [readFileSync(`/proc/${pid}/comm`, 'utf8').trim()]);
      return `${name ?? 'a process'} (pid ${pid})`;
    }
  }
  return undefined;
}

function inodesListening(file: string, port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return readable(() => readFileSync(file, 'utf8').split('\n').slice(1)).flatMap((line) => {
    const [, local, , state, , , , , , inode] = line.trim().split(/\s+/u);
    return local?.endsWith(suffix) && state === LISTEN ? [`socket:[${inode}]`] : [];
  });
}

/** Processes come and go while they are looked at. */
function readable(read: () => string[]): string[] {
  try {
    return read();
  } catch {
    return [];
  }
}
