/** An admin server on a real Unix socket in a folder of its own, with the kernel's word for its callers. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { openLinuxCalls } from '../../../identity/attestation/linux-calls.ts';
import { credentialsOfPeer, descriptorOf } from '../../../identity/attestation/peer-credentials.ts';
import { type AdminServerOptions, serveAdmin } from '../server.ts';

export type TestAdmin = AsyncDisposable & { readonly socketPath: string };

export type TestAdminOptions = Pick<AdminServerOptions, 'operations'> &
  Partial<Pick<AdminServerOptions, 'peerOf' | 'ownUid'>> & {
    /** Lets processes of other users through to the server, as a mistake of the operator would. */
    readonly reachable?: boolean;
  };

export async function openAdmin(options: TestAdminOptions): Promise<TestAdmin> {
  const directory = mkdtempSync(join(tmpdir(), 'admin-'));
  const socketPath = join(directory, 'admin.sock');
  const server = await serveAdmin({
    socketPath,
    operations: options.operations,
    ownUid: options.ownUid ?? process.getuid?.() ?? 0,
    peerOf: options.peerOf ?? kernelsWord(),
  });
  if (options.reachable === true) {
    chmodSync(directory, 0o755);
    chmodSync(socketPath, 0o666);
  }
  return {
    socketPath,
    [Symbol.asyncDispose]: async () => {
      await server.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function kernelsWord(): AdminServerOptions['peerOf'] {
  const calls = openLinuxCalls();
  if (!calls.ok) throw new Error(calls.problem.message);
  return (socket) => {
    const fd = descriptorOf(socket);
    const peer = fd === undefined ? undefined : credentialsOfPeer(calls.value, fd);
    if (peer?.ok !== true) return undefined;
    using _ = peer.value.process;
    return { pid: peer.value.pid, uid: peer.value.uid };
  };
}
