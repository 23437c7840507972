/** `.signatures.json`: whether a bundle is what one of our signers signed, file by file. Uses node:crypto. */
import { createPublicKey } from 'node:crypto';

import type { Problem } from '../../../kernel/problem.ts';
import { err, ok, type Result } from '../../../kernel/result.ts';
import { BuiltinError } from '../builtins/builtin.ts';
import { compileGlob } from '../builtins/glob-matcher.ts';
import { parseGlob } from '../builtins/glob-pattern.ts';
import { schemeOf, verifyHmac, verifySignature } from '../builtins/jwt-signature.ts';
import {
  decodeHeader,
  parsePayload,
  payloadText,
  readHeader,
  signatureOf,
  signedText,
  splitToken,
  type TokenHeader,
} from '../builtins/jwt-token.ts';
import { parseJson } from '../values/json.ts';
import { toText } from '../values/text.ts';
import { isArray, isPlainObject, type PlainObject, type RegoValue } from '../values/value.ts';
import type { BundleFile } from './archive.ts';
import { digestOf } from './digest.ts';

/** `key`: the secret itself of HS256 and its siblings; of the others PEM, a public key or a certificate. */
export type BundleKey = { readonly key: string; readonly algorithm: string; readonly scope?: string };

/** A signature is required wherever this is given. */
export type BundleVerification = {
  readonly keys: ReadonlyMap<string, BundleKey>;
  /** The one that must have signed; default: the one that the signature names. */
  readonly keyId?: string;
  /** What the signature must be for; default: the scope of the key, which is empty where it has none. */
  readonly scope?: string;
  /** Paths that need not be signed, with the wildcards of shells. */
  readonly excludeFiles?: readonly string[];
};

/** OPA names it where no other way of signing was chosen. */
const DEFAULT_PLUGIN = '_default';

/** What a signed bundle's files are said to be. */
type SignedFile = { readonly hash: string; readonly algorithm: string };

/** The first thing that does not hold. */
export function problemOfSignatures(
  text: string,
  files: readonly BundleFile[],
  verification: BundleVerification,
): Problem | undefined {
  const token = tokenOf(text);
  if (!token.ok) return refused(token.problem);
  const payload = verifiedPayload(token.value, verification);
  if (!payload.ok) return refused(payload.problem);
  const signed = signedFiles(payload.value);
  if (!signed.ok) return refused(signed.problem);
  return problemOfFiles(files, signed.value, verification.excludeFiles ?? []);
}

function tokenOf(text: string): Result<string, string> {
  const json = parseJson(text);
  if (!json.ok) return err(`\`.signatures.json\` is no JSON: ${json.problem}`);
  const plugin = isPlainObject(json.value) ? member(json.value, 'plugin') : '';
  if (typeof plugin === 'string' && plugin !== '' && plugin !== DEFAULT_PLUGIN)
    return err(`it was signed by the plugin \`${plugin}\``);
  const tokens = isPlainObject(json.value) ? member(json.value, 'signatures') : null;
  if (!isArray(tokens) || tokens.length === 0) return err('`.signatures.json` holds no signature');
  if (tokens.length > 1) return err(`\`.signatures.json\` holds ${tokens.length} signatures, and one is understood`);
  const [token] = tokens;
  return typeof token === 'string' ? ok(token) : err('the signature in `.signatures.json` is no string');
}

function member(object: PlainObject, name: string): RegoValue {
  return Object.hasOwn(object, name) ? (object[name] as RegoValue) : null;
}

function verifiedPayload(text: string, verification: BundleVerification): Result<PlainObject, string> {
  const token = splitToken(text);
  if (token instanceof BuiltinError) return err(token.message);
  const decoded = decodeHeader(token);
  if (decoded instanceof BuiltinError) return err(decoded.message);
  const header = readHeader(decoded);
  if (header instanceof BuiltinError) return err(header.message);
  if (header.demandsUnknown) return err('its header demands what is not understood');
  const [signature, written] = [signatureOf(token), payloadText(token)];
  if (signature instanceof BuiltinError) return err(signature.message);
  if (written instanceof BuiltinError) return err(written.message);
  const payload = parsePayload(written);
  if (payload instanceof BuiltinError) return err(payload.message);
  const named = keyOf(header, payload, verification);
  if (!named.ok) return named;
  const holds = isSignedBy(named.value, signedText(token), signature);
  if (!holds.ok) return holds;
  if (!holds.value) return err('the key that it names did not sign it');
  const wanted = verification.scope ?? named.value.scope ?? '';
  const scope = member(payload, 'scope') ?? '';
  return scope === wanted
    ? ok(payload)
    : err(`it was signed for the scope ${toText(scope)}, not for ${toText(wanted)}`);
}

