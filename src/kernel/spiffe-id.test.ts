import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import fc from 'fast-check';

import { MAX_SPIFFE_ID_BYTES } from './limits.ts';
import {
  idOfTrustDomain,
  meshId,
  meshNames,
  parseSpiffeId,
  pathOf,
  type SpiffeId,
  trustDomainOf,
} from './spiffe-id.ts';
import { parseTrustDomain, type TrustDomain } from './trust-domain.ts';

const LOWER = 'abcdefghijklmnopqrstuvwxyz0123456789.-_';
const DOMAIN_CHARACTERS = new Set(LOWER);
const PATH_CHARACTERS = new Set(`${LOWER}ABCDEFGHIJKLMNOPQRSTUVWXYZ`);

function codeOf(text: string): string {
  const id = parseSpiffeId(text);
  return id.ok ? 'ok' : id.problem.code;
}

function idOf(text: string): SpiffeId {
  const id = parseSpiffeId(text);
  assert.ok(id.ok, JSON.stringify(id));
  return id.value;
}

function domainOf(text: string): TrustDomain {
  const domain = parseTrustDomain(text);
  assert.ok(domain.ok);
  return domain.value;
}

describe('a SPIFFE ID (SPIFFE-ID §2)', () => {
  test('is its own text when it is accepted', () => {
    for (const text of [
      'spiffe://example.org',
      'spiffe://example.org/a',
      'spiffe://staging.example.com/payments/mysql',
      'spiffe://k8s-west.example.com/ns/staging/sa/default',
      'spiffe://example.com/9eebccd2-12bf-40a6-b262-65fe0487d453',
      'spiffe://10.0.0.1/a',
      'spiffe://example.org/.../..a/a../.a/-/_',
    ]) {
      assert.deepEqual(parseSpiffeId(text), { ok: true, value: text });
    }
  });

  test('begins with the scheme in lower case', () => {
    const others = [
      '',
      'spiffe',
      'spiffe:',
      'spiffe:/',
      'spiffe:/a/b',
      'SPIFFE://a/b',
      'Spiffe://a',
      'https://a/b',
      ' spiffe://a',
    ];
    for (const text of others) assert.equal(codeOf(text), 'spiffe-id/bad-scheme', text);
  });

  test('has a trust domain, by the rules of one', () => {
    assert.equal(codeOf('spiffe://'), 'trust-domain/empty');
    assert.equal(codeOf('spiffe:///a'), 'trust-domain/empty');
    assert.equal(codeOf('spiffe://Example.org/a'), 'trust-domain/bad-character');
    assert.equal(codeOf('spiffe://user@example.org/a'), 'trust-domain/bad-character');
    assert.equal(codeOf('spiffe://example.org:443/a'), 'trust-domain/bad-character');
    assert.equal(codeOf('spiffe://example.org?a'), 'trust-domain/bad-character');
    assert.equal(codeOf('spiffe://example.org#a'), 'trust-domain/bad-character');
    assert.equal(codeOf(`spiffe://${'a'.repeat(255)}/a`), 'ok');
    assert.equal(codeOf(`spiffe://${'a'.repeat(256)}/a`), 'trust-domain/too-long');
  });

  test('has at most 2048 bytes', () => {
    assert.equal(MAX_SPIFFE_ID_BYTES, 2048);
    const padded = (length: number): string => 'spiffe://example.org/'.padEnd(length, 'a');
    assert.equal(codeOf(padded(2048)), 'ok');
    assert.equal(codeOf(padded(2049)), 'spiffe-id/too-long');
  });

  test('has no empty segment and no slash at the end', () => {
    for (const path of ['/', '//', '/a/', '//a', '/a//b', '/a/b/']) {
      assert.equal(codeOf(`spiffe://example.org${path}`), 'spiffe-id/bad-path', path);
    }
  });

  test('has no segment that climbs', () => {
    for (const path of ['/.', '/..', '/a/.', '/a/..', '/./a', '/../a', '/a/./b', '/a/../b']) {
      assert.equal(codeOf(`spiffe://example.org${path}`), 'spiffe-id/bad-path', path);
    }
  });

  test('has no query, no fragment and no percent-encoding after a path', () => {
    for (const path of [
      '/a?b',
      '/a?',
      '/a#b',
      '/a#',
      '/%61',
      '/a%2fb',
      '/a%',
      '/a;b',
      '/a:b',
      '/a@b',
      '/a b',
      '/a\\b',
    ]) {
      assert.equal(codeOf(`spiffe://example.org${path}`), 'spiffe-id/bad-path', path);
    }
  });

  test('takes each byte from 0 to 255 in the trust domain or refuses it in each place alike', () => {
    for (let byte = 0; byte < 256; byte += 1) {
      const character = String.fromCharCode(byte);
      // A slash is not refused there: it ends the trust domain, and the rest is a path.
      if (character === '/') continue;
      const expected = DOMAIN_CHARACTERS.has(character) ? 'ok' : 'trust-domain/bad-character';
      for (const domain of [character, `${character}b`, `a${character}b`, `a${character}`]) {
        assert.equal(codeOf(`spiffe://${domain}`), expected, `byte ${byte} without a path`);
        assert.equal(codeOf(`spiffe://${domain}/p`), expected, `byte ${byte} before a path`);
      }
    }
  });

  test('takes each byte from 0 to 255 in a segment or refuses it in each place alike', () => {
    let accepted = 0;
    for (let byte = 0; byte < 256; byte += 1) {
      const character = String.fromCharCode(byte);
      const expected = PATH_CHARACTERS.has(character) ? 'ok' : 'spiffe-id/bad-path';
      if (expected === 'ok') accepted += 1;
      for (const segment of [`${character}b`, `a${character}b`, `a${character}`]) {
        // A slash inside a segment makes two of it, which is fine between letters.
        const isTwo = character === '/' && segment === 'a/b';
        for (const path of [`/${segment}`, `/x/${segment}`, `/${segment}/x`, `/x/${segment}/x`]) {
          assert.equal(
            codeOf(`spiffe://td${path}`),
            isTwo ? 'ok' : expected,
            `byte ${byte} in ${JSON.stringify(path)}`,
          );
        }
      }
      const alone = character === '.' || character === '/' ? 'spiffe-id/bad-path' : expected;
      assert.equal(codeOf(`spiffe://td/${character}`), alone, `byte ${byte} alone`);
    }
    assert.equal(accepted, 65);
  });

  test('keeps upper case apart in its path', () => {
    assert.notEqual(idOf('spiffe://example.org/Payments'), idOf('spiffe://example.org/payments'));
  });

  test('has no letter that only looks alike', () => {
    for (const segment of ['рayments', 'ä', '\u212a', '\u017f', 'a\u0301', '😀', '\ud800']) {
      assert.equal(codeOf(`spiffe://example.org/${segment}`), 'spiffe-id/bad-path', segment);
    }
  });

  test('is refused with words that show what cannot be seen', () => {
    const id = parseSpiffeId('spiffe://example.org/a\0b');
    assert.ok(!id.ok);
    assert.match(id.problem.message, /"\\u0000"/u);
  });
});

