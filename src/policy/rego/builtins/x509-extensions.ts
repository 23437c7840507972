/** The extensions of certificates that a verifier must understand (RFC 5280 §4.2). */
import { contextTag, DerReader, latinText, TAG, type Fault } from './der.ts';
import { parseUrl, type GoUrl } from './go-url.ts';
import { maskWords, parseIp, type IpBlock } from './net-address.ts';

export type Extension = { readonly id: readonly number[]; readonly critical: boolean; readonly value: Uint8Array };

export type Uri = { readonly text: string; readonly url: GoUrl };

export type GeneralNames = {
  readonly dns: readonly string[];
  readonly emails: readonly string[];
  readonly ips: readonly IpBlock[];
  readonly uris: readonly Uri[];
};

/** Ranges and domains in the place of addresses and URIs; `masks` are those of the ranges, as they are written. */
export type NameConstraints = {
  readonly dns: readonly string[];
  readonly emails: readonly string[];
  readonly ips: readonly (IpBlock & { readonly mask: Uint8Array })[];
  readonly uris: readonly string[];
};

/** Filled in extension by extension; lists stay undefined where nothing names them. */
export type Extensions = {
  keyUsage: number;
  isCa: boolean;
  hasBasicConstraints: boolean;
  /** -1: none. */
  maxPathLength: number;
  names: GeneralNames | undefined;
  permitted: NameConstraints | undefined;
  excluded: NameConstraints | undefined;
  constraintsCritical: boolean;
  extendedKeyUsages: readonly number[];
  unknownKeyUsages: readonly (readonly number[])[];
  subjectKeyId: Uint8Array | undefined;
  authorityKeyId: Uint8Array | undefined;
  ocspServers: readonly string[];
  issuerUrls: readonly string[];
  crlUrls: readonly string[];
  policies: readonly (readonly number[])[] | undefined;
  policyMappings: readonly (readonly [readonly number[], readonly number[]])[];
  /** Certificates that may follow without; undefined: no bound. */
  requireExplicitPolicy: number | undefined;
  inhibitPolicyMapping: number | undefined;
  inhibitAnyPolicy: number | undefined;
  unhandled: readonly (readonly number[])[];
};

function noExtensions(): Extensions {
  return {
    keyUsage: 0,
    isCa: false,
    hasBasicConstraints: false,
    maxPathLength: 0,
    names: undefined,
    permitted: undefined,
    excluded: undefined,
    constraintsCritical: false,
    extendedKeyUsages: [],
    unknownKeyUsages: [],
    subjectKeyId: undefined,
    authorityKeyId: undefined,
    ocspServers: [],
    issuerUrls: [],
    crlUrls: [],
    policies: undefined,
    policyMappings: [],
    requireExplicitPolicy: undefined,
    inhibitPolicyMapping: undefined,
    inhibitAnyPolicy: undefined,
    unhandled: [],
  };
}

/** The purposes that have a number in Go's `x509`, by their identifiers. */
const KEY_PURPOSES: ReadonlyMap<string, number> = new Map([
  ['2.5.29.37.0', 0],
  ['1.3.6.1.5.5.7.3.1', 1],
  ['1.3.6.1.5.5.7.3.2', 2],
  ['1.3.6.1.5.5.7.3.3', 3],
  ['1.3.6.1.5.5.7.3.4', 4],
  ['1.3.6.1.5.5.7.3.5', 5],
  ['1.3.6.1.5.5.7.3.6', 6],
  ['1.3.6.1.5.5.7.3.7', 7],
  ['1.3.6.1.5.5.7.3.8', 8],
  ['1.3.6.1.5.5.7.3.9', 9],
  ['1.3.6.1.4.1.311.10.3.3', 10],
  ['2.16.840.1.113730.4.1', 11],
  ['1.3.6.1.4.1.311.2.1.22', 12],
  ['1.3.6.1.4.1.311.61.1.1', 13],
]);

