/** Who connected to a Unix socket, as the kernel tells it, with a hold on the process that did. */
import { err, type Result, ok } from '../../kernel/result.ts';
import type { LinuxCalls, UnixCredentials } from './linux-calls.ts';
import { ProcessHandle } from './process-handle.ts';
import { readEffectiveIds } from './process-stat.ts';

export type PeerCredentials = UnixCredentials & {
  /** Owned by the caller, who disposes it when the connection closes. */
  readonly process: ProcessHandle;
};

/**
 * To be called in the same turn in which the connection was accepted. Codes: `attestation/unreachable-namespace`,
 * `/no-process` when the peer ended before, `/credentials-changed`.
 *
 * Before Linux 6.5 the pidfd is opened by number. A peer that ended while its connection waited to be accepted, and
 * whose pid went to another process of the same user in that time, is then mistaken for that process; another
 * user's process never is.
 */
export function credentialsOfPeer(calls: LinuxCalls, fd: number): Result<PeerCredentials> {
  const credentials = calls.credentialsOfPeer(fd);
  const { pid, uid } = credentials;
  if (pid <= 0) {
    return err({
      code: 'attestation/unreachable-namespace',
      message: 'the caller lives in a pid namespace that cannot be seen from here',
      hint: 'run this process in the pid namespace of the host, or of the workload',
    });
  }
  const pidfd = calls.pidfdOfPeer(fd);
  const process = pidfd === undefined ? ProcessHandle.open(calls, pid) : ProcessHandle.adopt(calls, pidfd, pid);
  if (!process.ok) return process;
  if (readEffectiveIds(pid)?.uid === uid && process.value.isAlive())
    return ok({ ...credentials, process: process.value });
  process.value[Symbol.dispose]();
  return credentialsChanged(pid, uid);
}

/** A process that became another user after it connected: neither of the two can be vouched for. */
export function credentialsChanged(pid: number, uid: number): Result<never> {
  return err({
    code: 'attestation/credentials-changed',
    message: `process ${pid} connected as uid ${uid} and runs as another now`,
    hint: 'let the workload connect after it dropped its privileges',
  });
}

/**
 * The descriptor of a socket that `node:net` accepted. Node has no public name for it; a test holds this one.
 * Undefined when the socket is closed already.
 */
export function descriptorOf(socket: object): number | undefined {
  const fd = (socket as { readonly _handle?: { readonly fd?: unknown } | null })._handle?.fd;
  return typeof fd === 'number' && fd >= 0 ? fd : undefined;
}
