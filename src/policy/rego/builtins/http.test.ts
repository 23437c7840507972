/** What is asked, and what a synchronous evaluation refuses; `network/` asks. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { textOfCall } from '../testing/call-builtin.ts';
import type { RegoValue } from '../values/value.ts';
import { HTTP_BUILTINS } from './http.ts';

test('every request is refused, with what is wrong with it or with its host', () => {
  const send = (request: RegoValue): string => textOfCall(HTTP_BUILTINS, 'http.send', [request]);
  const url = 'https://user@example.com:8443/a?b';
  assert.equal(
    send({ method: 'get', url }),
    'eval_builtin_error: disallowed host: example.com (network functions need an asynchronous evaluation whose `network` allows the host)',
  );
  assert.equal(send({ url }), 'eval_type_error: operand 1 missing required request parameters(s): {"method"}');
  assert.equal(send('x'), 'eval_type_error: operand 1 must be object but got string');
});

test('options are read before anything is asked, in the words of OPA', () => {
  const url = 'https://example.com/';
  const send = (options: { readonly [name: string]: RegoValue }): string =>
    textOfCall(HTTP_BUILTINS, 'http.send', [{ method: 'get', url, ...options }]);
  const wrong: readonly (readonly [RegoValue, string])[] = [
    [{ method: 1 }, '"method" must be a string'],
    [{ headers: [] }, 'invalid type for headers key'],
    [{ headers: { a: 1 } }, 'invalid type for headers value "1"'],
    [{ cache: 'yes' }, 'invalid value for "cache" field'],
    [{ force_cache: true }, "'force_cache' set but 'force_cache_duration_seconds' parameter is missing"],
    [{ enable_redirect: 'true' }, 'strconv.ParseBool: parsing "\\"true\\"": invalid syntax'],
    [
      { timeout: '5 minutes' },
      'invalid timeout value "5 minutes": time: unknown unit " minutes" in duration "5 minutes"',
    ],
    [{ max_retry_attempts: -1 }, 'invalid value -1 for field "max_retry_attempts"'],
    [{ raise_error: 1 }, 'invalid value for raise_error field'],
    [{ headers: { a: 'b' }, cache_ignored_headers: 'a' }, 'cache_ignored_headers must be an array of strings'],
    [
      { tls_ca_cert_file: '/etc/ca.pem' },
      '"tls_ca_cert_file" cannot be had: a policy does not read the files and variables of its host',
    ],
  ];
  for (const [options, message] of wrong) {
    assert.equal(send(options as { readonly [name: string]: RegoValue }), `eval_builtin_error: ${message}`);
  }
  assert.equal(
    send({ timeout: [] }),
    "eval_type_error: operand 1 'timeout' must be one of {string, number} but got array",
  );
  assert.equal(
    send({ raise_error: false, method: 1 }),
    '{"error": {"code": "eval_http_send_internal_error", "message": "eval_builtin_error: http.send: \\"method\\" must be a string"}, "status_code": 0}',
  );
});
