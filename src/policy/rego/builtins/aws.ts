/** `providers.aws.sign_req`: requests signed by AWS Signature Version 4. Uses node:crypto. */
import { entriesOf, getOfObject } from '../values/access.ts';
import { compareStrings } from '../values/code-points.ts';
import { formatJson } from '../values/json.ts';
import { bigIntegerOf } from '../values/number.ts';
import { makeObject } from '../values/rego-map.ts';
import { isNumber, isObject, type RegoObject, type RegoValue } from '../values/value.ts';
import { BuiltinError, type Builtin, type BuiltinContext, type BuiltinOutcome } from './builtin.ts';
import { namesIn, requestOperand, splitUrl, type UrlParts } from './http-request.ts';
import { createHash, createHmac } from './node-crypto.ts';
import { operandError, operandTypeError } from './operand-error.ts';
import { ANY_OBJECT, type RegoType } from './rego-type.ts';

type Credentials = {
  readonly service: string;
  readonly region: string;
  readonly accessKey: string;
  readonly secretKey: string;
  /** Empty: none, as for credentials that do not expire. */
  readonly sessionToken: string;
  readonly signsPayload: boolean;
};

const REQUIRED = ['aws_access_key', 'aws_region', 'aws_secret_access_key', 'aws_service'];

function stringAt(object: RegoObject, name: string): string {
  const value = getOfObject(object, name);
  return typeof value === 'string' ? value : '';
}

function credentialsOf(value: RegoValue): Credentials | BuiltinError {
  if (!isObject(value)) return operandTypeError(1, value, 'object');
  const missing = REQUIRED.filter((name) => getOfObject(value, name) === undefined);
  if (missing.length > 0) return operandError(2, `missing required AWS config parameters(s): ${namesIn(missing)}`);
  const invalid = REQUIRED.filter((name) => typeof getOfObject(value, name) !== 'string');
  if (invalid.length > 0) {
    return operandError(2, `invalid values for required AWS config parameters(s): ${namesIn(invalid)}`);
  }
  return {
    service: stringAt(value, 'aws_service'),
    region: stringAt(value, 'aws_region'),
    accessKey: stringAt(value, 'aws_access_key'),
    secretKey: stringAt(value, 'aws_secret_access_key'),
    sessionToken: stringAt(value, 'aws_session_token'),
    signsPayload: getOfObject(value, 'disable_payload_signing') !== true,
  };
}

/** `20151228T140825Z`; undefined for a time that no signature can have. */
function timestampOf(value: RegoValue): string | undefined {
  const integer = isNumber(value) ? bigIntegerOf(value) : undefined;
  if (integer === undefined || integer < 0n || integer >= 2n ** 63n) return undefined;
  const text = new Date(Number(integer / 1_000_000n)).toISOString();
  return text.replaceAll(/[-:]|\.\d+/gu, '');
}

function signRequest(_: BuiltinContext, a: RegoValue, b: RegoValue, c: RegoValue): BuiltinOutcome {
  if (!isObject(a)) return operandTypeError(1, a, 'object');
  const credentials = credentialsOf(b);
  if (credentials instanceof BuiltinError) return credentials;
  if (!isNumber(c)) return operandTypeError(1, c, 'number');
  const timestamp = timestampOf(c);
  if (timestamp === undefined) return operandError(3, 'could not convert time_ns value into a unix timestamp');
  const request = requestOperand(a, 1);
  if (request instanceof BuiltinError) return request;
  const headers = getOfObject(request, 'headers') ?? {};
  if (!isObject(headers)) return operandTypeError(0, headers, 'object');
  const invalid = ['method', 'url'].filter((name) => typeof getOfObject(request, name) !== 'string');
  if (invalid.length > 0) {
    return operandError(1, `invalid values for required request parameters(s): ${namesIn(invalid)}`);
  }
  const signing = isObject(b) ? getOfObject(b, 'disable_payload_signing') : undefined;
  if (signing !== undefined && typeof signing !== 'boolean') {
    return operandError(2, "invalid value for 'disable_payload_signing' in AWS config");
  }
  const url = splitUrl(stringAt(request, 'url'));
  if (url instanceof BuiltinError) return url;
  const texts = entriesOf(headers).map(([name, value]) => [textOf(name), textOf(value)] as const);
  const signed = makeObject([...texts, ...signatureHeaders(request, url, texts, credentials, timestamp)]);
  return makeObject([...entriesOf(request), ['headers', signed]]);
}

function textOf(value: RegoValue): string {
  return typeof value === 'string' ? value : '';
}

type Header = readonly [string, string];

/** Proxies change these on their way, or they are the signature itself. */
const UNSIGNED_HEADERS: ReadonlySet<string> = new Set(['authorization', 'user-agent', 'x-amzn-trace-id']);

function signatureHeaders(
  request: RegoObject,
  { host, path, query }: UrlParts,
  headers: readonly Header[],
  credentials: Credentials,
  timestamp: string,
): readonly Header[] {
  const contentHash = credentials.signsPayload ? sha256(bodyOf(request)) : 'UNSIGNED-PAYLOAD';
  const added: Header[] = [
    ['host', host],
    ['x-amz-date', timestamp],
  ];
  if (credentials.service === 's3' || credentials.service === 'glacier') {
    added.push(['x-amz-content-sha256', contentHash]);
  }
  if (credentials.sessionToken !== '') added.push(['x-amz-security-token', credentials.sessionToken]);
  const all = new Map(added);
  for (const [name, value] of headers) {
    if (!UNSIGNED_HEADERS.has(name.toLowerCase())) all.set(name.toLowerCase(), value);
  }
  const sorted = [...all].sort(([a], [b]) => compareStrings(a, b));
  const names = sorted.map(([name]) => name).join(';');
  const lines = sorted.map(([name, value]) => `${name}:${value}\n`).join('');
  const canonical = [stringAt(request, 'method'), path, query, lines, names, contentHash].join('\n');
  const authorization = authorize(credentials, timestamp, names, canonical);
  return [['Authorization', authorization], ...added];
}

function bodyOf(request: RegoObject): string {
  const raw = getOfObject(request, 'raw_body');
  if (raw !== undefined) return textOf(raw);
  const body = getOfObject(request, 'body');
  return body === undefined ? '' : formatJson(body);
}

/** Steps 2 to 4 of the signing process: the text to sign, the key of the day, region and service, and the header. */
function authorize(credentials: Credentials, timestamp: string, names: string, canonical: string): string {
  const date = timestamp.slice(0, 8);
  const scope = `${date}/${credentials.region}/${credentials.service}/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', timestamp, scope, sha256(canonical)].join('\n');
  const parts = [date, credentials.region, credentials.service, 'aws4_request'];
  const key = parts.reduce<string | Buffer>((secret, part) => mac(secret, part), `AWS4${credentials.secretKey}`);
  const signature = mac(key, text).toString('hex');
  const credential = `Credential=${credentials.accessKey}/${scope}`;
  return `AWS4-HMAC-SHA256 ${credential},SignedHeaders=${names},Signature=${signature}`;
}

function mac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

const NAMED: RegoType = { object: { keys: 'string', values: 'any' } };

export const AWS_BUILTINS: readonly Builtin[] = [
  { name: 'providers.aws.sign_req', parameters: [NAMED, NAMED, 'number'], result: ANY_OBJECT, call: signRequest },
];
