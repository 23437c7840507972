/** The name of a trust domain: the root under which identities are issued and verified (SPIFFE-ID §2.1). */
import { MAX_TRUST_DOMAIN_BYTES } from './limits.ts';
import { err, ok, type Result } from './result.ts';

declare const brand: unique symbol;

/** Lower case letters, digits, dots, dashes and underscores; 1 to 255 bytes. Compared byte for byte. */
export type TrustDomain = string & { readonly [brand]: 'TrustDomain' };

/**
 * Parses a trust domain's name, without a scheme. The strict reading of SPIFFE-ID §2.1: upper case is refused, not
 * folded, so that one trust domain has one spelling. Codes: `trust-domain/empty`, `/too-long`, `/bad-character`.
 */
export function parseTrustDomain(text: string): Result<TrustDomain> {
  if (text.length === 0) return err({ code: 'trust-domain/empty', message: 'a trust domain needs a name' });
  if (text.length > MAX_TRUST_DOMAIN_BYTES) {
    const message = `a trust domain has at most ${MAX_TRUST_DOMAIN_BYTES} bytes, this one has ${text.length}`;
    return err({ code: 'trust-domain/too-long', message });
  }
  const bad = /[^a-z0-9._-]/u.exec(text);
  if (bad === null) return ok(text as TrustDomain);
  const hint = /[A-Z]/u.test(bad[0])
    ? `trust domains are lower case: \`${text.toLowerCase()}\``
    : 'only a to z, 0 to 9, `.`, `-` and `_` are allowed; no scheme, port or path';
  return err({
    code: 'trust-domain/bad-character',
    message: `character ${JSON.stringify(bad[0])} at ${bad.index + 1} cannot be in a trust domain`,
    hint,
  });
}
