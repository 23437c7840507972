/** Randomness from the kernel, drawn in larger pieces: every decision needs a few bytes, and a draw costs microseconds. */
import { randomFillSync } from 'node:crypto';

const POOL_BYTES = 8192;

/** Fills that many bytes from a cryptographic source. Each byte is given out once; the given bytes are the caller's. */
export function pooledRandom(): (bytes: number) => Uint8Array {
  const pool = new Uint8Array(POOL_BYTES);
  let used = POOL_BYTES;
  return (bytes) => {
    if (bytes > POOL_BYTES) return randomFillSync(new Uint8Array(bytes));
    if (used + bytes > POOL_BYTES) {
      randomFillSync(pool);
      used = 0;
    }
    const given = pool.slice(used, used + bytes);
    // What was given out must not be found in memory here, should it have become a key or a serial.
    pool.fill(0, used, used + bytes);
    used += bytes;
    return given;
  };
}
