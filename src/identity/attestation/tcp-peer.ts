/** Which process holds the other end of a loopback TCP connection: only its owner may use a workload's listener. */
import { readdirSync, readlinkSync } from 'node:fs';

import { err, ok, type Result } from '../../kernel/result.ts';
import type { LinuxCalls } from './linux-calls.ts';
import type { TrackedProcess } from './process-tree.ts';
import { ownerOfTcpEnd, type SocketOwner, type TcpEnd } from './socket-diagnosis.ts';

/**
 * The socket at the other end of an accepted connection; hand over the accepted `net.Socket`'s own view of it.
 * Codes: `attestation/not-loopback`, `/no-owner` when it was closed meanwhile.
 */
export function ownerOfLoopbackPeer(calls: LinuxCalls, accepted: TcpEnd): Result<SocketOwner> {
  const owner = ownerOfTcpEnd(calls, {
    localAddress: accepted.remoteAddress,
    localPort: accepted.remotePort,
    remoteAddress: accepted.localAddress,
    remotePort: accepted.localPort,
  });
  if (owner !== undefined) return ok(owner);
  const message = `no process of this machine holds the other end, \`${accepted.remoteAddress}:${accepted.remotePort}\``;
  return err({
    code: 'attestation/no-owner',
    message,
    hint: 'it is not of loopback, closed already, or the kernel has no CONFIG_INET_DIAG',
  });
}

/**
 * Does a living process of the tree hold the other end of the accepted connection? Gives its pid. Only the tree's own
 * processes are looked at. Codes: `attestation/no-owner`, `/not-of-tree`. Fails closed: a process whose descriptors
 * cannot be read, because it is another user's, holds nothing.
 */
export function processOfConnection(calls: LinuxCalls, tree: TrackedProcess, accepted: TcpEnd): Result<number> {
  const owner = ownerOfLoopbackPeer(calls, accepted);
  if (!owner.ok) return owner;
  const name = `socket:[${owner.value.inode}]`;
  for (const pid of tree.pids()) {
    // `contains` after the look: only then is what was seen under the pid known to be of the tree.
    if (holds(pid, name) && tree.contains(pid)) return ok(pid);
  }
  const from = `${accepted.remoteAddress}:${accepted.remotePort}`;
  return err({
    code: 'attestation/not-of-tree',
    message: `the connection from \`${from}\` is of uid ${owner.value.uid}, and of no process of workload ${tree.pid}`,
    hint: 'only the workload that was started, and its children, may use its listener',
  });
}

/** Newest descriptors first: the connection in question was opened a moment ago. */
function holds(pid: number, name: string): boolean {
  try {
    const folder = `/proc/${pid}/fd`;
    return readdirSync(folder)
      .toReversed()
      .some((fd) => pointsAt(`${folder}/${fd}`, name));
  } catch {
    return false;
  }
}

function pointsAt(link: string, name: string): boolean {
  try {
    return readlinkSync(link) === name;
  } catch {
    // Closed between the listing and the look, as any descriptor may be.
    return false;
  }
}
