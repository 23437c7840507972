import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';

import { matchPathTemplate, problemOfPathTemplate } from './path-template.ts';
import { matchNamespaces, matchPrincipals, matchServiceAccounts, matchTrustDomains } from './principal-match.ts';
import { matchHosts, matchTexts, type TextMatcher } from './text-match.ts';
import { expandPrincipals, expandTrustDomains } from './trust-domain-alias.ts';

test('a value is matched exactly, by prefix, by suffix or by presence, with regard to case', () => {
  assert.deepEqual(['/a', '/a/', '/A', '/ab'].map(matchTexts(['/a'])), [true, false, false, false]);
  assert.deepEqual(['/a', '/ab', '/b/a'].map(matchTexts(['/a*'])), [true, true, false]);
  assert.deepEqual(['/a', '/b/a', '/ab'].map(matchTexts(['*/a'])), [true, true, false]);
  assert.deepEqual(['x', ''].map(matchTexts(['*'])), [true, false]);
  assert.deepEqual(['a', 'b', 'cd', 'e'].map(matchTexts(['a', 'b', 'c*'])), [true, true, true, false]);
});

test('a wildcard in the middle is a character', () => {
  assert.deepEqual(['a*b', 'axb'].map(matchTexts(['a*b'])), [true, false]);
});

test('hosts are matched without regard to case, and with their port and last dot as sent', () => {
  const spellings = ['example.com', 'EXAMPLE.com', 'example.com:80', 'example.com.'];
  assert.deepEqual(spellings.map(matchHosts(['Example.COM'])), [true, true, false, false]);
  assert.deepEqual(['example.com:80', 'example.com'].map(matchHosts(['example.com:*'])), [true, false]);
  // Folded letter by letter in ASCII: the Kelvin sign is no K.
  assert.deepEqual(['\u{212a}.example', 'K.example'].map(matchHosts(['k.example'])), [false, true]);
});

test('principals stand for the whole SPIFFE ID behind its scheme', () => {
  const matches = matchPrincipals(['td/ns/a/sa/b', 'td/ns/c/*', '*/sa/admin']);
  assert.ok(matches('spiffe://td/ns/a/sa/b'));
  assert.ok(!matches('spiffe://td/ns/a/sa/bb'));
  assert.ok(!matches('spiffe://xtd/ns/a/sa/b'), 'another trust domain that ends alike');
  assert.ok(matches('spiffe://td/ns/c/sa/x'));
  assert.ok(matches('spiffe://other/ns/x/sa/admin'));
  assert.ok(!matchPrincipals(['*//td'])('spiffe://td'), 'a suffix does not reach into the scheme');
  assert.ok(matchPrincipals(['*'])('spiffe://td'));
});

/** What Istio makes of each field: expressions that must match the whole identity. */
const EXPRESSIONS: Readonly<Record<string, (value: string) => RegExp>> = {
  namespaces: (value) =>
    new RegExp(
      `^.*/ns/${value
        .split('*')
        .map((text) => RegExp.escape(text))
        .join('.*')}/.*$`,
    ),
  principals: (value) =>
    value === '*'
      ? /^.+$/u
      : new RegExp(
          `^spiffe://${value
            .split('*')
            .map((text) => RegExp.escape(text))
            .join('.*')}$`,
        ),
  serviceAccounts: (value) => {
    const [account = '', namespace = 'own'] = value.split('/').toReversed();
    return new RegExp(`^spiffe://.+/ns/${RegExp.escape(namespace)}/(.+/|)sa/${RegExp.escape(account)}(/.+)?$`);
  },
  trustDomains: (value) => {
    const parts = value.split('*').map((text) => RegExp.escape(text));
    return value === '*' ? /^spiffe:\/\/.*$/u : new RegExp(`^spiffe://${parts.join('[^/]*')}/.*$`);
  },
};

