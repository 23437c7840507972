/** A SPIFFE ID: the one name of a workload (SPIFFE-ID §2). To hold one is to have parsed it. */
import { MAX_SPIFFE_ID_BYTES } from './limits.ts';
import { err, ok, type Result } from './result.ts';
import { parseTrustDomain, type TrustDomain } from './trust-domain.ts';

declare const brand: unique symbol;

/** `spiffe://trust-domain/path` in its only spelling; at most 2048 bytes. Compared byte for byte. */
export type SpiffeId = string & { readonly [brand]: 'SpiffeId' };

const SCHEME = 'spiffe://';

/**
 * Parses a whole SPIFFE ID; a trust domain's own ID has no path. The strict reading of SPIFFE-ID §2: upper case in
 * the scheme or the trust domain is refused. Codes: `spiffe-id/bad-scheme`, `/too-long`, `/bad-path`, and those of
 * `parseTrustDomain`.
 */
export function parseSpiffeId(text: string): Result<SpiffeId> {
  if (!text.startsWith(SCHEME)) {
    const message = `a SPIFFE ID begins with \`${SCHEME}\``;
    return err({ code: 'spiffe-id/bad-scheme', message, hint: `write it as \`${SCHEME}trust.domain/path\`` });
  }
  // Length in bytes equals length in UTF-16 units for everything that passes the character checks below.
  if (text.length > MAX_SPIFFE_ID_BYTES) {
    const message = `a SPIFFE ID has at most ${MAX_SPIFFE_ID_BYTES} bytes, this one has ${text.length}`;
    return err({ code: 'spiffe-id/too-long', message });
  }
  const slash = text.indexOf('/', SCHEME.length);
  const domain = parseTrustDomain(slash === -1 ? text.slice(SCHEME.length) : text.slice(SCHEME.length, slash));
  if (!domain.ok) return domain;
  const problem = slash === -1 ? undefined : problemOfPath(text.slice(slash));
  if (problem !== undefined) return err({ code: 'spiffe-id/bad-path', message: problem });
  return ok(text as SpiffeId);
}

/** SPIFFE-ID §2.2: what is wrong with a path that begins with `/`, if anything. */
function problemOfPath(path: string): string | undefined {
  const bad = /[^a-zA-Z0-9._/-]/u.exec(path);
  if (bad !== null) return `character ${JSON.stringify(bad[0])} cannot be in the path of a SPIFFE ID`;
  for (const segment of path.slice(1).split('/')) {
    if (segment === '') return 'the path of a SPIFFE ID has no empty segment and does not end with `/`';
    if (segment === '.' || segment === '..') return `the path of a SPIFFE ID has no \`${segment}\` segment`;
  }
  return undefined;
}

export function trustDomainOf(id: SpiffeId): TrustDomain {
  const slash = id.indexOf('/', SCHEME.length);
  return (slash === -1 ? id.slice(SCHEME.length) : id.slice(SCHEME.length, slash)) as TrustDomain;
}

/** With its leading `/`; empty for a trust domain's own ID. */
export function pathOf(id: SpiffeId): string {
  const slash = id.indexOf('/', SCHEME.length);
  return slash === -1 ? '' : id.slice(slash);
}

/** The ID of a trust domain itself, which its signing certificates carry (X509-SVID §3.1). */
export function idOfTrustDomain(domain: TrustDomain): SpiffeId {
  return `${SCHEME}${domain}` as SpiffeId;
}

/** The ID in the shape that service meshes use: `spiffe://domain/ns/NAMESPACE/sa/ACCOUNT`. */
export function meshId(domain: TrustDomain, namespace: string, serviceAccount: string): Result<SpiffeId> {
  return parseSpiffeId(`${SCHEME}${domain}/ns/${namespace}/sa/${serviceAccount}`);
}

/** The namespace and account of an ID in the mesh's shape; undefined for any other. */
export function meshNames(id: SpiffeId): { readonly namespace: string; readonly serviceAccount: string } | undefined {
  const [empty, ns, namespace, sa, serviceAccount, more] = pathOf(id).split('/');
  if (empty !== '' || ns !== 'ns' || sa !== 'sa' || more !== undefined) return undefined;
  if (namespace === undefined || serviceAccount === undefined) return undefined;
  return { namespace, serviceAccount };
}
