import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { chainToPem, parsePem, toPem } from './pem.ts';

test('what is written is read back, in order', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 4 }), (chain) => {
      const blocks = parsePem(chainToPem(chain)) ?? assert.fail('it was not read');
      assert.deepEqual(
        blocks.map(({ bytes }) => Buffer.from(bytes)),
        chain.map((bytes) => Buffer.from(bytes)),
      );
      assert.ok(blocks.every(({ label }) => label === 'CERTIFICATE'));
    }),
  );
});

test('lines have 64 characters and may end with CRLF', () => {
  const pem = toPem('X', new Uint8Array(100));
  assert.ok(pem.split('\n').every((line) => line.length <= 64));
  assert.equal(parsePem(pem.replaceAll('\n', '\r\n'))?.[0]?.bytes.length, 100);
});

test('text around a block, a cut block and what is not base64 are refused', () => {
  const pem = toPem('CERTIFICATE', new Uint8Array(50));
  for (const bad of [
    `x${pem}`,
    `${pem}x`,
    pem.slice(0, -5),
    pem.replace('AAAA', 'A=AA'),
    pem.replace('AAAA', 'A*AA'),
  ]) {
    assert.equal(parsePem(bad), undefined, bad);
  }
  assert.equal(parsePem(pem.replace('END CERT', 'END CART')), undefined);
  assert.deepEqual(parsePem(''), []);
});

test('any text ends', () => {
  fc.assert(fc.property(fc.string(), (text) => parsePem(text) === undefined || text.trim() === ''));
});
