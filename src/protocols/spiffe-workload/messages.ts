/** Domain values as messages of the Workload API, each the full state (SPIFFE Workload API §5). */
import { create } from '@bufbuild/protobuf';

import { idOfTrustDomain, trustDomainOf } from '../../kernel/spiffe-id.ts';
import type { TrustBundle } from '../../identity/trust-bundle.ts';
import type { X509Svid } from '../../identity/x509-svid.ts';
import {
  type X509BundlesResponse,
  X509BundlesResponseSchema,
  type X509SVIDResponse,
  X509SVIDResponseSchema,
  X509SVIDSchema,
} from './generated/workload_pb.js';

/**
 * Undefined when the bundle of an SVID's own trust domain is missing: its holder could verify nobody, and would take
 * that for a bundle that trusts nothing.
 */
export function x509SvidResponse(
  svids: readonly X509Svid[],
  bundles: readonly TrustBundle[],
): X509SVIDResponse | undefined {
  const own = new Set(svids.map(({ id }) => trustDomainOf(id)));
  const authorities = new Map(bundles.map((bundle) => [bundle.trustDomain, Buffer.concat(bundle.authorities)]));
  if ([...own].some((domain) => (authorities.get(domain)?.length ?? 0) === 0)) return undefined;
  return create(X509SVIDResponseSchema, {
    svids: svids.map((svid) =>
      create(X509SVIDSchema, {
        spiffeId: svid.id,
        x509Svid: Buffer.concat(svid.chain),
        x509SvidKey: svid.privateKey.export({ type: 'pkcs8', format: 'der' }),
        bundle: authorities.get(trustDomainOf(svid.id)) ?? Buffer.alloc(0),
      }),
    ),
    federatedBundles: bundleMap(bundles.filter(({ trustDomain }) => !own.has(trustDomain))),
  });
}

export function x509BundlesResponse(bundles: readonly TrustBundle[]): X509BundlesResponse {
  return create(X509BundlesResponseSchema, { bundles: bundleMap(bundles) });
}

/** A trust domain whose bundle trusts nothing is left out, which says the same. Sorted, so that equal is equal. */
function bundleMap(bundles: readonly TrustBundle[]): Record<string, Uint8Array> {
  const filled = bundles.filter(({ authorities }) => authorities.length > 0);
  const entries = filled.map(
    (bundle) => [idOfTrustDomain(bundle.trustDomain), Buffer.concat(bundle.authorities)] as const,
  );
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
