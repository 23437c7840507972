/** Whether the process that opened a connection to a workload's outbound listener is that workload. */
import { readdirSync, readlinkSync } from 'node:fs';

import type { AllowCaller } from '../enforcement/proxy/outbound.ts';
import { createExecutableDigest, type DigestExecutable } from '../identity/attestation/executable-digest.ts';
import { digestOfPeer, readProcessFacts } from '../identity/attestation/process-facts.ts';
import { ProcessHandle } from '../identity/attestation/process-handle.ts';
import { readEffectiveIds } from '../identity/attestation/process-stat.ts';
import type { TrackedProcess } from '../identity/attestation/process-tree.ts';
import type { TcpEnd } from '../identity/attestation/socket-diagnosis.ts';
import { ownerOfLoopbackPeer, processOfConnection } from '../identity/attestation/tcp-peer.ts';
import type { Workload } from '../inventory/workload.ts';
import type { ControlPlane } from './control-plane.ts';

type Machine = Pick<ControlPlane, 'calls' | 'registry'>;

/**
 * Without this check the listener would lend the workload's identity to every process of the machine. Fails closed:
 * a connection whose owner cannot be found is nobody's.
 */
export function callerCheck(
  machine: Machine,
  { id, attestation }: Workload,
  processes: () => readonly TrackedProcess[],
): AllowCaller {
  const digest = createExecutableDigest();
  return (connection) => {
    if (processes().some((process) => processOfConnection(machine.calls, process, connection).ok)) return true;
    return attestation.kind === 'unix' && attestedOwner(machine, digest, connection, id);
  };
}

/** For a workload that was not started by us: whoever holds the connection must match the workload's selectors. */
async function attestedOwner(
  { calls, registry }: Machine,
  digest: DigestExecutable,
  connection: TcpEnd,
  id: string,
): Promise<boolean> {
  const owner = ownerOfLoopbackPeer(calls, connection);
  if (!owner.ok) return false;
  const { uid, inode } = owner.value;
  const pid = readdirSync('/proc')
    .map(Number)
    .find((candidate) => candidate > 0 && holds(candidate, inode));
  const handle = pid === undefined ? undefined : ProcessHandle.open(calls, pid);
  if (pid === undefined || handle?.ok !== true) return false;
  using process = handle.value;
  const peer = { pid, uid, gid: readEffectiveIds(pid)?.gid ?? -1, process };
  const facts = await readProcessFacts(peer);
  if (!facts.ok) return false;
  const caller = { ...facts.value, sha256: () => digestOfPeer(peer, digest), isAlive: () => process.isAlive() };
  const match = await registry.match(caller);
  // The pid was looked up before its handle was opened: only if it still holds the socket is it the one meant.
  return (
    match.kind === 'matched' && match.entries.some((entry) => entry.id === id) && holds(pid, inode) && process.isAlive()
  );
}

function holds(pid: number, inode: number): boolean {
  try {
    const folder = `/proc/${pid}/fd`;
    return readdirSync(folder).some((fd) => linkOf(`${folder}/${fd}`) === `socket:[${inode}]`);
  } catch {
    return false;
  }
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
