import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { plainIp, traceIdOf } from './questions.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = 'b7ad6b7169203331';

test('the trace id of a well-formed traceparent is taken, of any version but ff', () => {
  assert.equal(traceIdOf(`00-${TRACE}-${PARENT}-01`), TRACE);
  assert.equal(traceIdOf(`cc-${TRACE}-${PARENT}-01-what the future brings`), TRACE);
  const bad = [
    undefined,
    '',
    `ff-${TRACE}-${PARENT}-01`,
    `00-${TRACE}-${PARENT}-01-more`,
    `00-${TRACE}-${PARENT}`,
    `00-${TRACE.toUpperCase()}-${PARENT}-01`,
    `00-${'0'.repeat(32)}-${PARENT}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    ` 00-${TRACE}-${PARENT}-01`,
  ];
  for (const traceparent of bad) assert.equal(traceIdOf(traceparent), undefined, traceparent);
});

test('whatever the text, a trace id is 32 hex digits or there is none', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const traceId = traceIdOf(text);
      assert.ok(traceId === undefined || /^[0-9a-f]{32}$/u.test(traceId));
    }),
  );
});

test('an IPv4 address is spelled as one on a socket that takes IPv6 too', () => {
  assert.equal(plainIp('::ffff:10.0.0.1'), '10.0.0.1');
  assert.equal(plainIp('::1'), '::1');
  assert.equal(plainIp(undefined), '');
});
