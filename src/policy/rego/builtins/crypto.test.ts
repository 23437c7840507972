/** Digests and HMACs, by published vectors. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { textOfCall } from '../testing/call-builtin.ts';
import type { RegoValue } from '../values/value.ts';
import { CRYPTO_BUILTINS } from './crypto.ts';

function call(name: string, ...args: readonly RegoValue[]): string {
  return textOfCall(CRYPTO_BUILTINS, `crypto.${name}`, args);
}

test('digests are those of RFC 1321 and FIPS 180', () => {
  assert.equal(call('md5', 'abc'), '"900150983cd24fb0d6963f7d28e17f72"');
  assert.equal(call('sha1', 'abc'), '"a9993e364706816aba3e25717850c26c9cd0d89d"');
  assert.equal(call('sha256', 'abc'), '"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"');
  assert.equal(call('sha256', 1), 'eval_type_error: operand 1 must be string but got number');
});

test('HMACs are those of RFC 2202 and RFC 4231', () => {
  const text = 'what do ya want for nothing?';
  assert.equal(call('hmac.md5', text, 'Jefe'), '"750c783e6ab0b503eaa86e310a5db738"');
  assert.equal(call('hmac.sha1', text, 'Jefe'), '"effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"');
  const sha256 = '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843';
  assert.equal(call('hmac.sha256', text, 'Jefe'), `"${sha256}"`);
  assert.match(call('hmac.sha512', text, 'Jefe'), /^"164b7a7bfcf819e2e395fbe73b56e0a3/u);
  assert.equal(call('hmac.sha1', 'a', null), 'eval_type_error: operand 2 must be string but got null');
});

test('MACs are equal when all their bytes are', () => {
  assert.equal(call('hmac.equal', 'äb', 'äb'), 'true');
  assert.equal(call('hmac.equal', 'ab', 'ac'), 'false');
  assert.equal(call('hmac.equal', 'ab', 'abc'), 'false');
});
