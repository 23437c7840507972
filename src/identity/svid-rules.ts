/** What a certificate must be to serve as an X.509-SVID, or to sign one (X509-SVID §2 to §5, RFC 5280 §4.2 and §6). */
import type { Problem } from '../kernel/problem.ts';
import { err, type Result } from '../kernel/result.ts';
import { parseSpiffeId, pathOf, type SpiffeId, trustDomainOf } from '../kernel/spiffe-id.ts';
import type { TrustDomain } from '../kernel/trust-domain.ts';
import type { Extensions } from './x509-extensions.ts';
import type { KeyShape, TbsCertificate } from './x509-certificate.ts';
import { KEY_USAGE, OID } from './x509-names.ts';

/** RFC 5480 §2.1.1.1; the hash of a signature is free, since each of these is strong with each of ours. */
const CURVES: ReadonlySet<string> = new Set([OID.p256, OID.p384, OID.p521]);
const MIN_RSA_BITS = 2048;
/** Checking a signature grows with the square of the modulus: a longer one is somebody's attempt to keep us busy. */
const MAX_RSA_BITS = 8192;

/** RFC 5280 §4.1.2.4: an issuer has a name; this is the Name without attributes. */
const EMPTY_NAME_BYTES = 2;

/** A leaf by every rule that needs no issuer and no clock. Codes: `svid/not-an-svid`, `svid/weak-key`. */
export function leafId(leaf: TbsCertificate): Result<SpiffeId> {
  const problem = notAnSvid(leaf) ?? problemOfKey(leaf.publicKey);
  if (problem !== undefined) return err(problem);
  return parsedLeafId(leaf.extensions.uris[0] ?? '');
}

function notAnSvid(leaf: TbsCertificate): Problem | undefined {
  const { extensions } = leaf;
  const { uris, basicConstraints, keyUsage } = extensions;
  if (uris.length === 0) return refused('it has no URI among its names, so it names no workload');
  if (uris.length > 1) return refused(`it has ${uris.length} URIs among its names, and exactly one is allowed`);
  if (basicConstraints?.isCa === true) return refused('it is the certificate of an authority (cA is true)');
  if (basicConstraints?.pathLength !== undefined) return refused('it has a path length without being an authority');
  if (keyUsage === undefined) return refused('it has no key usage');
  if (!keyUsage.critical) return refused('its key usage is not critical');
  if (!hasBit(keyUsage.bits, KEY_USAGE.digitalSignature)) return refused('its key usage lacks digitalSignature');
  if (hasBit(keyUsage.bits, KEY_USAGE.keyCertSign)) return refused('its key usage has keyCertSign');
  if (hasBit(keyUsage.bits, KEY_USAGE.crlSign)) return refused('its key usage has cRLSign');
  if (!servesBothSides(extensions)) return refused('its extended key usage lacks serverAuth or clientAuth');
  if (leaf.subject.length === EMPTY_NAME_BYTES && !extensions.subjectAltNameIsCritical) {
    return refused('its subject is empty and its names are not critical');
  }
  const why = notUnderstood(extensions);
  return why === undefined ? undefined : refused(why);
}

function parsedLeafId(uri: string): Result<SpiffeId> {
  const id = parseSpiffeId(uri);
  if (!id.ok) return err(refused(`its URI is not a SPIFFE ID: ${id.problem.message}`));
  if (pathOf(id.value) === '') return err(refused('its SPIFFE ID has no path, so it names a whole trust domain'));
  return id;
}

/** Why a certificate must not sign SVIDs of this trust domain; undefined when it may. */
export function whyNotSigner(signer: TbsCertificate, domain: TrustDomain): string | undefined {
  const { extensions } = signer;
  if (extensions.basicConstraints?.isCa !== true) return 'it is not an authority (cA is not true)';
  if (signer.subject.length === EMPTY_NAME_BYTES) return 'it has no subject';
  if (extensions.keyUsage === undefined || !hasBit(extensions.keyUsage.bits, KEY_USAGE.keyCertSign)) {
    return 'its key usage lacks keyCertSign';
  }
  if (!servesBothSides(extensions)) return 'its extended key usage allows neither servers nor clients below it';
  return (
    notUnderstood(extensions) ??
    whyOtherDomain(extensions.uris, domain) ??
    (problemOfKey(signer.publicKey) === undefined ? undefined : 'its key is too weak or of an unknown kind')
  );
}