const DECODER = new TextDecoder('utf-8', { ignoreBOM: true });

type Reader = (into: Extensions, extension: Extension, fault: Fault) => boolean | void;

/** By their identifiers; a reader that gives false has not understood all of it. */
const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['2.5.29.14', readSubjectKeyId],
  ['2.5.29.15', readKeyUsage],
  ['2.5.29.17', readAlternativeNames],
  ['2.5.29.19', readBasicConstraints],
  ['2.5.29.30', readNameConstraints],
  ['2.5.29.31', readCrlUrls],
  ['2.5.29.32', readPolicies],
  ['2.5.29.33', readPolicyMappings],
  ['2.5.29.35', readAuthorityKeyId],
  ['2.5.29.36', readPolicyConstraints],
  ['2.5.29.37', readExtendedKeyUsages],
  ['2.5.29.54', readInhibitAnyPolicy],
  ['1.3.6.1.5.5.7.1.1', readAuthorityInfo],
]);

export function readExtensions(extensions: readonly Extension[], fault: Fault): Extensions {
  const into = noExtensions();
  const unhandled: (readonly number[])[] = [];
  for (const extension of extensions) {
    const read = READERS.get(extension.id.join('.'));
    const isHandled = read !== undefined && read(into, extension, fault) !== false;
    if (!isHandled && extension.critical) unhandled.push(extension.id);
  }
  return { ...into, unhandled };
}

function reader({ value }: Extension, fault: Fault, part: string): DerReader {
  return new DerReader(value, fault, `x509: invalid ${part}`);
}

function readSubjectKeyId(into: Extensions, extension: Extension, fault: Fault): void {
  if (extension.critical) fault.report('x509: subject key identifier incorrectly marked critical');
  into.subjectKeyId = reader(extension, fault, 'subject key identifier').read(TAG.octetString);
}

