/** A revision: the position of a change in the one total order of the records. */

declare const brand: unique symbol;

/** A whole number from 0 (nothing was ever written) to 2^53 - 1; a consistency token is a revision. */
export type Revision = number & { readonly [brand]: 'Revision' };

export const NO_REVISION: Revision = 0 as Revision;

/** @throws RangeError when the number is not a whole number from 0 to 2^53 - 1: a bug of the caller. */
export function toRevision(value: number): Revision {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`not a revision: ${value}`);
  return value as Revision;
}
