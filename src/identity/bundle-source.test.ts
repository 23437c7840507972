import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createBundleSource, type OwnBundle } from './bundle-source.ts';
import { trustDomain } from './testing/authority.ts';
import { forgeAuthority, forgeLeaf } from './testing/forge.ts';
import type { TrustBundle } from './trust-bundle.ts';
import { verifyX509Svid } from './verify-x509-svid.ts';

const NOW = Date.UTC(2030, 0, 1);
const OWN = trustDomain('example.org');
const OTHER = trustDomain('other.example');
const foreignAuthority = forgeAuthority(NOW, 'foreign');
const foreign: TrustBundle = { trustDomain: OTHER, authorities: [foreignAuthority.bytes] };

function ownBundle(): OwnBundle & { readonly set: (bundle: TrustBundle) => void; readonly subscribed: () => number } {
  let bundle: TrustBundle = { trustDomain: OWN, authorities: [] };
  const listeners = new Set<() => void>();
  return {
    bundle: () => bundle,
    onBundleChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    set: (next) => {
      bundle = next;
      for (const listener of listeners) listener();
    },
    subscribed: () => listeners.size,
  };
}

test('the own bundle is the one now in force, and each change is told', () => {
  const own = ownBundle();
  using bundles = createBundleSource(own);
  let changes = 0;
  const stop = bundles.onChange(() => (changes += 1));
  const next = { trustDomain: OWN, authorities: [forgeAuthority(NOW, 'a').bytes] };
  own.set(next);
  assert.equal(bundles.of(OWN), next);
  assert.deepEqual(bundles.all(), [next]);
  assert.equal(bundles.of(OTHER), undefined);
  stop();
  own.set(next);
  assert.equal(changes, 1);
});

test('a foreign trust domain is verified from when it is federated with until it is not', () => {
  using bundles = createBundleSource(ownBundle());
  const chain = [forgeLeaf(foreignAuthority, NOW, 'spiffe://other.example/a')];
  const code = (): string => {
    const result = verifyX509Svid(chain, bundles, NOW);
    return result.ok ? 'accepted' : result.problem.code;
  };
  let changes = 0;
  bundles.onChange(() => (changes += 1));
  assert.equal(code(), 'svid/unknown-trust-domain');
  assert.ok(bundles.federate(foreign).ok);
  assert.equal(code(), 'accepted');
  assert.ok(bundles.federate({ trustDomain: OTHER, authorities: [] }).ok);
  assert.equal(code(), 'svid/untrusted');
  assert.equal(bundles.unfederate(OTHER), true);
  assert.equal(bundles.unfederate(OTHER), false);
  assert.equal(code(), 'svid/unknown-trust-domain');
  assert.equal(changes, 3);
});

test('the own trust domain cannot be replaced from outside', () => {
  using bundles = createBundleSource(ownBundle());
  const refused = bundles.federate({ trustDomain: OWN, authorities: [foreignAuthority.bytes] });
  assert.ok(!refused.ok);
  assert.equal(refused.problem.code, 'bundle/own-domain');
  assert.deepEqual(bundles.of(OWN)?.authorities, []);
});

test('a foreign bundle with a certificate that cannot sign is refused, and the one before it stays', () => {
  using bundles = createBundleSource(ownBundle());
  assert.ok(bundles.federate(foreign).ok);
  const leaf = forgeLeaf(foreignAuthority, NOW, 'spiffe://other.example/a');
  for (const bad of [leaf, new Uint8Array(), Uint8Array.of(1, 2, 3)]) {
    const refused = bundles.federate({ trustDomain: OTHER, authorities: [foreignAuthority.bytes, bad] });
    assert.ok(!refused.ok);
    assert.equal(refused.problem.code, 'bundle/bad-authority');
  }
  assert.equal(bundles.of(OTHER), foreign);
});

test('the end of the source ends its subscription', () => {
  const own = ownBundle();
  const bundles = createBundleSource(own);
  bundles.onChange(() => assert.fail('it was called after its end'));
  bundles[Symbol.dispose]();
  assert.equal(own.subscribed(), 0);
  own.set({ trustDomain: OWN, authorities: [] });
});
