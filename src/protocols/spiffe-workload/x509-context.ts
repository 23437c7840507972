/** What a workload was given: its SVIDs and the bundles to verify others with, read from a message and checked. */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';

import { TAG } from '../../identity/der.ts';
import { DerError, DerReader } from '../../identity/der-reader.ts';
import type { TrustBundle } from '../../identity/trust-bundle.ts';
import { verifyX509Svid } from '../../identity/verify-x509-svid.ts';
import { parseCertificate } from '../../identity/x509-certificate.ts';
import type { X509Svid } from '../../identity/x509-svid.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import { parseSpiffeId, pathOf, trustDomainOf } from '../../kernel/spiffe-id.ts';
import type { TrustDomain } from '../../kernel/trust-domain.ts';
import type { X509SVID, X509SVIDResponse } from './generated/workload_pb.js';

export type X509Context = {
  /** The first is the default identity. */
  readonly svids: readonly [X509Svid, ...X509Svid[]];
  /** One for each trust domain: the SVIDs' own and those federated with. */
  readonly bundles: readonly TrustBundle[];
};

/** Certificates in one bundle; a trust domain has two authorities while it changes them, a large one some dozens. */
const MAX_CERTIFICATES = 1000;

/**
 * All or nothing: a message of which a part is wrong is not used. Each SVID must be valid at `nowMs` against the
 * bundle it came with, and its key must be its leaf's. Codes: `workload-api/bad-response`, `svid/…`.
 */
export function readX509Context(response: X509SVIDResponse, nowMs: number): Result<X509Context> {
  const bundles = new Map<TrustDomain, TrustBundle>();
  for (const [name, bytes] of Object.entries(response.federatedBundles)) {
    const id = parseSpiffeId(name);
    if (!id.ok || pathOf(id.value) !== '') return bad(`the bundle \`${name.slice(0, 128)}\` is of no trust domain`);
    const bundle = readBundle(trustDomainOf(id.value), bytes);
    if (!bundle.ok) return bundle;
    bundles.set(bundle.value.trustDomain, bundle.value);
  }
  const svids: X509Svid[] = [];
  for (const message of response.svids) {
    const id = parseSpiffeId(message.spiffeId);
    if (!id.ok) return id;
    const bundle = readBundle(trustDomainOf(id.value), message.bundle);
    if (!bundle.ok) return bundle;
    bundles.set(bundle.value.trustDomain, bundle.value);
    const svid = readSvid(message, bundle.value, nowMs);
    if (!svid.ok) return svid;
    svids.push(svid.value);
  }
  const [first, ...rest] = svids;
  return first === undefined
    ? bad('there is no SVID in it')
    : ok({ svids: [first, ...rest], bundles: [...bundles.values()] });
}

function readSvid(message: X509SVID, bundle: TrustBundle, nowMs: number): Result<X509Svid> {
  const chain = splitCertificates(message.x509Svid);
  const [bytes] = chain ?? [];
  if (chain === undefined || bytes === undefined) return bad('an SVID is not a row of certificates');
  const only = { of: (domain: TrustDomain) => (domain === bundle.trustDomain ? bundle : undefined) };
  const proven = verifyX509Svid(chain, { ...only, all: () => [bundle], onChange: () => () => {} }, nowMs);
  if (!proven.ok) return proven;
  if (proven.value !== message.spiffeId)
    return bad(`the certificate is of \`${proven.value}\`, not of \`${message.spiffeId}\``);
  const leaf = parseCertificate(bytes);
  if (!leaf.ok) return leaf;
  const privateKey = readKey(message.x509SvidKey);
  if (privateKey === undefined) return bad(`the private key of \`${proven.value}\` cannot be read`);
  const publicKeyInfo = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  if (!publicKeyInfo.equals(leaf.value.publicKeyInfo)) return bad(`the private key is not that of \`${proven.value}\``);
  const { serial, notBefore, notAfter } = leaf.value;
  return ok({ id: proven.value, chain, privateKey, serial, notBefore, notAfter });
}

function readBundle(trustDomain: TrustDomain, bytes: Uint8Array): Result<TrustBundle> {
  const authorities = splitCertificates(bytes);
  if (authorities !== undefined) return ok({ trustDomain, authorities });
  return bad(`the bundle of \`${trustDomain}\` is not a row of certificates`);
}

/** DER elements one after the other; undefined for anything else. */
export function splitCertificates(bytes: Uint8Array): readonly Uint8Array[] | undefined {
  const reader = new DerReader(bytes);
  const found: Uint8Array[] = [];
  try {
    while (!reader.atEnd && found.length <= MAX_CERTIFICATES) found.push(reader.element(TAG.sequence));
  } catch (error) {
    if (error instanceof DerError) return undefined;
    throw error;
  }
  return found.length <= MAX_CERTIFICATES ? found : undefined;
}

function readKey(bytes: Uint8Array): KeyObject | undefined {
  try {
    return createPrivateKey({ key: Buffer.from(bytes), format: 'der', type: 'pkcs8' });
  } catch {
    // What OpenSSL says of it may quote the key.
    return undefined;
  }
}

function bad(message: string): Result<never> {
  return err({ code: 'workload-api/bad-response', message: `the Workload API sent what cannot be used: ${message}` });
}
