/** `crypto.x509.*` and `crypto.parse_private_keys`: certificates, requests and keys. Signatures go through node:crypto. */
import { err, ok, type Result } from '../../../kernel/result.ts';
import { getOfObject, listOf as elementsOf } from '../values/access.ts';
import { sortedKeys } from '../values/compare.ts';
import { bigIntegerOf } from '../values/number.ts';
import { isNumber, isObject, type RegoObject, type RegoValue } from '../values/value.ts';
import { decodeBase64, encodeBase64 } from './base64.ts';
import { BuiltinError, type Builtin, type BuiltinContext, type BuiltinOutcome } from './builtin.ts';
import { equalBytes } from './der.ts';
import { createPublicKey } from './node-crypto.ts';
import { operandTypeError } from './operand-error.ts';
import { decodePem } from './pem.ts';
import { goKeyJson, parsePrivateKey, parsePrivateKeys } from './private-keys.ts';
import type { RegoType } from './rego-type.ts';
import { parseCertificateRequest, parseCertificates, type Certificate } from './x509-certificate.ts';
import { certificateJson, requestJson } from './x509-json.ts';
import { ANY_KEY_USAGE, keyOf, SERVER_AUTH, verifyChain, type VerifyOptions } from './x509-verify.ts';

const DECODER = new TextDecoder();
const BEGIN = '-----BEGIN';

/** PEM, or PEM or DER in base 64: the content of all certificates one after another. */
function certificatesOf(text: string): Result<readonly Certificate[], string> {
  const bytes = text.startsWith(BEGIN) ? undefined : decodeBase64(text, 'standard');
  if (typeof bytes === 'string') return err(bytes);
  const pem = bytes === undefined ? text : DECODER.decode(bytes);
  if (!pem.startsWith(BEGIN)) return parseCertificates(bytes ?? new Uint8Array());
  const parts: number[] = [];
  for (let block = decodePem(pem); block !== undefined; block = decodePem(block.rest)) {
    if (block.label !== 'CERTIFICATE') return err(`PEM block type is '${block.label}', expected CERTIFICATE`);
    for (const byte of block.bytes) parts.push(byte);
  }
  return parseCertificates(Uint8Array.from(parts));
}

function parse(_: BuiltinContext, a: RegoValue): BuiltinOutcome {
  if (typeof a !== 'string') return operandTypeError(1, a, 'string');
  const certificates = certificatesOf(a);
  if (!certificates.ok) return new BuiltinError(certificates.problem);
  return certificates.value.map((certificate) => certificateJson(certificate, true));
}

const NOT_VERIFIED: RegoValue = [false, []];

function verified(text: string, options: VerifyOptions, withUriStrings: boolean): RegoValue {
  const certificates = certificatesOf(text);
  const chain = certificates.ok ? verifyChain(certificates.value, options) : undefined;
  if (chain === undefined) return NOT_VERIFIED;
  return [true, chain.map((certificate) => certificateJson(certificate, withUriStrings))];
}

/** In seconds; certificates know no smaller parts of them. */
function nowOf(context: BuiltinContext): number {
  return Number(context.nowNanoseconds()) / 1e9;
}

function parseAndVerify(context: BuiltinContext, a: RegoValue): BuiltinOutcome {
  if (typeof a !== 'string') return operandTypeError(1, a, 'string');
  return verified(a, { dnsName: '', timeSeconds: nowOf(context), keyUsages: [SERVER_AUTH] }, true);
}

function parseAndVerifyWithOptions(context: BuiltinContext, a: RegoValue, b: RegoValue): BuiltinOutcome {
  if (typeof a !== 'string') return operandTypeError(1, a, 'string');
  if (!isObject(b)) return operandTypeError(2, b, 'object');
  if (!certificatesOf(a).ok) return NOT_VERIFIED;
  const options = optionsOf(b, nowOf(context));
  return options.ok ? verified(a, options.value, false) : new BuiltinError(options.problem);
}

const KEY_USAGES: ReadonlyMap<string, number> = new Map(
  [
    'Any',
    'ServerAuth',
    'ClientAuth',
    'CodeSigning',
    'EmailProtection',
    'IPSECEndSystem',
    'IPSECTunnel',
    'IPSECUser',
    'TimeStamping',
    'OCSPSigning',
    'MicrosoftServerGatedCrypto',
    'NetscapeServerGatedCrypto',
    'MicrosoftCommercialCodeSigning',
    'MicrosoftKernelCodeSigning',
  ].map((name, index) => [`KeyUsage${name}`, ANY_KEY_USAGE + index] as const),
);

