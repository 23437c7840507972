/** What a bundle may hold: what it says of itself is not believed, and so each is counted while it is read. */

export type BundleLimits = {
  /** Of all that is in the archive, its own headers included: a gzip bomb ends here. */
  readonly maxUnpackedBytes: number;
  readonly maxFiles: number;
};

/** Data of 100,000 rows has some 10 MB; a text of V8 ends at 512 MB. */
export const DEFAULT_BUNDLE_LIMITS: BundleLimits = { maxUnpackedBytes: 256 * 1024 * 1024, maxFiles: 20_000 };
