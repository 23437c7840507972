import assert from 'node:assert/strict';
import { test } from 'node:test';

import { joinBundles } from './join-bundles.ts';
import type { RegoBundle } from './read-bundle.ts';

function bundle(roots: readonly (readonly string[])[], data: RegoBundle['data'] = {}): RegoBundle {
  const modules = [{ file: 'p.rego', text: 'package p', regoVersion: 'v1' as const }];
  return { revision: '', roots, metadata: {}, modules, data };
}

function join(left: RegoBundle, right: RegoBundle): ReturnType<typeof joinBundles> {
  return joinBundles(
    new Map([
      ['one', left],
      ['two', right],
    ]),
  );
}

test('bundles with roots of their own are one policy, whose files have the names of both', () => {
  const joined = join(bundle([['a', 'b']], { a: { b: 1 } }), bundle([['a', 'c'], ['d']], { a: { c: 2 }, d: 3 }));
  assert.ok(joined.ok);
  assert.deepEqual(
    joined.value.modules.map(({ file }) => file),
    ['one/p.rego', 'two/p.rego'],
  );
  assert.deepEqual(joined.value.data, { a: { b: 1, c: 2 }, d: 3 });
});

test('bundles whose roots overlap are refused, also where neither has any data', () => {
  for (const [left, right] of [
    [[[]], [['a']]],
    [[[]], [[]]],
    [[['a']], [['b'], ['a', 'c']]],
    [[['a', 'b']], [['a', 'b']]],
  ] as const) {
    const joined = join(bundle(left), bundle(right));
    assert.ok(!joined.ok);
    assert.equal(joined.problem[0]?.code, 'rego-bundle/overlap');
  }
});