function readKeyUsage(into: Extensions, extension: Extension, fault: Fault): void {
  const { bytes } = reader(extension, fault, 'key usage').bitString();
  for (let bit = 0; bit < 9; bit += 1) {
    if ((((bytes[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1) === 1) into.keyUsage |= 1 << bit;
  }
}

function readBasicConstraints(into: Extensions, extension: Extension, fault: Fault): void {
  const sequence = reader(extension, fault, 'basic constraints').enter(TAG.sequence);
  into.hasBasicConstraints = true;
  into.isCa = sequence.tag === TAG.boolean && sequence.boolean();
  into.maxPathLength = sequence.tag === TAG.integer ? Number(sequence.integer()) : -1;
}

/** Names by their tags (§4.2.1.6): e-mail, DNS name, URI and IP address; all others are passed over. */
function readAlternativeNames(into: Extensions, extension: Extension, fault: Fault): boolean {
  const sequence = reader(extension, fault, 'subject alternative names').enter(TAG.sequence);
  into.names = readGeneralNames(sequence, fault);
  const { dns, emails, ips, uris } = into.names;
  return dns.length + emails.length + ips.length + uris.length > 0;
}

function readGeneralNames(sequence: DerReader, fault: Fault): GeneralNames {
  const names = { dns: [] as string[], emails: [] as string[], ips: [] as IpBlock[], uris: [] as Uri[] };
  while (!sequence.isEmpty) {
    const { tag, content } = sequence.readAny();
    if (tag === contextTag(1)) names.emails.push(asciiText(content, fault, 'x509: SAN rfc822Name is malformed'));
    if (tag === contextTag(2)) names.dns.push(asciiText(content, fault, 'x509: SAN dNSName is malformed'));
    if (tag === contextTag(6)) {
      const text = asciiText(content, fault, 'x509: SAN uniformResourceIdentifier is malformed');
      const url = parseUrl(text);
      if (!url.ok) fault.report(`x509: cannot parse URI "${text}": ${url.problem}`);
      else if (!isDomain(url.value.host, false)) fault.report(`x509: cannot parse URI "${text}": invalid domain`);
      else names.uris.push({ text, url: url.value });
    }
    if (tag === contextTag(7)) {
      const words = addressWords(content);
      if (words === undefined) fault.report(`x509: cannot parse IP address of length ${content.length}`);
      else names.ips.push({ words, prefix: 128 });
    }
  }
  return names;
}

function asciiText(bytes: Uint8Array, fault: Fault, complaint: string): string {
  if (bytes.some((byte) => byte >= 0x80)) fault.report(complaint);
  return latinText(bytes);
}

function addressWords(bytes: Uint8Array): IpBlock['words'] | undefined {
  if (bytes.length === 4) return parseIp(bytes.join('.'))?.words;
  if (bytes.length !== 16) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, 16);
  return [view.getUint32(0), view.getUint32(4), view.getUint32(8), view.getUint32(12)];
}

/** Printable labels; a constraint may begin with a dot, and an empty name is taken as well. */
export function isDomain(name: string, isConstraint: boolean): boolean {
  if (name === '') return true;
  const labels = isConstraint && name.startsWith('.') ? name.slice(1) : name;
  return /^[!-~]+$/u.test(name) && labels.split('.').every((label) => label !== '');
}

function readNameConstraints(into: Extensions, extension: Extension, fault: Fault): boolean {
  const whole = reader(extension, fault, 'NameConstraints extension');
  const sequence = whole.enter(TAG.sequence);
  const isHandled = { all: true };
  const constraints = [0, 1].map((number) =>
    sequence.tag === contextTag(number, true)
      ? readSubtrees(sequence.enter(contextTag(number, true)), fault, isHandled)
      : undefined,
  );
  const [permitted, excluded] = constraints;
  if (permitted === undefined && excluded === undefined) fault.report('x509: empty name constraints extension');
  if (!whole.isEmpty || !sequence.isEmpty) whole.fail();
  into.permitted = permitted;
  into.excluded = excluded;
  into.constraintsCritical = extension.critical;
  return isHandled.all;
}

function readSubtrees(subtrees: DerReader, fault: Fault, isHandled: { all: boolean }): NameConstraints {
  const dns: string[] = [];
  const emails: string[] = [];
  const ips: (IpBlock & { readonly mask: Uint8Array })[] = [];
  const uris: string[] = [];
  while (!subtrees.isEmpty) {
    const { tag, content } = subtrees.enter(TAG.sequence).readAny();
    if (tag === contextTag(7)) {
      const range = readRange(content);
      if (range === undefined) fault.report('x509: IP constraint contained invalid mask or length');
      else ips.push(range);
    } else if (tag === contextTag(1) || tag === contextTag(2) || tag === contextTag(6)) {
      const text = asciiText(content, fault, 'x509: invalid constraint value');
      const isMailbox = tag === contextTag(1) && text.includes('@');
      const isAddress = tag === contextTag(6) && parseIp(text) !== undefined;
      if (isAddress || (!isMailbox && !isDomain(text, true)))
        fault.report(`x509: failed to parse constraint "${text}"`);
      (tag === contextTag(1) ? emails : tag === contextTag(2) ? dns : uris).push(text);
    } else {
      isHandled.all = false;
    }
  }
  return { dns, emails, ips, uris };
}

function readRange(content: Uint8Array): (IpBlock & { readonly mask: Uint8Array }) | undefined {
  const half = content.length / 2;
  const mask = content.subarray(half);
  const words = half === 4 || half === 16 ? addressWords(content.subarray(0, half)) : undefined;
  const bits = Array.from(mask, (byte) => byte.toString(2).padStart(8, '0')).join('');
  if (words === undefined || !/^1*0*$/u.test(bits)) return undefined;
  const prefix = 128 - 8 * half + bits.replace(/0*$/u, '').length;
  return { words: maskWords(words, prefix), prefix, mask };
}

function readCrlUrls(into: Extensions, extension: Extension, fault: Fault): void {
  const points = reader(extension, fault, 'CRL distribution points').enter(TAG.sequence);
  const urls: string[] = [];
  while (!points.isEmpty) {
    const point = points.enter(TAG.sequence);
    if (point.tag !== contextTag(0, true)) continue;
    const names = point.enter(contextTag(0, true)).enter(contextTag(0, true));
    while (names.tag === contextTag(6)) urls.push(DECODER.decode(names.read(contextTag(6))));
  }
  into.crlUrls = urls;
}

function readPolicies(into: Extensions, extension: Extension, fault: Fault): void {
  const sequence = reader(extension, fault, 'certificate policies').enter(TAG.sequence);
  const policies: (readonly number[])[] = [];
  while (!sequence.isEmpty) policies.push(sequence.enter(TAG.sequence).oid());
  if (new Set(policies.map((policy) => policy.join('.'))).size < policies.length) {
    fault.report('x509: invalid certificate policies');
  }
  into.policies = policies;
}

function readPolicyMappings(into: Extensions, extension: Extension, fault: Fault): void {
  const sequence = reader(extension, fault, 'policy mappings extension').enter(TAG.sequence);
  const mappings: (readonly [readonly number[], readonly number[]])[] = [];
  while (!sequence.isEmpty) {
    const mapping = sequence.enter(TAG.sequence);
    mappings.push([mapping.oid(), mapping.oid()]);
  }
  into.policyMappings = mappings;
}

function readPolicyConstraints(into: Extensions, extension: Extension, fault: Fault): void {
  const sequence = reader(extension, fault, 'policy constraints extension').enter(TAG.sequence);
  if (sequence.tag === contextTag(0)) into.requireExplicitPolicy = Number(sequence.integer(contextTag(0)));
  if (sequence.tag === contextTag(1)) into.inhibitPolicyMapping = Number(sequence.integer(contextTag(1)));
}

function readInhibitAnyPolicy(into: Extensions, extension: Extension, fault: Fault): void {
  into.inhibitAnyPolicy = Number(reader(extension, fault, 'inhibit any policy extension').integer());
}

function readAuthorityKeyId(into: Extensions, extension: Extension, fault: Fault): void {
  if (extension.critical) fault.report('x509: authority key identifier incorrectly marked critical');
  const sequence = reader(extension, fault, 'authority key identifier').enter(TAG.sequence);
  into.authorityKeyId = sequence.readOptional(contextTag(0));
}

function readExtendedKeyUsages(into: Extensions, extension: Extension, fault: Fault): void {
  const sequence = reader(extension, fault, 'extended key usages').enter(TAG.sequence);
  const known: number[] = [];
  const unknown: (readonly number[])[] = [];
  while (!sequence.isEmpty) {
    const id = sequence.oid();
    const purpose = KEY_PURPOSES.get(id.join('.'));
    if (purpose === undefined) unknown.push(id);
    else known.push(purpose);
  }
  into.extendedKeyUsages = known;
  into.unknownKeyUsages = unknown;
}

function readAuthorityInfo(into: Extensions, extension: Extension, fault: Fault): void {
  if (extension.critical) fault.report('x509: authority info access incorrectly marked critical');
  const sequence = reader(extension, fault, 'authority info access').enter(TAG.sequence);
  const servers: string[] = [];
  const urls: string[] = [];
  while (!sequence.isEmpty) {
    const description = sequence.enter(TAG.sequence);
    const method = description.oid().join('.');
    const url = description.readOptional(contextTag(6));
    if (url === undefined) continue;
    if (method === '1.3.6.1.5.5.7.48.1') servers.push(DECODER.decode(url));
    if (method === '1.3.6.1.5.5.7.48.2') urls.push(DECODER.decode(url));
  }
  into.ocspServers = servers;
  into.issuerUrls = urls;
}
