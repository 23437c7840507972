/** Copies bytes between two sockets as they are: back-pressure and half-close pass through, an abort ends both. */
import type { Socket } from 'node:net';

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
  // A socket that closes before its end was read was aborted; one that ended has handed over all that it had.
  from.on('close', () => {
    if (!from.readableEnded || from.errored !== null) to.destroy();
  });
  from.resume();
}