test('identities are matched as by the expressions that Istio writes', () => {
  const segment = fc.constantFrom('ns', 'sa', 'a', 'b', 'ab', 'own', 'a.b', 'ns-a');
  const ids = fc.array(segment, { minLength: 1, maxLength: 9 }).map((parts) => `spiffe://${parts.join('/')}`);
  const star = fc.constantFrom('', '*');
  const value = fc.tuple(star, fc.array(segment, { minLength: 1, maxLength: 5 }), fc.constantFrom('', '*'));
  const check = (field: string, values: fc.Arbitrary<string>, compile: (value: string) => TextMatcher): void =>
    fc.assert(
      fc.property(values, ids, (text, id) => {
        assert.equal(compile(text)(id), EXPRESSIONS[field]?.(text).test(id), `${field} ${text} on ${id}`);
      }),
      { numRuns: 3000 },
    );
  const oneStar = value.map(([first, parts, last]) => `${first}${parts.join('/')}${first === '' ? last : ''}`);
  check('principals', fc.oneof(oneStar, fc.constant('*')), (text) => matchPrincipals([text]));
  const anyStars = fc.array(fc.constantFrom('*', 'a', 'b', 'ns', '/'), { minLength: 1, maxLength: 4 });
  check(
    'namespaces',
    anyStars.map((parts) => parts.join('')),
    (text) => matchNamespaces([text]),
  );
  const accounts = fc.array(segment, { minLength: 1, maxLength: 2 }).map((parts) => parts.join('/'));
  check('serviceAccounts', accounts, (text) => matchServiceAccounts([text], 'own'));
  const domains = fc
    .tuple(star, segment, star)
    .map(([first, text, last]) => `${first}${text}${first === '' ? last : ''}`);
  check('trustDomains', fc.oneof(domains, fc.constant('*')), (text) => matchTrustDomains([text]));
});

test('`cluster.local` stands for the trust domain of the mesh, and aliases for each other', () => {
  const domains = { all: ['new.example', 'old.example'] };
  const both = ['new.example/ns/a/sa/b', 'old.example/ns/a/sa/b'];
  assert.deepEqual(expandPrincipals(['cluster.local/ns/a/sa/b'], domains), both);
  assert.deepEqual(expandPrincipals(['old.example/ns/a/sa/b'], domains), both);
  assert.deepEqual(expandPrincipals(['*.example/ns/a/sa/b'], domains), ['*.example/ns/a/sa/b']);
  for (const untouched of ['*/ns/a/sa/b', 'foreign.example/ns/a/sa/b', 'cluster.local/x', 'cluster.local/*']) {
    assert.deepEqual(expandPrincipals([untouched], domains), [untouched]);
  }
  assert.deepEqual(expandTrustDomains(['old.example', 'cluster.local'], domains), [
    'new.example',
    'old.example',
    'cluster.local',
  ]);
});

test('a path template matches whole segments', () => {
  const matching = (template: string, ...paths: string[]): boolean[] => paths.map(matchPathTemplate(template));
  assert.deepEqual(matching('/foo/{*}', '/foo/bar', '/foo/bar/baz', '/foo/', '/foo'), [true, false, false, false]);
  assert.deepEqual(matching('/foo/{**}/', '/foo/bar/', '/foo/bar/baz.txt/', '/foo//', '/foo/bar'), [
    true,
    true,
    true,
    false,
  ]);
  assert.deepEqual(matching('/store/{**}/cart', '/store//cart', '/store/a/b/cart', '/store/cart'), [true, true, false]);
  assert.deepEqual(matching('/a.b/{*}', '/a.b/c', '/axb/c'), [true, false]);
});

test('a template that Istio or Envoy would refuse is refused', () => {
  const bad = [
    '/{*}x',
    '/x{**}',
    '/{**}/{*}',
    '/{**}/{**}',
    '/*/{*}',
    '/a//{*}',
    'a/{*}',
    '/{id}',
    '/{',
    '/ü/{*}',
    '//{*}',
  ];
  for (const path of bad) assert.notEqual(problemOfPathTemplate(path), undefined, path);
  for (const path of ['/{*}', '/{**}', '/a/{*}/b/{**}/c', '/{**}/', '/a*', '*', '/*/b']) {
    assert.equal(problemOfPathTemplate(path), undefined, path);
  }
});