describe('the parts of a SPIFFE ID', () => {
  const segment = fc.stringMatching(/^[a-zA-Z0-9._-]{1,30}$/u).filter((text) => text !== '.' && text !== '..');
  const domain = fc.stringMatching(/^[a-z0-9._-]{1,60}$/u);

  test('are those that it was made of', () => {
    fc.assert(
      fc.property(domain, fc.array(segment, { maxLength: 8 }), (trustDomain, segments) => {
        const path = segments.map((text) => `/${text}`).join('');
        const id = idOf(`spiffe://${trustDomain}${path}`);
        assert.equal(trustDomainOf(id), trustDomain);
        assert.equal(pathOf(id), path);
      }),
    );
  });

  test('make a trust domain its own ID, without a path', () => {
    const id = idOfTrustDomain(domainOf('example.org'));
    assert.equal(id, 'spiffe://example.org');
    assert.equal(pathOf(id), '');
    assert.equal(trustDomainOf(id), 'example.org');
  });

  test('in the shape of a mesh are a namespace and an account', () => {
    fc.assert(
      fc.property(segment, segment, (namespace, serviceAccount) => {
        const id = meshId(domainOf('example.org'), namespace, serviceAccount);
        assert.ok(id.ok);
        assert.equal(id.value, `spiffe://example.org/ns/${namespace}/sa/${serviceAccount}`);
        assert.deepEqual(meshNames(id.value), { namespace, serviceAccount });
      }),
    );
  });

  test('in another shape are no names of a mesh', () => {
    for (const path of ['', '/a', '/ns/a', '/ns/a/sa', '/ns/a/sa/b/c', '/NS/a/sa/b', '/ns/a/SA/b', '/x/ns/a/sa/b']) {
      assert.equal(meshNames(idOf(`spiffe://example.org${path}`)), undefined, path);
    }
  });

  test('cannot be put together from names that hold more than a name', () => {
    const trustDomain = domainOf('example.org');
    for (const name of ['', '..', 'a b', 'a%2f', '*', 'é']) {
      assert.ok(!meshId(trustDomain, name, 'a').ok, name);
      assert.ok(!meshId(trustDomain, 'a', name).ok, name);
    }
  });

  test('never throw, and a refusal says why, for any text', () => {
    const near = fc.array(fc.constantFrom('/', '.', '..', 'a', 'A', ':', '%2f', '\0', 'é', '?'), { maxLength: 12 });
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      near.map((parts) => `spiffe://${parts.join('')}`),
    );
    const good = /^spiffe:\/\/[a-z0-9._-]{1,255}(?:\/(?!\.{1,2}(?:\/|$))[a-zA-Z0-9._-]+)*$/u;
    fc.assert(
      fc.property(text, (input) => {
        const id = parseSpiffeId(input);
        assert.equal(id.ok, good.test(input), JSON.stringify(input));
        if (!id.ok) assert.match(id.problem.message, /^[^A-Z\n]/u);
      }),
      { numRuns: 1000 },
    );
  });
});
