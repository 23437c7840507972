/** X.509 certificates (RFC 5280) and certificate requests (RFC 2986), parsed as Go's `x509` parses them. */
import { err, ok, type Result } from '../../../kernel/result.ts';
import { daysInMonth, secondsOf } from './civil-time.ts';
import { contextTag, DerReader, equalBytes, Fault, latinText, TAG } from './der.ts';
import { readExtensions, type Extension, type Extensions } from './x509-extensions.ts';
import { parseName, type NameAttribute } from './x509-name.ts';
import { parsePublicKey, parseSignatureAlgorithm, type PublicKey, type SignatureAlgorithm } from './x509-public-key.ts';

export type Certificate = {
  readonly raw: Uint8Array;
  readonly toBeSigned: Uint8Array;
  /** 1 to 3. */
  readonly version: number;
  readonly serialNumber: bigint;
  readonly signatureAlgorithm: SignatureAlgorithm;
  readonly rawIssuer: Uint8Array;
  readonly issuer: readonly NameAttribute[];
  /** Seconds since 1970. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly rawSubject: Uint8Array;
  readonly subject: readonly NameAttribute[];
  readonly rawPublicKey: Uint8Array;
  readonly publicKey: PublicKey;
  readonly extensions: readonly Extension[];
  /** What the extensions say. */
  readonly says: Extensions;
  readonly signature: Uint8Array;
};

const MALFORMED = 'x509: malformed certificate';

/** One certificate after another, to the end of the bytes. */
export function parseCertificates(bytes: Uint8Array): Result<readonly Certificate[], string> {
  const fault = new Fault();
  const reader = new DerReader(bytes, fault, MALFORMED);
  const certificates: Certificate[] = [];
  while (!reader.isEmpty) certificates.push(parseCertificate(reader.readWhole(TAG.sequence), fault));
  return fault.message === undefined ? ok(certificates) : err(fault.message);
}

function parseCertificate(raw: Uint8Array, fault: Fault): Certificate {
  const outer = new DerReader(raw, fault, MALFORMED).enter(TAG.sequence);
  const toBeSigned = outer.readWhole(TAG.sequence);
  const reader = new DerReader(toBeSigned, fault, 'x509: malformed tbs certificate').enter(TAG.sequence);
  const hasVersion = reader.tag === contextTag(0, true);
  const version = (hasVersion ? Number(reader.enter(contextTag(0, true)).integer()) : 0) + 1;
  if (version < 1 || version > 3) fault.report('x509: invalid version');
  const serialNumber = reader.integer();
  if (serialNumber < 0n) fault.report('x509: negative serial number');
  const inner = reader.read(TAG.sequence);
  if (!equalBytes(inner, outer.read(TAG.sequence))) {
    fault.report("x509: inner and outer signature algorithm identifiers don't match");
  }
  const rawIssuer = reader.readWhole(TAG.sequence);
  const validity = reader.enter(TAG.sequence, 'x509: malformed validity');
  const [notBefore, notAfter] = [parseDate(validity), parseDate(validity)];
  const rawSubject = reader.readWhole(TAG.sequence);
  const rawPublicKey = reader.readWhole(TAG.sequence);
  const extensions = version > 1 ? readTail(reader, version, fault) : [];
  return {
    raw,
    toBeSigned,
    version,
    serialNumber,
    signatureAlgorithm: parseSignatureAlgorithm(inner, fault),
    rawIssuer,
    issuer: parseName(rawIssuer, fault, 'x509: invalid RDNSequence'),
    notBefore,
    notAfter,
    rawSubject,
    subject: parseName(rawSubject, fault, 'x509: invalid RDNSequence'),
    rawPublicKey,
    publicKey: parsePublicKey(rawPublicKey, fault),
    extensions,
    says: readExtensions(extensions, fault),
    signature: outer.bitString().bytes,
  };
}

/** Unique identifiers, which nobody uses, and extensions. */
function readTail(reader: DerReader, version: number, fault: Fault): readonly Extension[] {
  reader.readOptional(contextTag(1));
  reader.readOptional(contextTag(2));
  if (version !== 3 || reader.tag !== contextTag(3, true)) return [];
  return parseExtensions(reader.enter(contextTag(3, true), 'x509: malformed extensions'), fault);
}

