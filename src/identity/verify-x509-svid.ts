/** Verifies a chain of certificates as the X.509-SVID of a workload (X509-SVID §5): who is the peer? */
import type { KeyObject } from 'node:crypto';

import type { Problem } from '../kernel/problem.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { type SpiffeId, trustDomainOf } from '../kernel/spiffe-id.ts';
import type { TrustDomain } from '../kernel/trust-domain.ts';
import { publicKeyOf } from './public-key-info.ts';
import { leafId, problemOfTime, whyNotSigner } from './svid-rules.ts';
import type { BundleSource, TrustBundle } from './trust-bundle.ts';
import { type Certificate, parseCertificate, sameBytes } from './x509-certificate.ts';
import { isSignedBy } from './x509-signature.ts';

/** A leaf and four intermediates: nested authorities are seldom deeper than two, and each costs a signature check. */
export const MAX_CHAIN_CERTIFICATES = 5;

type Signer = { readonly certificate: Certificate; readonly key: KeyObject };
type Authorities = { readonly usable: readonly Signer[]; readonly refusals: readonly string[] };

/**
 * A cache, not state: what a bundle's authorities parse to depends on nothing but the bundle, which is never changed
 * in place. It saves the parsing of every authority in every handshake, and ends with the bundle.
 */
const parsedBundles = new WeakMap<TrustBundle, Authorities>();

/**
 * The SPIFFE ID that the chain proves, at wall time `nowMs`. The chain is DER, leaf first, each certificate signed by
 * the next; whatever follows the first that an authority of the leaf's own trust domain signed is not looked at, so
 * that a peer may send its root too. Proof that the peer holds the leaf's key is the handshake's part.
 *
 * Codes: `svid/malformed`, `svid/not-an-svid`, `svid/weak-key`, `svid/unknown-trust-domain`, `svid/expired`,
 * `svid/not-yet-valid`, `svid/untrusted`, `svid/bad-chain`. Never throws, whatever the bytes.
 */
export function verifyX509Svid(chain: readonly Uint8Array[], bundles: BundleSource, nowMs: number): Result<SpiffeId> {
  if (chain.length === 0 || chain[0] === undefined) return err(badChain('the peer presented no certificate'));
  if (chain.length > MAX_CHAIN_CERTIFICATES) {
    return err(badChain(`the chain has ${chain.length} certificates, and ${MAX_CHAIN_CERTIFICATES} are the most`));
  }
  const leaf = parseCertificate(chain[0]);
  if (!leaf.ok) return leaf;
  const id = leafId(leaf.value);
  if (!id.ok) return id;
  const domain = trustDomainOf(id.value);
  const bundle = bundles.of(domain);
  if (bundle === undefined) return err(unknownTrustDomain(domain));
  const problem =
    problemOfTime(leaf.value, nowMs, `the SVID of \`${id.value}\``) ??
    problemOfPath(leaf.value, chain, authoritiesOf(bundle), domain, nowMs);
  return problem === undefined ? id : err(problem);
}

/** The certificates of a bundle that may sign for its trust domain, and why each other one may not. */
export function authoritiesOf(bundle: TrustBundle): Authorities {
  const known = parsedBundles.get(bundle);
  if (known !== undefined) return known;
  const usable: Signer[] = [];
  const refusals: string[] = [];
  for (const bytes of bundle.authorities) {
    const signer = parseSigner(bytes, bundle.trustDomain);
    if (signer.ok) usable.push(signer.value);
    else refusals.push(signer.problem.message);
  }
  const authorities: Authorities = { usable, refusals };
  parsedBundles.set(bundle, authorities);
  return authorities;
}

function parseSigner(bytes: Uint8Array, domain: TrustDomain): Result<Signer> {
  const certificate = parseCertificate(bytes);
  if (!certificate.ok) return certificate;
  const why = whyNotSigner(certificate.value, domain);
  if (why !== undefined) return err(badChain(`a signing certificate must not sign: ${why}`));
  const key = publicKeyOf(certificate.value.publicKeyInfo);
  if (key === undefined) return err(badChain('a signing certificate has a key that cannot be used'));
  return ok({ certificate: certificate.value, key });
}

/** Walks from the leaf upwards until an authority of the bundle signed (RFC 5280 §6.1, with the path as presented). */
function problemOfPath(
  leaf: Certificate,
  chain: readonly Uint8Array[],
  authorities: Authorities,
  domain: TrustDomain,
  nowMs: number,
): Problem | undefined {
  let below = leaf;
  // RFC 5280 §4.2.1.9: intermediates below the signer, without the leaf and without those that are self-issued.
  let intermediates = 0;
  for (let index = 1; ; index += 1) {
    const anchors = authorities.usable.filter((candidate) => signed(candidate, below));
    if (anchors.length > 0) return problemOfAnchors(anchors, domain, intermediates, nowMs);
    const bytes = chain[index];
    if (bytes === undefined) return untrusted(domain, authorities);
    const next = parseSigner(bytes, domain);
    if (!next.ok) return next.problem;
    if (!signed(next.value, below))
      return badChain(`certificate ${index + 1} of the chain did not sign the one before`);
    const problem =
      problemOfTime(next.value.certificate, nowMs, `intermediate ${index} of the chain`) ??
      problemOfDepth(next.value.certificate, intermediates);
    if (problem !== undefined) return problem;
    below = next.value.certificate;
    if (!sameBytes(below.issuer, below.subject)) intermediates += 1;
  }
}

/** An authority may renew its certificate for the same key: one good certificate of those that fit is enough. */
function problemOfAnchors(
  anchors: readonly Signer[],
  domain: TrustDomain,
  intermediates: number,
  nowMs: number,
): Problem | undefined {
  const problems = anchors.map(
    ({ certificate }) =>
      problemOfTime(certificate, nowMs, `the authority of \`${domain}\``) ?? problemOfDepth(certificate, intermediates),
  );
  return problems.includes(undefined) ? undefined : problems[0];
}

/** Names and key identifiers are compared first, so that a signature is checked against the right key only. */
function signed({ certificate: signer, key }: Signer, below: Certificate): boolean {
  if (!sameBytes(signer.subject, below.issuer)) return false;
  const [wanted, found] = [below.extensions.authorityKeyId, signer.extensions.subjectKeyId];
  if (wanted !== undefined && found !== undefined && !sameBytes(wanted, found)) return false;
  return isSignedBy(below, key);
}

function problemOfDepth({ extensions }: Certificate, intermediates: number): Problem | undefined {
  const most = extensions.basicConstraints?.pathLength;
  if (most === undefined || intermediates <= most) return undefined;
  return badChain(`an authority allows ${most} intermediates below it, and there are ${intermediates}`);
}

function badChain(message: string): Problem {
  return { code: 'svid/bad-chain', message, hint: 'the chain is the leaf and then each intermediate, in order' };
}

function unknownTrustDomain(domain: TrustDomain): Problem {
  return {
    code: 'svid/unknown-trust-domain',
    message: `nothing here verifies trust domain \`${domain}\``,
    hint: `federate with \`${domain}\` if its workloads may be trusted, or correct the trust domain of one side`,
  };
}

function untrusted(domain: TrustDomain, { usable, refusals }: Authorities): Problem {
  const also = refusals.length === 0 ? '' : `; ${refusals.length} more cannot be used: ${refusals[0] ?? ''}`;
  return {
    code: 'svid/untrusted',
    message: `none of the ${usable.length} authorities of \`${domain}\` signed the SVID${also}`,
    hint: 'another installation may use the same trust domain, or the bundle here is older than the authority',
  };
}
