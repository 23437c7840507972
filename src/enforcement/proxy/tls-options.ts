/** How both ends of a mesh connection speak TLS: version 1.3 only, with an SVID, and nothing trusted by Node itself. */
import { constants } from 'node:crypto';
import type { SecureContextOptions } from 'node:tls';

import { chainToPem } from '../../identity/pem.ts';
import type { X509Svid } from '../../identity/x509-svid.ts';

/**
 * `ca: []` keeps Node's own roots out, so that its verification never succeeds and nobody can lean on it by mistake;
 * `verifyX509Svid` decides. Tickets are off: each connection proves possession of the key, and a rotated or distrusted
 * SVID cannot live on in a resumed session. Node never accepts early data.
 */
export function tlsOptionsOf(svid: X509Svid): SecureContextOptions {
  return {
    key: svid.privateKey.export({ type: 'pkcs8', format: 'pem' }),
    cert: chainToPem(svid.chain),
    ca: [],
    minVersion: 'TLSv1.3',
    maxVersion: 'TLSv1.3',
    secureOptions: constants.SSL_OP_NO_TICKET,
  };
}
