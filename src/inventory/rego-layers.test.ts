/** The `rego` block: what it may say, what is said where it is wrong, and its way through the records. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { parseDeclaration } from './declaration.ts';
import { loadRegoLayers, pathInLayer, type RegoLayerSettings, storeRegoLayers } from './rego-layers.ts';

function declared(block: string): readonly RegoLayerSettings[] | string {
  const parsed = parseDeclaration('countersign.yaml', `trustDomain: shop.example\nworkloads: {}\n${block}`);
  if (parsed.ok) return parsed.value.rego;
  const [problem] = parsed.problem;
  return `${problem?.code} ${problem?.at?.line}:${problem?.at?.column} ${problem?.message} ${problem?.hint}`;
}

test('without a block the folder of policies is a layer, which may be empty', () => {
  const implied = { name: 'rego', version: 'v1', errors: 'fault', implied: true };
  assert.deepEqual(declared(''), [{ ...implied, folder: 'policies' }]);
  assert.deepEqual(declared('policies: ./a/../b/'), [{ ...implied, folder: 'b' }]);
  assert.deepEqual(declared('policies: .'), [{ ...implied, folder: '' }]);
  assert.deepEqual(declared('policies: ../shared'), [{ ...implied, folder: '../shared' }]);
});

const BLOCK = `rego:
  freeze: { folder: policies/freeze }
  refunds:
    folder: ./policies/refunds/
    package: shop.refunds
    actions: [refund]
    resources: [order, invoice]
    input: context.review
    version: v0
    errors: undefined
`;

test('a block names layers', () => {
  assert.deepEqual(declared(BLOCK), [
    { name: 'freeze', folder: 'policies/freeze', version: 'v1', errors: 'fault' },
    {
      name: 'refunds',
      folder: 'policies/refunds',
      package: 'shop.refunds',
      actions: ['refund'],
      resources: ['order', 'invoice'],
      input: 'context.review',
      version: 'v0',
      errors: 'undefined',
    },
  ]);
});

test('what is wrong is said with its place', () => {
  for (const [block, message] of [
    ['rego: { cedar: { folder: x } }', /another name: .*cedar/u],
    ['rego: { Guard: { folder: x } }', /lower case/u],
    ['rego: { guard: {} }', /config\/missing-field .*folder/u],
    ['rego: { guard: { folder: ../x } }', /config\/bad-value 3:26 .*below that of countersign\.yaml/u],
    ['rego: { guard: { folder: /etc } }', /below that of countersign\.yaml/u],
    ['rego: { guard: { folder: x, packge: a } }', /config\/unknown-field .*`packge`.*`package`/u],
    ['rego: { guard: { folder: x, package: data.a-b } }', /the name of a package/u],
    ['rego: { guard: { folder: x, input: review } }', /a part of the request/u],
    ['rego: { guard: { folder: x, actions: [] } }', /config\/bad-value/u],
  ] as const) {
    const said = declared(block);
    assert.ok(typeof said === 'string');
    assert.match(said, message);
  }
});

test('layers are kept in the records as they are', () => {
  for (const block of ['', BLOCK]) {
    const layers = declared(block) as readonly RegoLayerSettings[];
    assert.deepEqual(loadRegoLayers(JSON.parse(JSON.stringify(storeRegoLayers(layers)))), layers);
  }
  assert.throws(() => loadRegoLayers({ layers: [{ name: 'a' }] }));
});

test('the files of a layer are those below its folder', () => {
  const layer: RegoLayerSettings = { name: 'a', folder: 'policies/a', version: 'v1', errors: 'fault' };
  assert.equal(pathInLayer('policies/a/b/c.rego', layer), 'b/c.rego');
  assert.equal(pathInLayer('policies/ab/c.rego', layer), undefined);
  assert.equal(pathInLayer('c.rego', { ...layer, folder: '' }), 'c.rego');
});
