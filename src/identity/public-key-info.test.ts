import assert from 'node:assert/strict';
import { test } from 'node:test';

import { encodePublicKeyInfo, publicKeyOf } from './public-key-info.ts';
import { ecKey, rsaKey } from './testing/forge.ts';

test('every key is encoded as OpenSSL encodes it, and read back as the same key', () => {
  // Many of P-256, since one in 128 has a coordinate that begins with a zero byte.
  const keys = [...Array.from({ length: 600 }, () => ecKey()), ecKey('P-384'), ecKey('P-521'), rsaKey(2048)];
  for (const { publicKey } of keys) {
    const info = encodePublicKeyInfo(publicKey);
    assert.ok(publicKey.export({ type: 'spki', format: 'der' }).equals(info));
    assert.ok(publicKeyOf(info)?.equals(publicKey));
  }
});

test('a private key is never taken for a public one', () => {
  for (const { privateKey } of [ecKey(), ecKey('P-384'), rsaKey(2048)]) {
    assert.throws(() => encodePublicKeyInfo(privateKey), TypeError);
  }
});

test('what is no key is none', () => {
  assert.equal(publicKeyOf(new Uint8Array()), undefined);
  assert.equal(publicKeyOf(Uint8Array.of(0x30, 0)), undefined);
});