function parseExtensions(within: DerReader, fault: Fault): readonly Extension[] {
  const sequence = within.enter(TAG.sequence);
  const extensions: Extension[] = [];
  const seen = new Set<string>();
  while (!sequence.isEmpty) {
    const extension = sequence.enter(TAG.sequence, 'x509: malformed extension');
    const id = extension.oid();
    const critical = extension.tag === TAG.boolean && extension.boolean();
    extensions.push({ id, critical, value: extension.read(TAG.octetString) });
    const name = id.join('.');
    if (seen.has(name)) fault.report(`x509: certificate contains duplicate extension with OID "${name}"`);
    seen.add(name);
  }
  return extensions;
}

/** `YYMMDDhhmmssZ` until 2049, `YYYYMMDDhhmmssZ` from then on (§4.1.2.5). */
function parseDate(reader: DerReader): number {
  const { tag } = reader;
  const text = latinText(reader.readAny().content);
  const digits = tag === TAG.utcTime ? 2 : 4;
  const parts = /^(\d\d|\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/u.exec(text)?.slice(1);
  if (parts === undefined || parts[0]?.length !== digits || (tag !== TAG.utcTime && tag !== TAG.generalizedTime)) {
    reader.fail();
    return 0;
  }
  const [written = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.map(Number);
  const year = digits === 4 ? written : written >= 50 ? written + 1900 : written + 2000;
  const isDate = month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month);
  if (!isDate || hour > 23 || minute > 59 || second > 59) reader.fail();
  return secondsOf({ year, month, day, hour, minute, second });
}

export type RequestAttribute = { readonly id: readonly number[]; readonly values: Uint8Array };

export type CertificateRequest = {
  readonly raw: Uint8Array;
  readonly toBeSigned: Uint8Array;
  readonly version: number;
  readonly rawSubject: Uint8Array;
  readonly subject: readonly NameAttribute[];
  readonly rawPublicKey: Uint8Array;
  readonly publicKey: PublicKey;
  readonly attributes: readonly RequestAttribute[];
  /** Those that the request asks for (RFC 2985 §5.4.2). */
  readonly extensions: readonly Extension[];
  readonly says: Extensions;
  readonly signatureAlgorithm: SignatureAlgorithm;
  readonly signature: Uint8Array;
};

const EXTENSION_REQUEST = '1.2.840.113549.1.9.14';
const MALFORMED_REQUEST = 'asn1: structure error: malformed certificate request';

export function parseCertificateRequest(bytes: Uint8Array): Result<CertificateRequest, string> {
  const fault = new Fault();
  const whole = new DerReader(bytes, fault, MALFORMED_REQUEST);
  const raw = whole.readWhole(TAG.sequence);
  if (!whole.isEmpty) fault.report('asn1: syntax error: trailing data');
  const outer = new DerReader(raw, fault, MALFORMED_REQUEST).enter(TAG.sequence);
  const toBeSigned = outer.readWhole(TAG.sequence);
  const reader = new DerReader(toBeSigned, fault, MALFORMED_REQUEST).enter(TAG.sequence);
  const version = Number(reader.integer());
  const rawSubject = reader.readWhole(TAG.sequence);
  const rawPublicKey = reader.readWhole(TAG.sequence);
  const attributes = reader.tag === contextTag(0, true) ? parseAttributes(reader.enter(contextTag(0, true))) : [];
  const extensions = requestedExtensions(attributes, fault);
  const request: CertificateRequest = {
    raw,
    toBeSigned,
    version,
    rawSubject,
    subject: parseName(rawSubject, fault, MALFORMED_REQUEST),
    rawPublicKey,
    publicKey: parsePublicKey(rawPublicKey, fault),
    attributes,
    extensions,
    says: readExtensions(extensions, fault),
    signatureAlgorithm: parseSignatureAlgorithm(outer.read(TAG.sequence), fault),
    signature: outer.bitString().bytes,
  };
  return fault.message === undefined ? ok(request) : err(fault.message);
}

function parseAttributes(list: DerReader): readonly RequestAttribute[] {
  const attributes: RequestAttribute[] = [];
  while (!list.isEmpty) {
    const attribute = list.enter(TAG.sequence);
    attributes.push({ id: attribute.oid(), values: attribute.read(TAG.set) });
  }
  return attributes;
}

function requestedExtensions(attributes: readonly RequestAttribute[], fault: Fault): readonly Extension[] {
  const request = attributes.find(({ id }) => id.join('.') === EXTENSION_REQUEST);
  return request === undefined ? [] : parseExtensions(new DerReader(request.values, fault, MALFORMED_REQUEST), fault);
}
