/** The path of a Unix socket that can be bound and connected to. */
import { MAX_SOCKET_PATH_BYTES } from '../kernel/limits.ts';
import { err, ok, type Result } from '../kernel/result.ts';

/** A path that a client can connect to. Codes: `endpoint/bad-path`, `socket/path-too-long`. */
export function checkSocketPath(path: string): Result<string> {
  if (!path.startsWith('/')) return refuse(`the socket path \`${path}\` is not absolute`);
  if (path.includes('\0')) return refuse('a socket path holds no NUL character');
  const bytes = Buffer.byteLength(path);
  if (bytes <= MAX_SOCKET_PATH_BYTES) return ok(path);
  return err({
    code: 'socket/path-too-long',
    message: `the socket path \`${path.slice(0, 128)}\` has ${bytes} bytes, and ${MAX_SOCKET_PATH_BYTES} are the most`,
    hint: 'choose a shorter directory, such as one below `/run` or `/tmp`',
  });
}

function refuse(message: string): Result<never> {
  const hint = 'the two forms are `unix:///absolute/path` and `tcp://ip:port`';
  return err({ code: 'endpoint/bad-path', message, hint });
}
