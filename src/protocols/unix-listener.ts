/** A Unix socket that every local process may connect to, and none but us may put another in the place of. */
import type { Stats } from 'node:fs';
import { chmod, lstat, mkdir, stat, unlink } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';

import { err, ok, type Result } from '../kernel/result.ts';
import { checkSocketPath } from './socket-path.ts';

const STICKY = 0o1000;
const WRITABLE_BY_OTHERS = 0o022;

/**
 * Modes: the directory, when it is made here, 0755; the socket readable and writable by all, since connecting needs
 * write permission and callers are told apart by the kernel, not by the mode. Between `bind` and that mode the socket
 * is narrower, never wider. Who may replace the socket is a matter of its directory, so one that others can write to
 * is refused.
 *
 * A socket file that nobody listens on is removed; two processes that start in the same instant on one path are kept
 * apart by whoever keeps their data directory. `server` is what shall listen, such as one of HTTP. Codes: those of `checkSocketPath`, `socket/unsafe-directory`,
 * `/not-a-socket`, `/in-use`, `/cannot-listen`.
 */
export async function listenForEveryone(
  path: string,
  onConnection: (socket: Socket) => void,
  server: Server = createServer(),
): Promise<Result<Server>> {
  const checked = checkSocketPath(path);
  if (!checked.ok) return checked;
  try {
    const unsafe = await prepareDirectory(dirname(path));
    if (unsafe !== undefined) return refuse('unsafe-directory', unsafe, 'give the socket a directory of its own');
    const cleared = await clearPlace(path);
    if (!cleared.ok) return cleared;
    server.on('connection', onConnection);
    return ok(await listen(path, server));
  } catch (cause) {
    const { code = 'unknown error' } = cause as NodeJS.ErrnoException;
    return refuse('cannot-listen', `cannot listen on \`${path}\`: ${code}`, 'see that the directory can be written to');
  }
}

/** What is wrong with the directory, if anything. Made when it is missing, with its parents. */
async function prepareDirectory(directory: string): Promise<string | undefined> {
  const made = await mkdir(directory, { recursive: true, mode: 0o755 });
  // Against a narrow umask: workloads of other users must get through. Its parents are left as the umask made them.
  if (made !== undefined) await chmod(directory, 0o755);
  const { uid, mode } = await stat(directory);
  const ours = process.getuid?.() ?? 0;
  if (uid !== ours && uid !== 0) return `\`${directory}\` belongs to uid ${uid}, who could replace the socket in it`;
  if ((mode & WRITABLE_BY_OTHERS) !== 0 && (mode & STICKY) === 0) {
    const octal = (mode & 0o7777).toString(8);
    return `\`${directory}\` has mode ${octal}: others can write to it, and could replace the socket in it`;
  }
  return undefined;
}

async function clearPlace(path: string): Promise<Result<void>> {
  let found: Stats;
  try {
    found = await lstat(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return ok(undefined);
    throw cause;
  }
  if (!found.isSocket()) {
    return refuse(
      'not-a-socket',
      `there is something at \`${path}\` that is not a socket`,
      'move it, or choose another path',
    );
  }
  if (await isLive(path)) {
    return refuse('in-use', `another process listens on \`${path}\``, 'stop it, or choose another path');
  }
  await unlink(path);
  return ok(undefined);
}

/** Only a refused connection shows that nobody listens; whatever else goes wrong is thrown. */
function isLive(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const probe = connect(path, () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', (cause: NodeJS.ErrnoException) => {
      // EAGAIN: its queue of connections is full, so there is one.
      if (cause.code === 'ECONNREFUSED') resolve(false);
      else if (cause.code === 'EAGAIN') resolve(true);
      else reject(cause);
    });
  });
}

function listen(path: string, server: Server): Promise<Server> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    // Node sets the mode in the same turn as it binds.
    server.listen({ path, readableAll: true, writableAll: true }, () => {
      server.removeListener('error', reject);
      resolve(server);
    });
  });
}

function refuse(what: string, message: string, hint: string): Result<never> {
  return err({ code: `socket/${what}`, message, hint });
}
