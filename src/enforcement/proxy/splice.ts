/** Copies bytes between two sockets as they are: back-pressure and half-close pass through, an abort ends both. */
import type { Socket } from 'node:net';

import { MAX_FLUSH_PAUSE_MS } from './limits.ts';

/** Both directions; what was read of either socket before is the caller's to write. */
export function splice(one: Socket, other: Socket, onBytes: () => void): void {
  pump(one, other, onBytes);
  pump(other, one, onBytes);
}

/** One direction. `onBytes` is called for each piece. */
export function pump(from: Socket, to: Socket, onBytes: () => void): void {
  from.on('data', (bytes: Buffer) => {
    onBytes();
    if (!to.write(bytes)) from.pause();
  });
  to.on('drain', () => from.resume());
  from.on('end', () => to.end());
  from.on('close', () => follow(from, to));
  from.resume();
}

/**
 * `from` has closed. One that closes before its end was read was aborted, and takes `to` with it; one that ended has
 * handed over all that it had, and `to` may still have to write it.
 */
export function follow(from: Socket, to: Socket): void {
  if (!from.readableEnded || from.errored !== null) to.destroy();
  else to.setTimeout(MAX_FLUSH_PAUSE_MS, () => to.destroy());
}
