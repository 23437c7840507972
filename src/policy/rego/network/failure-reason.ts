/** Why a connection came to nothing, in Go's words where it has some. */
import type { Peer } from './allow-list.ts';

const OF_A_DIAL: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'connect: connection refused'],
  ['EHOSTUNREACH', 'connect: no route to host'],
  ['ENETUNREACH', 'connect: network is unreachable'],
  ['ETIMEDOUT', 'connect: connection timed out'],
]);

const OF_A_LOOK_UP: ReadonlyMap<string, string> = new Map([
  ['ENOTFOUND', 'no such host'],
  ['EAI_AGAIN', 'server misbehaving'],
]);

export function reasonOf(error: unknown, { host, port }: Peer): string {
  if (!(error instanceof Error)) return 'unknown error';
  const code = 'code' in error ? String(error.code) : '';
  const dial = OF_A_DIAL.get(code);
  if (dial !== undefined) {
    const address = 'address' in error ? String(error.address) : host;
    return `dial tcp ${address.includes(':') ? `[${address}]` : address}:${port}: ${dial}`;
  }
  const lookUp = OF_A_LOOK_UP.get(code);
  if (lookUp !== undefined) return `dial tcp: lookup ${host}: ${lookUp}`;
  return code === 'ECONNRESET' ? 'EOF' : error.message;
}
