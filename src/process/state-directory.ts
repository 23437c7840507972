/** Where a deployment keeps its state, which version of the layout it has, and whether it can be used. */
import { accessSync, chmodSync, constants, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import type { Declaration } from '../inventory/declaration.ts';
import { MAX_SOCKET_PATH_BYTES } from '../kernel/limits.ts';
import type { Problem } from '../kernel/problem.ts';
import { err, ok, type Result } from '../kernel/result.ts';

/** Raised when an older program could no longer read what a newer one writes. */
const LAYOUT_VERSION = 1;

export type StateDirectory = {
  readonly root: string;
  readonly records: string;
  readonly ledger: string;
  /** The key that signs the ledger's checkpoints. */
  readonly signer: string;
  readonly authority: string;
  readonly workloadApiSocket: string;
  readonly accessSocket: string;
  readonly adminSocket: string;
};

/** Names only; touches nothing. */
export function stateDirectory(directory: string, declaration: Pick<Declaration, 'state' | 'sockets'>): StateDirectory {
  const root = resolve(directory, declaration.state);
  const sockets = declaration.sockets === undefined ? join(root, 'sockets') : resolve(directory, declaration.sockets);
  return {
    root,
    records: join(root, 'records.db'),
    ledger: join(root, 'ledger'),
    signer: join(root, 'signer'),
    authority: join(root, 'authority'),
    workloadApiSocket: join(sockets, 'workload.sock'),
    accessSocket: join(sockets, 'access.sock'),
    // A folder of its own, 0700: the other two must be reached by other users, the admin socket must not.
    adminSocket: join(sockets, 'admin', 'admin.sock'),
  };
}

/**
 * Makes the folders, and refuses a state that a newer program wrote. The root is 0711, so that workloads of other
 * users reach the Workload API's socket and see nothing else. Codes: `state/newer-version`, `state/not-writable`,
 * `state/bad-version`, `socket/path-too-long`.
 */
export function openStateDirectory(state: StateDirectory): Result<StateDirectory> {
  const tooLong = [state.workloadApiSocket, state.accessSocket, state.adminSocket]
    .map(problemOfSocket)
    .find((problem) => problem !== undefined);
  if (tooLong !== undefined) return err(tooLong);
  try {
    mkdirSync(state.root, { recursive: true, mode: 0o711 });
    accessSync(state.root, constants.W_OK);
    const version = readVersion(state.root);
    if (!version.ok) return version;
    mkdirSync(join(state.workloadApiSocket, '..'), { recursive: true, mode: 0o711 });
    mkdirSync(join(state.adminSocket, '..'), { recursive: true, mode: 0o700 });
    chmodSync(join(state.adminSocket, '..'), 0o700);
    mkdirSync(state.ledger, { recursive: true, mode: 0o700 });
    mkdirSync(state.authority, { recursive: true, mode: 0o700 });
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    const message = `state cannot be kept in \`${state.root}\`: ${code}`;
    const hint =
      code === 'ENOSPC'
        ? 'free some space on that disk'
        : 'make the folder writable for this user, or name another one with `state:` in countersign.yaml';
    return err({ code: 'state/not-writable', message, hint });
  }
  return ok(state);
}

function readVersion(root: string): Result<number> {
  const file = join(root, 'version');
  let text: string;
  try {
    text = readFileSync(file, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    // A crash before or in the middle of this write leaves a folder without state: the next start writes it again.
    writeFileSync(file, `${LAYOUT_VERSION}\n`, { mode: 0o600 });
    return ok(LAYOUT_VERSION);
  }
  const version = text === '' ? LAYOUT_VERSION : Number(text);
  if (!Number.isInteger(version) || version < 1) {
    const hint = 'restore the file from a backup; if the folder is not of Countersign, name another with `state:`';
    return err({
      code: 'state/bad-version',
      message: `\`${file}\` does not hold a version: \`${text.slice(0, 40)}\``,
      hint,
    });
  }
  if (version > LAYOUT_VERSION) {
    return err({
      code: 'state/newer-version',
      message: `\`${root}\` was written by a newer Countersign (layout ${version}, this one knows ${LAYOUT_VERSION})`,
      hint: 'run the newer version, or name another folder with `state:` in countersign.yaml; nothing was changed',
    });
  }
  return ok(version);
}

/** Linux keeps a Unix socket's path in 108 bytes; a longer one cannot be bound. */
function problemOfSocket(path: string): Problem | undefined {
  const bytes = Buffer.byteLength(path);
  if (bytes <= MAX_SOCKET_PATH_BYTES) return undefined;
  return {
    code: 'socket/path-too-long',
    message: `the socket path \`${path}\` has ${bytes} bytes, and ${MAX_SOCKET_PATH_BYTES} are the most`,
    hint: 'name a shorter folder with `sockets:` in countersign.yaml, such as `sockets: /run/user/1000/shop`',
  };
}
