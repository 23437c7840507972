/** The object that describes an HTTP request to `http.send` and to signers of requests. */
import { sortedKeys } from '../values/compare.ts';
import { makeSet } from '../values/rego-set.ts';
import { toText } from '../values/text.ts';
import { isObject, type RegoObject, type RegoValue } from '../values/value.ts';
import { BuiltinError } from './builtin.ts';
import { parseUrl, wirePath } from './go-url.ts';
import { operandError, operandTypeError } from './operand-error.ts';

const REQUIRED = ['method', 'url'];

const ALLOWED: ReadonlySet<RegoValue> = new Set([
  ...REQUIRED,
  'body',
  'cache',
  'cache_ignored_headers',
  'caching_mode',
  'enable_redirect',
  'force_cache',
  'force_cache_duration_seconds',
  'force_json_decode',
  'force_yaml_decode',
  'headers',
  'max_retry_attempts',
  'raise_error',
  'raw_body',
  'timeout',
  'tls_ca_cert',
  'tls_ca_cert_env_variable',
  'tls_ca_cert_file',
  'tls_client_cert',
  'tls_client_cert_env_variable',
  'tls_client_cert_file',
  'tls_client_key',
  'tls_client_key_env_variable',
  'tls_client_key_file',
  'tls_insecure_skip_verify',
  'tls_server_name',
  'tls_use_system_certs',
]);

/** The names among `values`, as OPA lists them in a message. */
export function namesIn(values: readonly RegoValue[]): string {
  return toText(makeSet(values));
}

/** An object that has what a request needs, and nothing that it cannot have. */
export function requestOperand(value: RegoValue, position: number): RegoObject | BuiltinError {
  if (!isObject(value)) return operandTypeError(position, value, 'object');
  const keys = sortedKeys(value);
  const invalid = keys.filter((key) => !ALLOWED.has(key));
  if (invalid.length > 0) return operandError(position, `invalid request parameters(s): ${namesIn(invalid)}`);
  const missing = REQUIRED.filter((key) => !keys.includes(key));
  if (missing.length > 0) return operandError(position, `missing required request parameters(s): ${namesIn(missing)}`);
  return value;
}

export type UrlParts = {
  /** With its port, if it names one. */
  readonly host: string;
  readonly path: string;
  /** Without `?`. */
  readonly query: string;
};

/** As they are written, as far as they can be. */
export function splitUrl(url: string): UrlParts | BuiltinError {
  const parts = parseUrl(url);
  if (!parts.ok) return new BuiltinError(parts.problem);
  return { host: parts.value.host, path: wirePath(parts.value), query: parts.value.query };
}
