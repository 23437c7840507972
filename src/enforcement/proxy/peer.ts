/** Who is at the other end of a connection: proven by a certificate, or nobody. */
import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';

import type { BundleSource } from '../../identity/trust-bundle.ts';
import { MAX_CHAIN_CERTIFICATES, verifyX509Svid } from '../../identity/verify-x509-svid.ts';
import { ANONYMOUS, type Entity, WORKLOAD } from '../../kernel/access-request.ts';
import type { Actor } from '../../kernel/ledger-event.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import { parseSpiffeId, type SpiffeId } from '../../kernel/spiffe-id.ts';

export type Peer =
  | { readonly kind: 'plaintext' }
  /** TLS, but the caller sent no certificate. */
  | { readonly kind: 'unnamed'; readonly sni?: string }
  | { readonly kind: 'workload'; readonly id: SpiffeId; readonly certificates: Certificates; readonly sni?: string };

export type Certificates = {
  /** DER, leaf first, as sent. */
  readonly chain: readonly Uint8Array[];
  /** Of whichever ends first; milliseconds since 1970. */
  readonly notAfter: number;
  /** What the leaf says of itself: for a record of a refusal, and for nothing else. */
  readonly claimedId?: SpiffeId;
};

/** The certificates that the peer sent, one more than may be used at most; undefined when it sent none. */
export function certificatesOf(socket: TLSSocket): Certificates | undefined {
  const leaf = socket.getPeerX509Certificate();
  if (leaf === undefined) return undefined;
  const chain: Uint8Array[] = [];
  let notAfter = Number.POSITIVE_INFINITY;
  let next: X509Certificate | undefined = leaf;
  while (next !== undefined && chain.length <= MAX_CHAIN_CERTIFICATES) {
    chain.push(next.raw);
    notAfter = Math.min(notAfter, next.validToDate.getTime());
    next = next.issuerCertificate;
  }
  const claimed = /(?:^|, )URI:(spiffe:[^,"\s]*)/u.exec(leaf.subjectAltName ?? '')?.[1];
  const id = claimed === undefined ? undefined : parseSpiffeId(claimed);
  return { chain, notAfter, ...(id?.ok === true && { claimedId: id.value }) };
}

/** Verifies whoever finished a handshake; nothing of it may be forwarded before. Codes: `verifyX509Svid`'s. */
export function identify(socket: TLSSocket, bundles: BundleSource, nowMs: number): Result<Peer> {
  if (socket.isSessionReused()) {
    const message = 'the caller resumed a session, which was never offered';
    return err({ code: 'proxy/session-resumed', message });
  }
  const { servername } = socket as TLSSocket & { readonly servername?: string | false };
  const sni = typeof servername === 'string' && servername !== '' ? { sni: servername } : {};
  const certificates = certificatesOf(socket);
  if (certificates === undefined) return ok({ kind: 'unnamed', ...sni });
  const id = verifyX509Svid(certificates.chain, bundles, nowMs);
  return id.ok ? ok({ kind: 'workload', id: id.value, certificates, ...sni }) : id;
}

export function subjectOf(peer: Peer): Entity {
  return peer.kind === 'workload' ? { type: WORKLOAD, id: peer.id } : ANONYMOUS;
}

export function actorOf(peer: Peer): Actor {
  return peer.kind === 'workload' ? { type: 'workload', id: peer.id } : { type: 'anonymous', id: 'anonymous' };
}
