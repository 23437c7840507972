/** Draws that are the same in every run: a small generator of known seed. */

export type Draw = {
  /** An integer from 0 to below the bound, each as likely as any other. */
  readonly below: (bound: number) => number;
  readonly of: <T>(values: readonly T[]) => T;
};

/** Marsaglia's xorshift of 32 bits: quick, and even enough to draw from a few hundred values. */
export function seededDraw(seed: number): Draw {
  let state = seed | 0 || 1;
  const below = (bound: number): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return Math.floor(((state >>> 0) / 2 ** 32) * bound);
  };
  const of = <T>(values: readonly T[]): T => {
    if (values.length === 0) throw new Error('there is nothing to draw from');
    return values[below(values.length)] as T;
  };
  return { below, of };
}
