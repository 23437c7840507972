import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import fc from 'fast-check';

import { MAX_TRUST_DOMAIN_BYTES } from './limits.ts';
import { parseTrustDomain } from './trust-domain.ts';

const ALLOWED = new Set('abcdefghijklmnopqrstuvwxyz0123456789.-_');

function codeOf(text: string): string {
  const domain = parseTrustDomain(text);
  return domain.ok ? 'ok' : domain.problem.code;
}

describe('a trust domain (SPIFFE-ID §2.1)', () => {
  test('is its own text when it is accepted', () => {
    for (const text of ['a', '0', 'example.org', 'k8s-west_2.example.com', '10.0.0.1', '-', '_', '.', 'a..b']) {
      assert.deepEqual(parseTrustDomain(text), { ok: true, value: text });
    }
  });

  test('needs a name', () => assert.equal(codeOf(''), 'trust-domain/empty'));

  test('has at most 255 bytes', () => {
    assert.equal(MAX_TRUST_DOMAIN_BYTES, 255);
    assert.equal(codeOf('a'.repeat(255)), 'ok');
    assert.equal(codeOf('a'.repeat(256)), 'trust-domain/too-long');
  });

  test('takes each byte from 0 to 255 first, in the middle and last, or refuses it in each place alike', () => {
    let accepted = 0;
    for (let byte = 0; byte < 256; byte += 1) {
      const character = String.fromCharCode(byte);
      const expected = ALLOWED.has(character) ? 'ok' : 'trust-domain/bad-character';
      for (const text of [character, `${character}b`, `a${character}b`, `a${character}`]) {
        assert.equal(codeOf(text), expected, `byte ${byte} in ${JSON.stringify(text)}`);
      }
      if (expected === 'ok') accepted += 1;
    }
    assert.equal(accepted, 39);
  });

  test('has no scheme, user, port, path, query, fragment, percent-encoding or address of version 6', () => {
    const others = ['spiffe://a', 'user@a', 'a:8443', 'a:', 'a/b', 'a?b', 'a#b', '%61', '[::1]', 'a b', 'a\n'];
    for (const text of others) assert.equal(codeOf(text), 'trust-domain/bad-character', text);
  });

  test('is lower case, and a refusal of upper case says how it would be written', () => {
    const domain = parseTrustDomain('Example.org');
    assert.ok(!domain.ok);
    assert.match(domain.problem.message, /"E" at 1/u);
    assert.match(domain.problem.hint ?? '', /`example\.org`/u);
  });

  test('is refused with the first bad character and where it stands', () => {
    const domain = parseTrustDomain('exam ple:1');
    assert.ok(!domain.ok);
    assert.match(domain.problem.message, /" " at 5/u);
  });

  test('has no letter that only looks alike', () => {
    for (const text of ['еxample', 'exämple', 'ⅽ', 'ﬀ', '\u212a', '\u0130', 'a\u0301', '😀']) {
      assert.equal(codeOf(text), 'trust-domain/bad-character', text);
    }
  });

  test('is exactly what the alphabet and the length allow, for any text', () => {
    const near = fc.array(fc.constantFrom(...ALLOWED, 'A', ':', '/', '%', '\0', 'é'), { maxLength: 260 });
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          near.map((characters) => characters.join('')),
        ),
        (text) => {
          const isGood = /^[a-z0-9._-]{1,255}$/u.test(text);
          assert.equal(parseTrustDomain(text).ok, isGood);
        },
      ),
    );
  });
});
