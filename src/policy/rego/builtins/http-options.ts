/** What `http.send` is told to do: its object read, or refused in OPA's words. */
import { entriesOf, getOfObject } from '../values/access.ts';
import { formatJson } from '../values/json.ts';
import { bigIntegerOf } from '../values/number.ts';
import { quote, toText } from '../values/text.ts';
import { isArray, isNumber, isObject, typeOf, type RegoObject, type RegoValue } from '../values/value.ts';
import { BuiltinError } from './builtin.ts';
import { parseDuration } from './duration.ts';
import type { HttpRequest, TlsOptions } from './network-question.ts';
import { operandError } from './operand-error.ts';

/** Files and environment are the host's: a policy that names one could have its secrets sent away. */
const OF_THE_HOST: ReadonlySet<RegoValue> = new Set([
  'tls_ca_cert_env_variable',
  'tls_ca_cert_file',
  'tls_client_cert_env_variable',
  'tls_client_cert_file',
  'tls_client_key_env_variable',
  'tls_client_key_file',
]);

/** Of an object that has what a request needs, and nothing else (`requestOperand`). */
export function httpRequestOf(object: RegoObject): HttpRequest | BuiltinError {
  const reader = new OptionReader(object);
  const request = readRequest(reader);
  return reader.problem ?? request;
}

/** Whether an error is undefined (or ends the evaluation), as is usual; else it is an answer. */
export function raisesError(object: RegoObject): boolean | BuiltinError {
  const value = getOfObject(object, 'raise_error');
  if (value === undefined) return true;
  return typeof value === 'boolean' ? value : new BuiltinError('invalid value for raise_error field');
}

/** The request without what does not make it another one; requests with one key have one answer. */
export function requestKey(object: RegoObject): string | BuiltinError {
  const ignored = getOfObject(object, 'cache_ignored_headers');
  const headers = getOfObject(object, 'headers');
  if (ignored === undefined || headers === undefined || !isObject(headers)) return toText(object);
  if (!isArray(ignored) || !ignored.every((name) => typeof name === 'string')) {
    return new BuiltinError('cache_ignored_headers must be an array of strings');
  }
  const rest = entriesOf(object).filter(([name]) => name !== 'headers' && name !== 'cache_ignored_headers');
  const kept = entriesOf(headers).filter(([name]) => !(ignored as readonly RegoValue[]).includes(name));
  return `${rest.map((entry) => toText(entry)).join()} ${kept.map((entry) => toText(entry)).join()}`;
}

function readRequest(reader: OptionReader): HttpRequest {
  for (const name of reader.names()) {
    if (OF_THE_HOST.has(name)) {
      reader.refuse(`${toText(name)} cannot be had: a policy does not read the files and variables of its host`);
    }
  }
  if (reader.flag('force_cache') && reader.value('force_cache_duration_seconds') === undefined) {
    reader.refuse("'force_cache' set but 'force_cache_duration_seconds' parameter is missing");
  }
  reader.flag('cache');
  return {
    method: (reader.text('method') ?? '').toUpperCase() || 'GET',
    url: reader.text('url') ?? '',
    headers: headersOf(reader),
    body: reader.text('raw_body') ?? jsonOf(reader.value('body')),
    followsRedirects: reader.parsedFlag('enable_redirect'),
    decodeAs: reader.flag('force_json_decode') ? 'json' : reader.flag('force_yaml_decode') ? 'yaml' : undefined,
    timeoutMilliseconds: timeoutOf(reader),
    maxRetries: retriesOf(reader),
    tls: tlsOf(reader),
  };
}

