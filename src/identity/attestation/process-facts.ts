/** What is known of a calling process: read under the rule that keeps a reused pid out. */
import { readlinkSync } from 'node:fs';
import { stat } from 'node:fs/promises';

import { err, ok, type Result } from '../../kernel/result.ts';
import type { DigestExecutable } from './executable-digest.ts';
import { credentialsChanged, type PeerCredentials } from './peer-credentials.ts';
import { readEffectiveIds } from './process-stat.ts';

export type ProcessFacts = {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
  /** Clock ticks since boot. */
  readonly startTicks: number;
  /** Absolute path of the program; absent, with the reason, where it cannot be vouched for. */
  readonly executable:
    | { readonly kind: 'known'; readonly path: string }
    | { readonly kind: 'unknown'; readonly why: string };
};

/**
 * Reads the facts anew: nothing of an earlier reading is trusted, since a process may run another program by now.
 * Codes: `attestation/no-process`, `/credentials-changed`.
 */
export async function readProcessFacts(peer: PeerCredentials): Promise<Result<ProcessFacts>> {
  const { pid, uid, gid, process } = peer;
  if (!process.isAlive()) return ended(pid);
  const executable = await executableOf(pid);
  const ids = readEffectiveIds(pid);
  // Whatever was read above was read of this process only if it is still there now.
  if (!process.isAlive()) return ended(pid);
  if (ids?.uid !== uid) return credentialsChanged(pid, uid);
  return ok({ pid, uid, gid, startTicks: process.startTicks, executable });
}

/** Lower case hex of the program that the peer runs now; the codes of `readProcessFacts` and `DigestExecutable`. */
export async function digestOfPeer(peer: PeerCredentials, digest: DigestExecutable): Promise<Result<string>> {
  if (!peer.process.isAlive()) return ended(peer.pid);
  const result = await digest(`/proc/${peer.pid}/exe`);
  return peer.process.isAlive() ? result : ended(peer.pid);
}

/**
 * `/proc/PID/exe` names the program as the process sees it. Anybody may make a mount namespace of his own and mount
 * a program of his own at the path of another; so the path counts only when it leads here to the same file.
 */
async function executableOf(pid: number): Promise<ProcessFacts['executable']> {
  const link = `/proc/${pid}/exe`;
  try {
    const path = readlinkSync(link);
    const running = await stat(link, { bigint: true });
    const here = await stat(path, { bigint: true }).catch(() => undefined);
    // Read again: a program that was replaced between the two would pair one's path with the other's file.
    if (readlinkSync(link) !== path) return { kind: 'unknown', why: 'it started another program meanwhile' };
    if (here !== undefined && here.dev === running.dev && here.ino === running.ino) return { kind: 'known', path };
    return { kind: 'unknown', why: `\`${path}\` is not the same file here: replaced, deleted, or of a container` };
  } catch (cause) {
    return {
      kind: 'unknown',
      why: `its program cannot be read: ${(cause as NodeJS.ErrnoException).code ?? 'unknown'}`,
    };
  }
}

function ended(pid: number): Result<never> {
  return err({ code: 'attestation/no-process', message: `process ${pid}, which connected, has ended` });
}
