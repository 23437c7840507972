/** What a trust domain is verified with: its signing certificates, never pooled with those of another domain. */
import type { TrustDomain } from '../kernel/trust-domain.ts';

export type TrustBundle = {
  readonly trustDomain: TrustDomain;
  /** DER of each signing certificate; empty trusts nothing. */
  readonly authorities: readonly Uint8Array[];
};

export type BundleSource = {
  /** Undefined for a trust domain that is neither ours nor federated with. */
  readonly of: (domain: TrustDomain) => TrustBundle | undefined;
  readonly all: () => readonly TrustBundle[];
  /** Returns the function that ends the subscription. */
  readonly onChange: (listener: () => void) => () => void;
};
