/** No host is asked. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { textOfCall } from '../testing/call-builtin.ts';
import type { RegoValue } from '../values/value.ts';
import { HTTP_BUILTINS } from './http.ts';

test('every request is refused, with what is wrong with it or with its host', () => {
  const send = (request: RegoValue): string => textOfCall(HTTP_BUILTINS, 'http.send', [request]);
  const url = 'https://user@example.com:8443/a?b';
  assert.equal(send({ method: 'get', url }), 'eval_builtin_error: disallowed host: example.com');
  assert.equal(send({ url }), 'eval_type_error: operand 1 missing required request parameters(s): {"method"}');
  assert.equal(send('x'), 'eval_type_error: operand 1 must be object but got string');
});