function optionsOf(object: RegoObject, now: number): Result<VerifyOptions, string> {
  let options: VerifyOptions = { dnsName: '', timeSeconds: now, keyUsages: [SERVER_AUTH] };
  for (const key of sortedKeys(object)) {
    if (typeof key !== 'string') continue;
    const value = getOfObject(object, key) as RegoValue;
    const read = readOption(options, key, value);
    if (!read.ok) return read;
    options = read.value;
  }
  return ok(options);
}

function readOption(options: VerifyOptions, key: string, value: RegoValue): Result<VerifyOptions, string> {
  switch (key) {
    case 'DNSName':
      if (typeof value !== 'string') return err("'DNSName' should be a string");
      return ok({ ...options, dnsName: value.replaceAll(/^"+|"+$/gu, '') });
    case 'CurrentTime': {
      if (!isNumber(value)) return err("'CurrentTime' should be a number");
      const nanoseconds = bigIntegerOf(value);
      if (nanoseconds === undefined) return err("'CurrentTime' should be a valid int64 number");
      return ok({ ...options, timeSeconds: Number(nanoseconds) / 1e9 });
    }
    // Bounds the work of one comparison in Go; here the number of names bounds it.
    case 'MaxConstraintComparisons':
      if (!isNumber(value)) return err("'MaxConstraintComparisons' should be a number");
      if (bigIntegerOf(value) === undefined) return err("'MaxConstraintComparisons' should be a valid number");
      return ok(options);
    case 'KeyUsages':
      return readKeyUsages(options, value);
    default:
      return err('invalid key option');
  }
}

function readKeyUsages(options: VerifyOptions, value: RegoValue): Result<VerifyOptions, string> {
  const elements = elementsOf(value);
  if (elements === undefined) return err("'KeyUsages' should be an Array or Set");
  const names = elements
    .filter((element) => typeof element === 'string')
    .map((name) => name.replaceAll(/^"+|"+$/gu, ''));
  const invalid = names.filter((name) => !KEY_USAGES.has(name));
  if (invalid.length > 0) return err(`invalid entries for 'KeyUsages' found: [${invalid.join(' ')}]`);
  const keyUsages = names.map((name) => KEY_USAGES.get(name) ?? SERVER_AUTH);
  return ok(keyUsages.length === 0 ? options : { ...options, keyUsages });
}

function parseRequest(_: BuiltinContext, a: RegoValue): BuiltinOutcome {
  if (typeof a !== 'string') return operandTypeError(1, a, 'string');
  const isPem = a.startsWith('-----BEGIN CERTIFICATE REQUEST-----');
  const bytes = isPem ? new TextEncoder().encode(a) : decodeBase64(a, 'standard');
  if (typeof bytes === 'string') return new BuiltinError(bytes);
  const block = decodePem(DECODER.decode(bytes));
  if (block !== undefined && block.label !== 'CERTIFICATE REQUEST') {
    return new BuiltinError('invalid PEM-encoded certificate signing request');
  }
  const request = parseCertificateRequest(block?.bytes ?? bytes);
  return request.ok ? requestJson(request.value) : new BuiltinError(request.problem);
}

/** PEM as it is; else PEM or DER in base 64, DER as one block of the label. */
function blocksOf(text: string, label: string): Result<readonly { label: string; bytes: Uint8Array }[], string> {
  const bytes = text.startsWith('-----BEGIN ') ? undefined : decodeBase64(text, 'standard');
  if (typeof bytes === 'string') return err(bytes);
  const pem = bytes === undefined ? text : DECODER.decode(bytes);
  if (bytes !== undefined && !pem.startsWith('-----BEGIN ')) return ok([{ label, bytes }]);
  const blocks = [];
  for (let block = decodePem(pem); block !== undefined; block = decodePem(block.rest)) blocks.push(block);
  return ok(blocks);
}