/** X509-SVID §3.2: a signing certificate needs no SPIFFE ID, but one that it has is its trust domain's own. */
function whyOtherDomain(uris: readonly string[], domain: TrustDomain): string | undefined {
  const claimed = uris.filter((uri) => /^spiffe:/iu.test(uri));
  if (claimed.length > 1) return 'it has more than one SPIFFE ID';
  const [uri] = claimed;
  if (uri === undefined) return undefined;
  const id = parseSpiffeId(uri);
  if (!id.ok) return `its SPIFFE ID is malformed: ${id.problem.message}`;
  if (pathOf(id.value) !== '') return 'its SPIFFE ID has a path, so it is a workload';
  if (trustDomainOf(id.value) === domain) return undefined;
  return `it belongs to trust domain \`${trustDomainOf(id.value)}\`, not to \`${domain}\``;
}

/** Codes `svid/not-yet-valid`, `svid/expired`; `whose` begins the message. Both ends are inclusive (§4.1.2.5). */
export function problemOfTime(certificate: TbsCertificate, nowMs: number, whose: string): Problem | undefined {
  const { notBefore, notAfter } = certificate;
  const now = new Date(nowMs).toISOString();
  if (nowMs < notBefore) {
    return {
      code: 'svid/not-yet-valid',
      message: `${whose} is valid from ${new Date(notBefore).toISOString()}, and it is ${now} here`,
      hint: 'compare the clocks of this machine and of the one that issued it',
    };
  }
  if (nowMs <= notAfter) return undefined;
  return {
    code: 'svid/expired',
    message: `${whose} was valid until ${new Date(notAfter).toISOString()}, and it is ${now} here`,
    hint: 'its holder did not renew it: see whether it still reaches the authority, and compare the clocks',
  };
}

function problemOfKey(key: KeyShape): Problem | undefined {
  if (key.kind === 'ec' && CURVES.has(key.curve)) return undefined;
  if (key.kind === 'rsa' && key.bits >= MIN_RSA_BITS && key.bits <= MAX_RSA_BITS) return undefined;
  const hint = `use ECDSA on P-256, P-384 or P-521, or RSA of ${MIN_RSA_BITS} to ${MAX_RSA_BITS} bits`;
  return { code: 'svid/weak-key', message: `${describeKey(key)} is not accepted`, hint };
}

function describeKey(key: KeyShape): string {
  if (key.kind === 'ec') return `an elliptic curve key on ${key.curve}`;
  if (key.kind === 'rsa') return `an RSA key of ${key.bits} bits`;
  return `a key of algorithm ${key.algorithm}`;
}

/** X509-SVID §4.4: where purposes are given at all, both sides of a TLS connection must be among them. */
function servesBothSides({ extKeyUsage, basicConstraints }: Extensions): boolean {
  if (extKeyUsage === undefined) return true;
  if (basicConstraints?.isCa === true && extKeyUsage.includes(OID.anyExtendedKeyUsage)) return true;
  return extKeyUsage.includes(OID.serverAuth) && extKeyUsage.includes(OID.clientAuth);
}

function notUnderstood({ hasNameConstraints, unknownCritical }: Extensions): string | undefined {
  if (hasNameConstraints) return 'it has name constraints, which are not supported and must not be ignored';
  if (unknownCritical.length === 0) return undefined;
  return `it has a critical extension that is not understood: ${unknownCritical.join(', ')}`;
}

function hasBit(bits: number, bit: number): boolean {
  return (bits & (1 << bit)) !== 0;
}

function refused(why: string): Problem {
  const hint = 'the peer must present the X.509-SVID of a workload, as its SPIFFE Workload API gives it';
  return { code: 'svid/not-an-svid', message: `the certificate is not an SVID: ${why}`, hint };
}
