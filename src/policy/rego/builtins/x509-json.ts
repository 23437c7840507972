/** Certificates and requests as OPA shows them: the fields of Go's `x509.Certificate` and its siblings. */
import { encodeBase64 } from './base64.ts';
import { civilTimeOf } from './civil-time.ts';
import { DerReader, Fault, TAG } from './der.ts';
import { formatTime } from './format-time.ts';
import { isDefaultEscape, type GoUrl } from './go-url.ts';
import { formatAddress } from './net-address.ts';
import { integerOf } from '../values/number.ts';
import type { PlainObject, RegoValue } from '../values/value.ts';
import { parseLayout, RFC3339 } from './time-layout.ts';
import { UTC, zonedTime } from './time-zone.ts';
import type { Certificate, CertificateRequest, RequestAttribute } from './x509-certificate.ts';
import type { Extension, Extensions, NameConstraints } from './x509-extensions.ts';
import type { NameAttribute } from './x509-name.ts';
import { KEY_NUMBERS, type PublicKey } from './x509-public-key.ts';

/** Go's lists are null, not empty. */
function listOf(values: readonly RegoValue[] | undefined): RegoValue {
  return values === undefined || values.length === 0 ? null : values;
}

function base64(bytes: Uint8Array | undefined): RegoValue {
  return bytes === undefined ? null : encodeBase64(bytes, 'standard');
}

/** `URIStrings` is OPA's own addition, which it leaves out where it gives certificates as Go has them. */
export function certificateJson(certificate: Certificate, withUriStrings: boolean): PlainObject {
  const { says } = certificate;
  const uris = says.names?.uris ?? [];
  return {
    ...keyJson(certificate),
    ...namesJson(says),
    ...constraintsJson(says),
    ...policiesJson(says),
    AuthorityKeyId: base64(says.authorityKeyId),
    BasicConstraintsValid: says.hasBasicConstraints,
    CRLDistributionPoints: listOf(says.crlUrls),
    ExtKeyUsage: listOf(says.extendedKeyUsages),
    Extensions: listOf(certificate.extensions.map(extensionJson)),
    ExtraExtensions: null,
    IsCA: says.isCa,
    Issuer: nameJson(certificate.issuer),
    IssuingCertificateURL: listOf(says.issuerUrls),
    KeyUsage: says.keyUsage,
    MaxPathLen: says.maxPathLength,
    MaxPathLenZero: says.hasBasicConstraints && says.maxPathLength === 0,
    NotAfter: dateJson(certificate.notAfter),
    NotBefore: dateJson(certificate.notBefore),
    OCSPServer: listOf(says.ocspServers),
    RawIssuer: base64(certificate.rawIssuer),
    RawTBSCertificate: base64(certificate.toBeSigned),
    SerialNumber: integerOf(certificate.serialNumber),
    SubjectKeyId: base64(says.subjectKeyId),
    ...(withUriStrings ? { URIStrings: listOf(uris.map(({ text }) => text)) } : {}),
    UnhandledCriticalExtensions: listOf(says.unhandled),
    UnknownExtKeyUsage: listOf(says.unknownKeyUsages),
    Version: certificate.version,
  };
}

export function requestJson(request: CertificateRequest): PlainObject {
  return {
    ...keyJson(request),
    ...namesJson(request.says),
    Attributes: listOf(request.attributes.flatMap(attributeJson)),
    Extensions: listOf(request.extensions.map(extensionJson)),
    ExtraExtensions: null,
    RawTBSCertificateRequest: base64(request.toBeSigned),
    Version: request.version,
  };
}

/** What certificates and requests have in common. */
function keyJson(document: Certificate | CertificateRequest): PlainObject {
  return {
    PublicKey: publicKeyJson(document.publicKey),
    PublicKeyAlgorithm:
      document.publicKey.kind === 'other' ? document.publicKey.number : KEY_NUMBERS[document.publicKey.kind],
    Raw: base64(document.raw),
    RawSubject: base64(document.rawSubject),
    RawSubjectPublicKeyInfo: base64(document.rawPublicKey),
    Signature: base64(document.signature),
    SignatureAlgorithm: document.signatureAlgorithm.number,
    Subject: nameJson(document.subject),
  };
}

function publicKeyJson(key: PublicKey): RegoValue {
  switch (key.kind) {
    case 'rsa':
      return { E: integerOf(key.exponent), N: integerOf(key.modulus) };
    case 'ec':
      return { Curve: {}, X: integerOf(key.x), Y: integerOf(key.y) };
    case 'ed25519':
      return base64(key.bytes);
    case 'other':
      return null;
  }
}

function namesJson({ names }: Extensions): PlainObject {
  return {
    DNSNames: listOf(names?.dns),
    EmailAddresses: listOf(names?.emails),
    IPAddresses: listOf(names?.ips.map(({ words }) => formatAddress(words))),
    URIs: listOf(names?.uris.map(({ url }) => urlJson(url))),
  };
}

