import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';

import { normalizePath } from './normalize-path.ts';

function normal(raw: string): string | undefined {
  const result = normalizePath(raw);
  return result.ok ? result.value : undefined;
}

test('a path is brought to one spelling as Istio does with BASE', () => {
  const table: readonly (readonly [raw: string, normalized: string])[] = [
    ['/', '/'],
    ['/a/b', '/a/b'],
    ['/./a/./b', '/a/b'],
    ['/a/.', '/a/'],
    ['/a/..', '/'],
    ['/a/b/../c', '/a/c'],
    ['/../../a', '/a'],
    ['/a/..b', '/a/..b'],
    ['/a/...', '/a/...'],
    ['/.well-known/x', '/.well-known/x'],
    ['/public/%2e%2e/admin', '/admin'],
    ['/public/.%2E/admin', '/admin'],
    ['/public/%2E/admin', '/public/admin'],
    ['/public\\..\\admin', '/admin'],
    ['/%61dmin', '/admin'],
    ['/a%7Eb', '/a~b'],
    ['/%2561dmin', '/%2561dmin'],
    ['/a"b', '/a%22b'],
    ['*', '/*'],
  ];
  for (const [raw, wanted] of table) assert.equal(normal(raw), wanted, raw);
});

test('what BASE keeps apart stays apart', () => {
  for (const path of ['//admin', '/a//b', '/admin/', '/Admin', '/a%2Fb', '/a%2fb', '/a%5Cb', '/a;x=1/b', '/a%3Bb']) {
    assert.equal(normal(path), path);
  }
  // A dot segment takes one slash with it, and no more.
  assert.equal(normal('/a//../b'), '/a/b');
  assert.equal(normal('/a;x/../b'), '/b');
  // An escaped slash is part of its segment, so that what follows it is no dot segment.
  assert.equal(normal('/a/b%2F..%2Fc'), '/a/b%2F..%2Fc');
});

test('a path that two readers would not read alike is refused', () => {
  for (const raw of [
    '',
    'a',
    'http://h/a',
    '/a b',
    '/a\tb',
    '/a\0',
    '/a%00',
    '/%',
    '/%4',
    '/%zz',
    '/a?b',
    '/a#b',
    '/ä',
    '\\admin',
    '/\u{7f}',
  ]) {
    const result = normalizePath(raw);
    assert.ok(!result.ok, JSON.stringify(raw));
    assert.equal(result.problem.code, 'mesh/bad-path');
  }
});

test('any text is normalised once and for all, or refused, and nothing throws', () => {
  const pieces = fc.constantFrom(
    '/',
    '.',
    '..',
    '%2e',
    '%2E',
    '\\',
    '%2f',
    '%5c',
    'a',
    'B',
    '%41',
    '%',
    ';',
    '*',
    '"',
    '//',
    '%252e',
  );
  const paths = fc.oneof(
    fc.string(),
    fc.array(pieces, { maxLength: 12 }).map((parts) => `/${parts.join('')}`),
  );
  fc.assert(
    fc.property(paths, (raw) => {
      const once = normal(raw);
      if (once === undefined) return;
      assert.equal(normal(once), once);
      assert.match(once, /^\//u);
      assert.doesNotMatch(once, /\\|(?:^|\/)(?:\.|%2e){1,2}(?:\/|$)/iu);
    }),
    { numRuns: 3000 },
  );
});
