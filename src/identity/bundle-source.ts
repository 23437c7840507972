/** The bundles that this process verifies with: its own trust domain's, and those that it federates with. */
import type { Problem } from '../kernel/problem.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import type { TrustDomain } from '../kernel/trust-domain.ts';
import type { BundleSource, TrustBundle } from './trust-bundle.ts';
import { authoritiesOf } from './verify-x509-svid.ts';

/** Who knows the own trust domain's bundle: the authority itself, or a client of it. */
export type OwnBundle = {
  /** The same object until it changes. */
  readonly bundle: () => TrustBundle;
  readonly onBundleChange: (listener: () => void) => () => void;
};

export type FederatedBundles = BundleSource & {
  /**
   * Adds or replaces the bundle of a foreign trust domain; an empty one trusts nothing. Codes: `bundle/own-domain`,
   * `bundle/bad-authority`: one certificate that cannot sign refuses the whole, and the bundle before it stays.
   */
  readonly federate: (bundle: TrustBundle) => Result<void>;
  /** False when it was not federated with. */
  readonly unfederate: (domain: TrustDomain) => boolean;
} & Disposable;

export function createBundleSource(own: OwnBundle): FederatedBundles {
  const ownDomain = own.bundle().trustDomain;
  const foreign = new Map<TrustDomain, TrustBundle>();
  const listeners = new Set<() => void>();
  const changed = (): void => {
    for (const listener of [...listeners]) listener();
  };
  const unsubscribe = own.onBundleChange(changed);
  return {
    of: (domain) => (domain === ownDomain ? own.bundle() : foreign.get(domain)),
    all: () => [own.bundle(), ...foreign.values()],
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    federate: (bundle) => {
      const problem = problemOfBundle(bundle, ownDomain);
      if (problem !== undefined) return err(problem);
      foreign.set(bundle.trustDomain, bundle);
      changed();
      return ok(undefined);
    },
    unfederate: (domain) => {
      const wasThere = foreign.delete(domain);
      if (wasThere) changed();
      return wasThere;
    },
    [Symbol.dispose]: () => {
      unsubscribe();
      listeners.clear();
    },
  };
}

function problemOfBundle(bundle: TrustBundle, ownDomain: TrustDomain): Problem | undefined {
  const domain = bundle.trustDomain;
  if (domain === ownDomain) {
    const message = `\`${domain}\` is this installation's own trust domain, whose bundle is its authority's`;
    return { code: 'bundle/own-domain', message, hint: 'two installations that federate need different trust domains' };
  }
  const [refusal] = authoritiesOf(bundle).refusals;
  if (refusal === undefined) return undefined;
  const hint = 'ask the other side for its bundle again; the one before it stays in use';
  return { code: 'bundle/bad-authority', message: `the bundle of \`${domain}\` is refused: ${refusal}`, hint };
}