function constraintsJson({ permitted, excluded, constraintsCritical }: Extensions): PlainObject {
  return {
    ExcludedDNSDomains: listOf(excluded?.dns),
    ExcludedEmailAddresses: listOf(excluded?.emails),
    ExcludedIPRanges: rangesJson(excluded),
    ExcludedURIDomains: listOf(excluded?.uris),
    PermittedDNSDomains: listOf(permitted?.dns),
    PermittedDNSDomainsCritical: constraintsCritical,
    PermittedEmailAddresses: listOf(permitted?.emails),
    PermittedIPRanges: rangesJson(permitted),
    PermittedURIDomains: listOf(permitted?.uris),
  };
}

function rangesJson(constraints: NameConstraints | undefined): RegoValue {
  return listOf(constraints?.ips.map(({ words, mask }) => ({ IP: formatAddress(words), Mask: base64(mask) })));
}

function policiesJson(says: Extensions): PlainObject {
  const named = (id: readonly number[]): string => id.join('.');
  return {
    InhibitAnyPolicy: says.inhibitAnyPolicy ?? 0,
    InhibitAnyPolicyZero: says.inhibitAnyPolicy === 0,
    InhibitPolicyMapping: says.inhibitPolicyMapping ?? 0,
    InhibitPolicyMappingZero: says.inhibitPolicyMapping === 0,
    Policies: listOf(says.policies?.map(named)),
    PolicyIdentifiers: says.policies ?? null,
    PolicyMappings: listOf(
      says.policyMappings.map(([issuer, subject]) => ({
        IssuerDomainPolicy: named(issuer),
        SubjectDomainPolicy: named(subject),
      })),
    ),
    RequireExplicitPolicy: says.requireExplicitPolicy ?? 0,
    RequireExplicitPolicyZero: says.requireExplicitPolicy === 0,
  };
}

function extensionJson({ id, critical, value }: Extension): RegoValue {
  return { Critical: critical, Id: id, Value: base64(value) };
}

/** Attributes whose values are sets of sequences of types and values, which is what extension requests are. */
function attributeJson({ id, values }: RequestAttribute): readonly RegoValue[] {
  const fault = new Fault();
  const set = new DerReader(values, fault, 'attribute');
  const sequences: RegoValue[] = [];
  while (!set.isEmpty) {
    const sequence = set.enter(TAG.sequence);
    const pairs: RegoValue[] = [];
    while (!sequence.isEmpty) {
      const pair = sequence.enter(TAG.sequence);
      const type = pair.oid();
      const value = pair.tag === TAG.boolean ? pair.boolean() : base64(pair.read(TAG.octetString));
      pairs.push({ Type: type, Value: value });
    }
    sequences.push(pairs);
  }
  return fault.message === undefined ? [{ Type: id, Value: sequences }] : [];
}

const DATE = parseLayout(RFC3339);

function dateJson(seconds: number): string {
  return formatTime({ ...zonedTime(UTC, seconds, 0), ...civilTimeOf(seconds) }, DATE);
}

function urlJson(url: GoUrl): RegoValue {
  return {
    ForceQuery: url.forceQuery,
    Fragment: url.fragment,
    Host: url.host,
    OmitHost: false,
    Opaque: url.opaque,
    Path: url.path,
    RawFragment: isDefaultEscape(url.fragment, url.rawFragment) ? '' : url.rawFragment,
    RawPath: isDefaultEscape(url.path, url.rawPath) ? '' : url.rawPath,
    RawQuery: url.query,
    Scheme: url.scheme,
    User: url.hasUser ? {} : null,
  };
}

/** The attributes that have a field of their own (RFC 4519), by the last number of `2.5.4.n`. */
const LISTS: ReadonlyMap<string, string> = new Map([
  ['2.5.4.6', 'Country'],
  ['2.5.4.7', 'Locality'],
  ['2.5.4.8', 'Province'],
  ['2.5.4.9', 'StreetAddress'],
  ['2.5.4.10', 'Organization'],
  ['2.5.4.11', 'OrganizationalUnit'],
  ['2.5.4.17', 'PostalCode'],
]);

function nameJson(attributes: readonly NameAttribute[]): RegoValue {
  const valuesOf = (wanted: string): readonly string[] =>
    attributes.filter(({ type }) => type.join('.') === wanted).map(({ value }) => value);
  const lists = Array.from(LISTS, ([id, field]) => [field, listOf(valuesOf(id))] as const);
  return {
    ...Object.fromEntries(lists),
    CommonName: valuesOf('2.5.4.3').at(-1) ?? '',
    ExtraNames: null,
    Names: listOf(attributes.map(({ type, value }) => ({ Type: type, Value: value }))),
    SerialNumber: valuesOf('2.5.4.5').at(-1) ?? '',
  };
}