function parseKeyPair(_: BuiltinContext, a: RegoValue, b: RegoValue): BuiltinOutcome {
  if (typeof a !== 'string') return operandTypeError(1, a, 'string');
  if (typeof b !== 'string') return operandTypeError(1, b, 'string');
  const [certificateBlocks, keyBlocks] = [blocksOf(a, 'CERTIFICATE'), blocksOf(b, 'PRIVATE KEY')];
  if (!certificateBlocks.ok) return new BuiltinError(certificateBlocks.problem);
  if (!keyBlocks.ok) return new BuiltinError(keyBlocks.problem);
  const raw = certificateBlocks.value.filter(({ label }) => label === 'CERTIFICATE').map(({ bytes }) => bytes);
  const keyBlock = keyBlocks.value.find(({ label }) => /(?:^| )PRIVATE KEY$/u.test(label));
  if (raw[0] === undefined) return new BuiltinError('tls: failed to find any PEM data in certificate input');
  if (keyBlock === undefined) return new BuiltinError('tls: failed to find any PEM data in key input');
  const leaf = parseCertificates(raw[0]);
  if (!leaf.ok) return new BuiltinError(leaf.problem);
  const [certificate] = leaf.value;
  const key = parsePrivateKey(keyBlock.bytes, ['pkcs1', 'pkcs8', 'sec1']);
  if (key === undefined) return new BuiltinError('tls: failed to parse private key');
  const publicKey = certificate === undefined ? undefined : keyOf(certificate);
  const ofKey = createPublicKey(key.object).export({ format: 'der', type: 'spki' });
  if (certificate === undefined || publicKey === undefined)
    return new BuiltinError('tls: unknown public key algorithm');
  if (!equalBytes(publicKey.export({ format: 'der', type: 'spki' }), ofKey)) {
    return new BuiltinError('tls: private key does not match public key');
  }
  return {
    Certificate: raw.map((bytes) => encodeBase64(bytes, 'standard')),
    Leaf: certificateJson(certificate, false),
    OCSPStaple: null,
    PrivateKey: goKeyJson(key),
    SignedCertificateTimestamps: null,
    SupportedSignatureAlgorithms: null,
  };
}

/** Of the first key; null when there is none. */
function parseRsaPrivateKey(_: BuiltinContext, a: RegoValue): BuiltinOutcome {
  if (typeof a !== 'string') return operandTypeError(1, a, 'string');
  if (a === '') return new BuiltinError('input PEM data was empty');
  const decoded = a.startsWith(BEGIN) ? undefined : decodeBase64(a, 'standard');
  if (typeof decoded === 'string') return new BuiltinError(decoded);
  const keys = parsePrivateKeys(decoded === undefined ? a : DECODER.decode(decoded));
  if (!keys.ok) return new BuiltinError(keys.problem);
  return keys.value[0] === undefined ? null : (keys.value[0].jwk as RegoValue);
}

function parseKeys(_: BuiltinContext, a: RegoValue): BuiltinOutcome {
  if (typeof a !== 'string') return operandTypeError(1, a, 'string');
  if (a === '') return null;
  const keys = parsePrivateKeys(a);
  return keys.ok ? keys.value.map(goKeyJson) : new BuiltinError(keys.problem);
}

const NAMED: RegoType = { object: { keys: 'string', values: 'any' } };
const VERIFIED: RegoType = { tuple: ['boolean', { array: NAMED }] };

export const X509_BUILTINS: readonly Builtin[] = [
  { name: 'crypto.x509.parse_certificates', parameters: ['string'], result: { array: NAMED }, call: parse },
  {
    name: 'crypto.x509.parse_and_verify_certificates',
    parameters: ['string'],
    result: VERIFIED,
    call: parseAndVerify,
  },
  {
    name: 'crypto.x509.parse_and_verify_certificates_with_options',
    parameters: ['string', NAMED],
    result: VERIFIED,
    call: parseAndVerifyWithOptions,
  },
  { name: 'crypto.x509.parse_certificate_request', parameters: ['string'], result: NAMED, call: parseRequest },
  { name: 'crypto.x509.parse_keypair', parameters: ['string', 'string'], result: NAMED, call: parseKeyPair },
  { name: 'crypto.x509.parse_rsa_private_key', parameters: ['string'], result: NAMED, call: parseRsaPrivateKey },
  { name: 'crypto.parse_private_keys', parameters: ['string'], result: { array: NAMED }, call: parseKeys },
];
