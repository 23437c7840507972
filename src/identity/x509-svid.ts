/** An X.509-SVID with its private key: what a workload holds to prove who it is (X509-SVID §2). */
import type { KeyObject } from 'node:crypto';

import type { SpiffeId } from '../kernel/spiffe-id.ts';

export type X509Svid = {
  readonly id: SpiffeId;
  /** DER, leaf first, then intermediates; the root is not in it. */
  readonly chain: readonly Uint8Array[];
  /** Never logged, never in the ledger; it leaves the process only over the Workload API, to its own workload. */
  readonly privateKey: KeyObject;
  /** Lower case hex, as `openssl x509 -serial` prints it but for the case. */
  readonly serial: string;
  /** Wall time in milliseconds since 1970. */
  readonly notBefore: number;
  readonly notAfter: number;
};

/** An SVID that is kept fresh: `current` is always the newest, and each rotation is told once. */
export type SvidSource = {
  readonly current: () => X509Svid;
  /** Returns the function that ends the subscription. */
  readonly onRotation: (listener: (svid: X509Svid) => void) => () => void;
};
