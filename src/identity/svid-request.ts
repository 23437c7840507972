/** What is asked of an authority, and what it may be asked: names, lifetimes, the trust domain. */
import type { KeyObject } from 'node:crypto';

import type { Problem } from '../kernel/problem.ts';
import type { Result } from '../kernel/result.ts';
import { type SpiffeId, trustDomainOf } from '../kernel/spiffe-id.ts';
import type { TrustDomain } from '../kernel/trust-domain.ts';
import type { X509Svid } from './x509-svid.ts';

export type SvidRequest = {
  readonly id: SpiffeId;
  /** The workload's; its private half never comes here. ECDSA on P-256, P-384 or P-521, or RSA from 2048 bits. */
  readonly publicKey: KeyObject;
  /** Whole seconds, `MIN_TTL_SECONDS` to `MAX_TTL_SECONDS`; cut where the authority's own validity ends. */
  readonly ttlSeconds: number;
  /** For clients that check host names: lower case, without wildcards, at most `MAX_DNS_NAMES`. */
  readonly dnsNames?: readonly string[];
};

export type IssuedSvid = Omit<X509Svid, 'privateKey'>;

/** Where SVIDs come from: the authority itself in one process, a client of it on another machine. */
export type SvidIssuer = { readonly issue: (request: SvidRequest) => Promise<Result<IssuedSvid>> };

/** Below this, half of the lifetime is no longer enough to renew in. */
export const MIN_TTL_SECONDS = 2;
/** A week: an authority is replaced a week before its end, so that this is never cut short in normal operation. */
export const MAX_TTL_SECONDS: number = 7 * 24 * 3600;
/** Enough for a service with its aliases in several zones; each handshake carries all of them. */
export const MAX_DNS_NAMES = 32;

/** RFC 1123 §2.1 in lower case; the last label is not a number, so that no address passes for a name. */
const DNS_NAME = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*(?![0-9]+$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/u;
const MAX_DNS_NAME_BYTES = 253;

/** Codes: `svid/other-trust-domain`, `svid/bad-ttl`, `svid/bad-dns-name`. */
export function problemOfRequest(request: SvidRequest, trustDomain: TrustDomain): Problem | undefined {
  const { dnsNames = [], id, ttlSeconds } = request;
  if (trustDomainOf(id) !== trustDomain) {
    const message = `\`${id}\` is not in trust domain \`${trustDomain}\`, for which this authority signs`;
    return { code: 'svid/other-trust-domain', message, hint: `register it as \`spiffe://${trustDomain}/…\`` };
  }
  if (!Number.isSafeInteger(ttlSeconds) || ttlSeconds < MIN_TTL_SECONDS || ttlSeconds > MAX_TTL_SECONDS) {
    const message = `an SVID lives ${MIN_TTL_SECONDS} to ${MAX_TTL_SECONDS} whole seconds, and ${ttlSeconds} were asked`;
    return { code: 'svid/bad-ttl', message };
  }
  if (dnsNames.length > MAX_DNS_NAMES) {
    const message = `an SVID has at most ${MAX_DNS_NAMES} DNS names, and ${dnsNames.length} were asked`;
    return { code: 'svid/bad-dns-name', message };
  }
  const bad = dnsNames.find((name) => name.length > MAX_DNS_NAME_BYTES || !DNS_NAME.test(name));
  if (bad === undefined) return undefined;
  const message = `${JSON.stringify(bad.slice(0, MAX_DNS_NAME_BYTES))} is not a DNS name for an SVID`;
  return {
    code: 'svid/bad-dns-name',
    message,
    hint: 'write it in lower case, without a wildcard, an address or a port',
  };
}
