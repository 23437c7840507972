import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { formatEndpointSocket, parseEndpointSocket } from './endpoint-socket.ts';

function codeOf(text: string): string {
  const result = parseEndpointSocket(text);
  return result.ok ? 'ok' : result.problem.code;
}

test('the two forms of the standard are read, and nothing else', () => {
  for (const [text, value] of [
    ['unix:///run/spire/agent.sock', { kind: 'unix', path: '/run/spire/agent.sock' }],
    ['unix:///a%20b', { kind: 'unix', path: '/a b' }],
    ['tcp://127.0.0.1:8000', { kind: 'tcp', address: '127.0.0.1', port: 8000 }],
    ['tcp://[::1]:8000', { kind: 'tcp', address: '::1', port: 8000 }],
  ] as const) {
    assert.deepEqual(parseEndpointSocket(text), { ok: true, value });
  }
  for (const [text, code] of [
    ['', 'endpoint/bad-scheme'],
    ['/run/agent.sock', 'endpoint/bad-scheme'],
    ['unix:/run/agent.sock', 'endpoint/bad-scheme'],
    ['http://127.0.0.1:8000', 'endpoint/bad-scheme'],
    ['unix://run/agent.sock', 'endpoint/bad-path'],
    ['unix://', 'endpoint/bad-path'],
    ['unix:///a?b=c', 'endpoint/bad-path'],
    ['unix:///a#b', 'endpoint/bad-path'],
    ['unix:///a%', 'endpoint/bad-path'],
    ['unix:///a%00b', 'endpoint/bad-path'],
    [`unix:///${'a'.repeat(107)}`, 'socket/path-too-long'],
    ['tcp://localhost:8000', 'endpoint/bad-address'],
    ['tcp://127.0.0.1', 'endpoint/bad-address'],
    ['tcp://127.0.0.1:0', 'endpoint/bad-address'],
    ['tcp://127.0.0.1:65536', 'endpoint/bad-address'],
    ['tcp://127.0.0.1:8000/', 'endpoint/bad-address'],
    ['tcp://user@127.0.0.1:8000', 'endpoint/bad-address'],
    ['tcp://[127.0.0.1]:8000', 'endpoint/bad-address'],
    ['tcp://::1:8000', 'endpoint/bad-address'],
  ] as const) {
    assert.equal(codeOf(text), code, text);
  }
});

test('a path of 107 bytes is the longest, counted in bytes', () => {
  assert.equal(codeOf(`unix:///${'a'.repeat(106)}`), 'ok');
  assert.equal(codeOf(`unix:///${'é'.repeat(53)}`), 'ok');
  const long = parseEndpointSocket(`unix:///${'é'.repeat(54)}`);
  assert.ok(!long.ok);
  assert.match(long.problem.message, /109 bytes/u);
  assert.match(long.problem.hint ?? '', /shorter directory/u);
});

test('what is printed is read back', () => {
  const path = fc.string({ unit: 'binary', maxLength: 40 }).filter((text) => !/[\0\ud800-\udfff]/u.test(text));
  fc.assert(
    fc.property(path, (text) => {
      const endpoint = { kind: 'unix', path: `/${text}` } as const;
      const result = parseEndpointSocket(formatEndpointSocket(endpoint));
      if (Buffer.byteLength(endpoint.path) <= 107) assert.deepEqual(result, { ok: true, value: endpoint });
      else assert.equal(result.ok, false);
    }),
  );
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), fc.integer({ min: 1, max: 65_535 }), (address, port) => {
      const endpoint = { kind: 'tcp', address, port } as const;
      assert.deepEqual(parseEndpointSocket(formatEndpointSocket(endpoint)), { ok: true, value: endpoint });
    }),
  );
});

test('any text is read or refused, and never throws', () => {
  const text = fc.oneof(
    fc.string(),
    fc.string().map((rest) => `unix://${rest}`),
    fc.string().map((rest) => `tcp://${rest}`),
  );
  fc.assert(fc.property(text, (any) => void parseEndpointSocket(any)));
});