function tlsOf(reader: OptionReader): TlsOptions {
  const authorities = reader.text('tls_ca_cert');
  const certificate = reader.text('tls_client_cert');
  const key = reader.text('tls_client_key');
  const serverName = reader.text('tls_server_name');
  return {
    ...(authorities === undefined ? {} : { certificateAuthorities: authorities.replaceAll('\\n', '\n') }),
    // One without the other is as none.
    ...(certificate === undefined || key === undefined ? {} : { certificate, key }),
    ...(serverName === undefined ? {} : { serverName }),
    useSystemCertificates: reader.parsedFlag('tls_use_system_certs'),
    skipVerification: reader.parsedFlag('tls_insecure_skip_verify'),
  };
}

function jsonOf(value: RegoValue | undefined): string | undefined {
  return value === undefined ? undefined : formatJson(value);
}

function headersOf(reader: OptionReader): HttpRequest['headers'] {
  const value = reader.value('headers');
  if (value === undefined) return [];
  if (!isObject(value)) {
    reader.refuse('invalid type for headers key');
    return [];
  }
  const headers = new Map<string, string>();
  for (const [name, text] of entriesOf(value)) {
    if (typeof text !== 'string') reader.refuse(`invalid type for headers value ${quote(toText(text))}`);
    else headers.set((typeof name === 'string' ? name : formatJson(name)).toLowerCase(), text);
  }
  return [...headers];
}

const NANOSECONDS_PER_MILLISECOND = 1e6;

function timeoutOf(reader: OptionReader): number | undefined {
  const value = reader.value('timeout');
  if (value === undefined) return undefined;
  if (isNumber(value)) {
    const nanoseconds = bigIntegerOf(value);
    if (nanoseconds !== undefined) return Number(nanoseconds) / NANOSECONDS_PER_MILLISECOND;
    reader.refuse(`invalid timeout number value ${toText(value)}, must be int64`);
  } else if (typeof value === 'string') {
    if (/^[+-]?\d+$/u.test(value)) return Number(value) / NANOSECONDS_PER_MILLISECOND;
    const duration = parseDuration(value);
    if (duration.ok) return Number(duration.value) / NANOSECONDS_PER_MILLISECOND;
    reader.refuse(`invalid timeout value ${toText(value)}: ${duration.problem}`);
  } else {
    reader.problem ??= operandError(1, `'timeout' must be one of {string, number} but got ${typeOf(value)}`);
  }
  return undefined;
}

function retriesOf(reader: OptionReader): number {
  const value = reader.value('max_retry_attempts');
  if (value === undefined) return 0;
  const retries = isNumber(value) ? bigIntegerOf(value) : undefined;
  if (retries !== undefined && retries >= 0n) return Number(retries);
  reader.refuse(`invalid value ${toText(value)} for field "max_retry_attempts"`);
  return 0;
}

/** Reads options by name; the first that is refused stays. */
class OptionReader {
  problem: BuiltinError | undefined;
  readonly #object: RegoObject;

  constructor(object: RegoObject) {
    this.#object = object;
  }

  refuse(message: string): void {
    this.problem ??= new BuiltinError(message);
  }

  names(): readonly RegoValue[] {
    return entriesOf(this.#object).map(([name]) => name);
  }

  value(name: string): RegoValue | undefined {
    return getOfObject(this.#object, name);
  }

  /** Quotes around a text are no part of it. */
  text(name: string): string | undefined {
    const value = this.value(name);
    if (value === undefined || typeof value === 'string') return value?.replace(/^"+/, '').replace(/"+$/, '');
    this.refuse(`${toText(name)} must be a string`);
    return undefined;
  }

  flag(name: string): boolean {
    const value = this.value(name) ?? false;
    if (typeof value === 'boolean') return value;
    this.refuse(`invalid value for ${toText(name)} field`);
    return false;
  }

  /** Where OPA takes 1 and 0 as well. */
  parsedFlag(name: string): boolean {
    const value = this.value(name);
    if (value === undefined) return false;
    if (typeof value === 'boolean') return value;
    if (value === 0 || value === 1) return value === 1;
    this.refuse(`strconv.ParseBool: parsing ${toText(toText(value))}: invalid syntax`);
    return false;
  }
}
