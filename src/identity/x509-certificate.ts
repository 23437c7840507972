/** A certificate as it is read (RFC 5280 §4.1): structure only, nothing about it is verified yet. */
import type { Problem } from '../kernel/problem.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { CONSTRUCTED, CONTEXT, TAG } from './der.ts';
import { DerError, DerReader } from './der-reader.ts';
import { type Extensions, NO_EXTENSIONS, readExtensions } from './x509-extensions.ts';
import { OID } from './x509-names.ts';

/** An SVID with a SPIFFE ID of 2048 bytes, an RSA key and a hundred DNS names fits; a handshake may hold several. */
export const MAX_CERTIFICATE_BYTES: number = 16 * 1024;

/** RFC 5280 §4.1.2.2: a serial number of more than 20 bytes is not one. */
const MAX_SERIAL_BYTES = 20;

/** What is signed: everything but the signature. All bytes are views of the encoding. */
export type TbsCertificate = {
  readonly bytes: Uint8Array;
  /** Lower case hex. */
  readonly serial: string;
  /** The AlgorithmIdentifier, whole. */
  readonly signatureAlgorithm: Uint8Array;
  /** The Name, whole; names are compared byte for byte. */
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  /** Milliseconds since 1970. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** The SubjectPublicKeyInfo, whole. */
  readonly publicKeyInfo: Uint8Array;
  readonly publicKey: KeyShape;
  readonly extensions: Extensions;
};

/** `other` names the algorithm by its object identifier. */
export type KeyShape =
  | { readonly kind: 'ec'; readonly curve: string }
  | { readonly kind: 'rsa'; readonly bits: number }
  | { readonly kind: 'other'; readonly algorithm: string };

export type Certificate = TbsCertificate & { readonly signature: Uint8Array };

/** Parses a whole certificate of at most `MAX_CERTIFICATE_BYTES`. Code: `svid/malformed`. */
export function parseCertificate(bytes: Uint8Array): Result<Certificate> {
  return caught(bytes, () => {
    const reader = new DerReader(bytes);
    const certificate = reader.enter(TAG.sequence);
    reader.end();
    const tbs = readTbs(certificate.element(TAG.sequence));
    // RFC 5280 §4.1.1.2: the algorithm outside the signed part must be the one inside it.
    const algorithm = certificate.element(TAG.sequence);
    if (!sameBytes(algorithm, tbs.signatureAlgorithm)) throw new DerError('two different signature algorithms');
    const signature = certificate.wholeBits();
    certificate.end();
    return { ...tbs, signature };
  });
}

/** Parses what is about to be signed, so that the rules for a received certificate hold for an issued one too. */
export function parseTbsCertificate(bytes: Uint8Array): Result<TbsCertificate> {
  return caught(bytes, () => readTbs(bytes));
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0;
}

function caught<T>(bytes: Uint8Array, parse: () => T): Result<T> {
  if (bytes.length > MAX_CERTIFICATE_BYTES) {
    return err(malformed(`a certificate has at most ${MAX_CERTIFICATE_BYTES} bytes, this one has ${bytes.length}`));
  }
  try {
    return ok(parse());
  } catch (error) {
    if (!(error instanceof DerError)) throw error;
    return err(malformed(`the certificate cannot be read: ${error.message}`));
  }
}

function malformed(message: string): Problem {
  return { code: 'svid/malformed', message, hint: 'it must be one DER certificate of X.509 version 3' };
}

function readTbs(bytes: Uint8Array): TbsCertificate {
  const reader = new DerReader(bytes);
  const tbs = reader.enter(TAG.sequence);
  reader.end();
  const version = tbs.enter(CONTEXT | CONSTRUCTED);
  if (version.smallInteger() !== 2) throw new DerError('only version 3 has extensions');
  version.end();
  const serial = tbs.integer();
  const isPositive = (serial[0] ?? 0x80) < 0x80 && serial.some((byte) => byte !== 0);
  if (!isPositive || serial.length > MAX_SERIAL_BYTES) {
    throw new DerError(`a serial number is positive and has at most ${MAX_SERIAL_BYTES} bytes`);
  }
  const signatureAlgorithm = tbs.element(TAG.sequence);
  const issuer = tbs.element(TAG.sequence);
  const validity = tbs.enter(TAG.sequence);
  const notBefore = validity.time();
  const notAfter = validity.time();
  validity.end();
  const subject = tbs.element(TAG.sequence);
  const publicKeyInfo = tbs.element(TAG.sequence);
  const publicKey = readKeyShape(publicKeyInfo);
  const extensions = tbs.peek() === undefined ? NO_EXTENSIONS : readExtensionField(tbs);
  tbs.end();
  return {
    bytes,
    serial: hexOfSerial(serial),
    signatureAlgorithm,
    issuer,
    subject,
    notBefore,
    notAfter,
    publicKeyInfo,
    publicKey,
    extensions,
  };
}

/** RFC 5280 §4.1.2.8 forbids authorities to write the unique identifiers [1] and [2]; they are refused as unexpected. */
function readExtensionField(tbs: DerReader): Extensions {
  const field = tbs.enter(CONTEXT | CONSTRUCTED | 3);
  const extensions = readExtensions(field.enter(TAG.sequence));
  field.end();
  return extensions;
}

function hexOfSerial(serial: Uint8Array): string {
  return Buffer.from(serial.length > 1 && serial[0] === 0 ? serial.subarray(1) : serial).toString('hex');
}

function readKeyShape(publicKeyInfo: Uint8Array): KeyShape {
  const info = new DerReader(publicKeyInfo).enter(TAG.sequence);
  const algorithm = info.enter(TAG.sequence);
  const name = algorithm.oid();
  if (name === OID.ecPublicKey) {
    // RFC 5480 §2.1.1: a named curve and nothing else; parameters written out are refused here as no identifier.
    const curve = algorithm.oid();
    algorithm.end();
    info.wholeBits();
    info.end();
    return { kind: 'ec', curve };
  }
  if (name !== OID.rsaEncryption) return { kind: 'other', algorithm: name };
  algorithm.content(TAG.null);
  algorithm.end();
  const key = new DerReader(info.wholeBits());
  info.end();
  const numbers = key.enter(TAG.sequence);
  key.end();
  const modulus = numbers.integer();
  numbers.integer();
  numbers.end();
  const padding = modulus[0] === 0 ? 1 : 0;
  const leading = Math.clz32(modulus[padding] ?? 0) - 24;
  return { kind: 'rsa', bits: (modulus.length - padding) * 8 - leading };
}
