/** Chains of certificates (RFC 5280 §6.1), verified as Go's `x509` verifies them. Uses node:crypto. */
import { equalBytes } from './der.ts';
import { constants, createPublicKey, verify, type KeyObject } from './node-crypto.ts';
import type { Certificate } from './x509-certificate.ts';
import { isForHost, namesAreAllowed } from './x509-names.ts';

export type VerifyOptions = {
  /** Empty: any. */
  readonly dnsName: string;
  /** Seconds since 1970. */
  readonly timeSeconds: number;
  /** By Go's numbers; one of them is enough. */
  readonly keyUsages: readonly number[];
};

export const ANY_KEY_USAGE = 0;
export const SERVER_AUTH = 1;

/** A certificate may sign others. */
const KEY_CERT_SIGN = 1 << 5;

/** Signatures that are checked in the search for a chain: more is an attack. */
const MAX_SIGNATURE_CHECKS = 100;

const MIN_RSA_BITS = 1024;

/** From the leaf, which is the last one, to the root, which is the first; undefined when there is no valid chain. */
export function verifyChain(
  certificates: readonly Certificate[],
  options: VerifyOptions,
): readonly Certificate[] | undefined {
  const [root, ...others] = certificates;
  const leaf = others.pop();
  if (root === undefined || leaf === undefined || !isValid(leaf, 'leaf', [], options)) return undefined;
  if (options.dnsName !== '' && !isForHost(leaf, options.dnsName)) return undefined;
  const search = new ChainSearch(root, others, options);
  return search.find([leaf]);
}

class ChainSearch {
  readonly #root: Certificate;
  readonly #intermediates: readonly Certificate[];
  readonly #options: VerifyOptions;
  #signatureChecks = 0;

  constructor(root: Certificate, intermediates: readonly Certificate[], options: VerifyOptions) {
    this.#root = root;
    this.#intermediates = intermediates;
    this.#options = options;
  }

  /** The first chain that begins like this and is valid as a whole. */
  find(chain: readonly Certificate[]): readonly Certificate[] | undefined {
    const last = chain.at(-1);
    if (last === undefined) return undefined;
    if (chain.length === 1 && equalBytes(last.raw, this.#root.raw)) return this.#isGood(chain) ? chain : undefined;
    if (this.#canFollow(this.#root, 'root', chain)) {
      const whole = [...chain, this.#root];
      if (this.#isGood(whole)) return whole;
    }
    for (const candidate of this.#intermediates) {
      if (!this.#canFollow(candidate, 'intermediate', chain)) continue;
      const found = this.find([...chain, candidate]);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #canFollow(candidate: Certificate, role: Role, chain: readonly Certificate[]): boolean {
    const child = chain.at(-1);
    if (child === undefined || !equalBytes(child.rawIssuer, candidate.rawSubject)) return false;
    if (chain.some((certificate) => isSame(certificate, candidate))) return false;
    this.#signatureChecks += 1;
    if (this.#signatureChecks > MAX_SIGNATURE_CHECKS) return false;
    return isValid(candidate, role, chain, this.#options) && isSignedBy(child, candidate);
  }

  #isGood(chain: readonly Certificate[]): boolean {
    const { keyUsages } = this.#options;
    const isForUsage = keyUsages.includes(ANY_KEY_USAGE) || keyUsages.some((usage) => allows(chain, usage));
    return isForUsage && policiesAreValid(chain) && namesAreAllowed(chain);
  }
}

/** One entity under one key: it would close a circle. */
function isSame(a: Certificate, b: Certificate): boolean {
  return equalBytes(a.rawSubject, b.rawSubject) && equalBytes(a.rawPublicKey, b.rawPublicKey);
}

type Role = 'leaf' | 'intermediate' | 'root';

function isValid(certificate: Certificate, role: Role, chain: readonly Certificate[], options: VerifyOptions): boolean {
  const { says, notBefore, notAfter } = certificate;
  if (says.unhandled.length > 0) return false;
  if (options.timeSeconds < notBefore || options.timeSeconds > notAfter) return false;
  if (role === 'intermediate' && (!says.hasBasicConstraints || !says.isCa)) return false;
  return !says.hasBasicConstraints || says.maxPathLength < 0 || chain.length - 1 <= says.maxPathLength;
}

/** Every certificate of the chain that names purposes names this one, or any. */
function allows(chain: readonly Certificate[], usage: number): boolean {
  return chain.every(({ says }) => {
    const { extendedKeyUsages, unknownKeyUsages } = says;
    if (extendedKeyUsages.length + unknownKeyUsages.length === 0) return true;
    return extendedKeyUsages.includes(usage) || extendedKeyUsages.includes(ANY_KEY_USAGE);
  });
}

const ANY_POLICY = '2.5.29.32.0';

/**
 * Where an issuer demands an explicit policy (§4.2.1.11), all certificates below the root must have one in common.
 * Stricter than §6.1: policies are not mapped, and a number of certificates without a policy is not waited for.
 */
function policiesAreValid(chain: readonly Certificate[]): boolean {
  if (chain.every(({ says }) => says.requireExplicitPolicy === undefined)) return true;
  const sets = chain.slice(0, -1).map(({ says }) => (says.policies ?? []).map((policy) => policy.join('.')));
  const candidates = new Set(sets.flat());
  const isCommon = (policy: string): boolean => sets.every((set) => set.includes(policy) || set.includes(ANY_POLICY));
  return [...candidates].some(isCommon);
}

function isSignedBy(child: Certificate, parent: Certificate): boolean {
  const { says, version, publicKey } = parent;
  // Version 1 has no extensions to say that it may.
  const mayIssue = says.hasBasicConstraints ? says.isCa : version !== 3;
  if (!mayIssue || (says.keyUsage !== 0 && (says.keyUsage & KEY_CERT_SIGN) === 0)) return false;
  if (publicKey.kind === 'other') return false;
  const key = keyOf(parent);
  return key !== undefined && hasSignature(child, key);
}

/** Undefined: OpenSSL does not take it. */
export function keyOf({ rawPublicKey }: Certificate): KeyObject | undefined {
  try {
    return createPublicKey({ key: Buffer.from(rawPublicKey), format: 'der', type: 'spki' });
  } catch {
    return undefined;
  }
}

function hasSignature({ signatureAlgorithm, toBeSigned, signature }: Certificate, key: KeyObject): boolean {
  const { kind, hash } = signatureAlgorithm;
  switch (kind) {
    case 'rsa':
      return isRsa(key) && verify(hash, toBeSigned, key, signature);
    case 'pss': {
      const options = { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
      return isRsa(key) && verify(hash, toBeSigned, options, signature);
    }
    case 'ecdsa':
      return key.asymmetricKeyType === 'ec' && verify(hash, toBeSigned, key, signature);
    case 'ed25519':
      return key.asymmetricKeyType === 'ed25519' && verify(null, toBeSigned, key, signature);
    case 'weak':
    case 'unknown':
      return false;
  }
}

function isRsa(key: KeyObject): boolean {
  return key.asymmetricKeyType === 'rsa' && (key.asymmetricKeyDetails?.modulusLength ?? 0) >= MIN_RSA_BITS;
}