function keyOf(header: TokenHeader, payload: PlainObject, verification: BundleVerification): Result<BundleKey, string> {
  const claimed = member(payload, 'keyid');
  const id = verification.keyId ?? (header.keyId === '' && typeof claimed === 'string' ? claimed : header.keyId);
  const key = verification.keys.get(id);
  if (key !== undefined) return ok(key);
  return err(id === '' ? 'it names no key, and none is chosen' : `it names the key \`${id}\`, which is not among ours`);
}

/** By the algorithm of the key: what the token says of itself would let a public key pass for a secret. */
function isSignedBy({ key, algorithm }: BundleKey, text: string, signature: Uint8Array): Result<boolean, string> {
  const scheme = schemeOf(algorithm);
  if (scheme === undefined) return err(`\`${algorithm}\` is no algorithm for signatures`);
  if (scheme.kind === 'hmac') return ok(verifyHmac(scheme.hash, key, text, signature));
  try {
    const object = createPublicKey(key);
    return ok(verifySignature(scheme, { algorithm, keyId: '', key: { kind: 'public', object } }, text, signature));
  } catch {
    // OpenSSL's words may repeat what it was given.
    return err('the key that it names is no public key and no certificate in PEM');
  }
}

function signedFiles(payload: PlainObject): Result<ReadonlyMap<string, SignedFile>, string> {
  const files = new Map<string, SignedFile>();
  const listed = member(payload, 'files') ?? [];
  if (!isArray(listed)) return err('its `files` are no array');
  for (const each of listed) {
    if (!isPlainObject(each)) return err('its `files` hold what is no object');
    const [name, hash, algorithm] = [member(each, 'name'), member(each, 'hash'), member(each, 'algorithm')];
    if (typeof name !== 'string' || typeof hash !== 'string' || typeof algorithm !== 'string') {
      return err('its `files` hold one without a name, a hash or an algorithm');
    }
    files.set(name, { hash: hash.toLowerCase(), algorithm });
  }
  return ok(files);
}

function problemOfFiles(
  files: readonly BundleFile[],
  signed: ReadonlyMap<string, SignedFile>,
  excluded: readonly string[],
): Problem | undefined {
  const missing = new Set(signed.keys());
  const isExcluded = excluded.map(matcherOf);
  for (const { path, bytes } of files) {
    missing.delete(path);
    if (isExcluded.some((matches) => matches(path))) continue;
    const wanted = signed.get(path);
    if (wanted === undefined) {
      const message = `\`${path}\` is in the bundle, but not in its signature`;
      return { code: 'rego-bundle/not-signed', message, hint: 'do not trust it: somebody added it after signing' };
    }
    const digest = digestOf(path, bytes, wanted.algorithm);
    if (!digest.ok) return refused(`\`${path}\` has no hash: ${digest.problem}`);
    if (digest.value !== wanted.hash) {
      const message = `\`${path}\` is not what was signed: its ${wanted.algorithm} is ${digest.value}, not ${wanted.hash}`;
      return { code: 'rego-bundle/changed', message, hint: 'do not trust it: somebody changed it after signing' };
    }
  }
  const [first] = missing;
  if (first === undefined) return undefined;
  const message = `\`${first}\` was signed, and is not in the bundle`;
  return { code: 'rego-bundle/missing-file', message, hint: 'do not trust it: somebody took it out after signing' };
}

function refused(why: string): Problem {
  const message = `the signature of the bundle does not hold: ${why}`;
  return { code: 'rego-bundle/bad-signature', message, hint: 'see which key, algorithm and scope it is verified with' };
}

/** What is no pattern excludes nothing. */
function matcherOf(pattern: string): (path: string) => boolean {
  const glob = parseGlob(pattern);
  return glob.ok ? compileGlob(glob.value, ['/']) : () => false;
}
