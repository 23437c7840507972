/** Certificates with any fault that a test asks for: built with our own writer, signed with real keys. */
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

import {
  bitString,
  CONSTRUCTED,
  CONTEXT,
  der,
  namedBits,
  oid,
  sequence,
  TAG,
  text,
  time,
  TRUE,
  unsignedInteger,
} from '../der.ts';
import { GENERAL_NAME, KEY_USAGE, OID } from '../x509-names.ts';

export type KeyPair = { readonly publicKey: KeyObject; readonly privateKey: KeyObject };

/** Everything that a certificate says; each part may be wrong. */
export type Forgery = {
  readonly version: number;
  readonly serial: Uint8Array;
  /** AlgorithmIdentifiers: the signed one, and the one beside the signature. */
  readonly algorithm: Uint8Array;
  readonly outerAlgorithm?: Uint8Array;
  readonly hash: 'sha1' | 'sha256' | 'sha384' | 'sha512';
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly publicKeyInfo: Uint8Array;
  /** In the order of the keys; undefined leaves one out. */
  readonly extensions: Readonly<Record<string, Uint8Array | undefined>>;
  readonly signer: KeyObject;
};

export type ForgedAuthority = KeyPair & { readonly subject: Uint8Array; readonly bytes: Uint8Array };

export const ECDSA_SHA256: Uint8Array = sequence(oid(OID.ecdsaWithSha256));
export const RSA_SHA256: Uint8Array = sequence(oid('1.2.840.113549.1.1.11'), der(TAG.null));

export function ecKey(namedCurve: string = 'P-256'): KeyPair {
  return generateKeyPairSync('ec', { namedCurve });
}

export function rsaKey(modulusLength: number): KeyPair {
  return generateKeyPairSync('rsa', { modulusLength });
}

export function spkiOf({ publicKey }: KeyPair): Uint8Array {
  return publicKey.export({ type: 'spki', format: 'der' });
}

export function name(commonName: string): Uint8Array {
  return sequence(der(TAG.set, sequence(oid(OID.commonName), text(TAG.utf8String, commonName))));
}

export function extension(id: string, critical: boolean, value: Uint8Array): Uint8Array {
  return sequence(oid(id), ...(critical ? [TRUE] : []), der(TAG.octetString, value));
}

export function keyUsage(...bits: readonly number[]): Uint8Array {
  return extension(OID.keyUsage, true, namedBits(...bits));
}

export function purposes(...ids: readonly string[]): Uint8Array {
  return extension(OID.extKeyUsage, false, sequence(...ids.map(oid)));
}

export function constraints(isCa: boolean, pathLength?: number): Uint8Array {
  const length = pathLength === undefined ? [] : [unsignedInteger(Uint8Array.of(pathLength))];
  return extension(OID.basicConstraints, true, sequence(...(isCa ? [TRUE] : []), ...length));
}

export function uri(value: string): Uint8Array {
  return text(CONTEXT | GENERAL_NAME.uri, value);
}

export function dns(value: string): Uint8Array {
  return text(CONTEXT | GENERAL_NAME.dns, value);
}

export function altNames(critical: boolean, ...names: readonly Uint8Array[]): Uint8Array {
  return extension(OID.subjectAltName, critical, sequence(...names));
}

export function signForgery(forgery: Forgery): Uint8Array {
  const { algorithm, outerAlgorithm = algorithm, extensions, issuer, publicKeyInfo, serial, subject } = forgery;
  const present = Object.values(extensions).filter((value) => value !== undefined);
  const tbs = sequence(
    ...(forgery.version === 1
      ? []
      : [der(CONTEXT | CONSTRUCTED, der(TAG.integer, Uint8Array.of(forgery.version - 1)))]),
    der(TAG.integer, serial),
    algorithm,
    issuer,
    sequence(time(forgery.notBefore), time(forgery.notAfter)),
    subject,
    publicKeyInfo,
    ...(present.length === 0 ? [] : [der(CONTEXT | CONSTRUCTED | 3, sequence(...present))]),
  );
  return sequence(tbs, outerAlgorithm, bitString(sign(forgery.hash, tbs, forgery.signer)));
}

/** A good leaf of the authority, but for what is changed. */
export function forgeLeaf(
  authority: ForgedAuthority,
  nowMs: number,
  id: string,
  changes: Partial<Forgery> = {},
  extensions: Forgery['extensions'] = {},
): Uint8Array {
  return signForgery({
    ...base(authority, nowMs),
    subject: sequence(),
    publicKeyInfo: spkiOf(ecKey()),
    ...changes,
    extensions: {
      keyUsage: keyUsage(KEY_USAGE.digitalSignature),
      extKeyUsage: purposes(OID.serverAuth, OID.clientAuth),
      basicConstraints: constraints(false),
      subjectAltName: altNames(true, uri(id)),
      ...extensions,
    },
  });
}

/** A good signing certificate, but for what is changed: self-signed, or signed by `parent`. */
export function forgeAuthority(
  nowMs: number,
  commonName: string,
  options: {
    readonly parent?: ForgedAuthority;
    readonly keys?: KeyPair;
    readonly changes?: Partial<Forgery>;
    readonly extensions?: Forgery['extensions'];
  } = {},
): ForgedAuthority {
  const keys = options.keys ?? ecKey();
  const subject = name(commonName);
  const parent = options.parent ?? { ...keys, subject };
  const bytes = signForgery({
    ...base(parent, nowMs),
    subject,
    publicKeyInfo: spkiOf(keys),
    ...options.changes,
    extensions: {
      keyUsage: keyUsage(KEY_USAGE.keyCertSign, KEY_USAGE.crlSign),
      basicConstraints: constraints(true),
      ...options.extensions,
    },
  });
  return { ...keys, subject: options.changes?.subject ?? subject, bytes };
}

function base(
  issuer: KeyPair & { readonly subject: Uint8Array },
  nowMs: number,
): Omit<Forgery, 'subject' | 'publicKeyInfo' | 'extensions'> {
  return {
    version: 3,
    serial: Uint8Array.of(0x40, ...randomBytes(15)),
    algorithm: issuer.privateKey.asymmetricKeyType === 'rsa' ? RSA_SHA256 : ECDSA_SHA256,
    hash: 'sha256',
    issuer: issuer.subject,
    notBefore: nowMs - 10_000,
    notAfter: nowMs + 3_600_000,
    signer: issuer.privateKey,
  };
}
