/** The `cedar` block of countersign.yaml: what it means, what is wrong with it, and how it is kept. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import type { EntityUid } from '../policy/cedar/entity-uid.ts';
import {
  type CedarNames,
  cedarNamesOf,
  cedarNamesSchema,
  DEFAULT_CEDAR_NAMES,
  storeCedarNames,
} from './cedar-names.ts';
import { parseDeclaration } from './declaration.ts';

const YAML = `trustDomain: shop.example
workloads: {}
cedar:
  namespace: Shop
  types: { user: Shop::Customer }
  actions: { give-back: 'Shop::Action::"refund"', odd: 'Action::"a \\"b\\" \\\\"' }
`;

test('names are read as they are written', () => {
  const parsed = parseDeclaration('countersign.yaml', YAML);
  assert.ok(parsed.ok, JSON.stringify(parsed));
  const { namespace, types, actions } = parsed.value.cedar;
  assert.equal(namespace, 'Shop');
  assert.deepEqual([...types], [['user', 'Shop::Customer']]);
  assert.deepEqual(Object.fromEntries(actions), {
    'give-back': { type: 'Shop::Action', id: 'refund' },
    odd: { type: 'Action', id: 'a "b" \\' },
  });
});

test('without the block everything has its own name', () => {
  const parsed = parseDeclaration('countersign.yaml', 'trustDomain: shop.example\nworkloads: {}\n');
  assert.ok(parsed.ok);
  assert.deepEqual(parsed.value.cedar, DEFAULT_CEDAR_NAMES);
});

test('what is no name in Cedar is refused with its place', () => {
  for (const [wrong, at] of [
    [YAML.replace('namespace: Shop', 'namespace: my-shop'), '4:14'],
    [YAML.replace('Shop::Customer', 'if::Customer'), '5:18'],
    [YAML.replace(`'Shop::Action::"refund"'`, 'refund'), '6:25'],
    [YAML.replace('namespace: Shop', 'namespaces: Shop'), '4:3'],
  ] as const) {
    const parsed = parseDeclaration('countersign.yaml', wrong);
    assert.ok(!parsed.ok, wrong);
    const [problem] = parsed.problem;
    assert.equal(`${problem?.at?.line}:${problem?.at?.column}`, at, problem?.message);
  }
});

const typeName = fc.constantFrom('User', 'Shop::User', '_a::B9');
const uid: fc.Arbitrary<EntityUid> = fc
  .tuple(
    fc.constantFrom('Action', 'A::B::Action'),
    fc.string({ unit: fc.constantFrom('a', '"', '\\', ':', ' ', '\u{1f600}', 'é') }),
  )
  .map(([type, id]) => ({ type, id }));
const names: fc.Arbitrary<CedarNames> = fc
  .tuple(
    fc.constantFrom('', 'Shop'),
    fc.array(fc.tuple(fc.string({ minLength: 1 }), typeName)),
    fc.array(fc.tuple(fc.string({ minLength: 1 }), uid)),
  )
  .map(([namespace, types, actions]) => ({ namespace, types: new Map(types), actions: new Map(actions) }));

test('names come back from a record as they went in, and equal names are equal records', () => {
  fc.assert(
    fc.property(names, (given) => {
      // The reader of the schema drops `__proto__`, which is the name of no type and no action.
      const plain = { ...given, types: without(given.types), actions: without(given.actions) };
      const stored = JSON.stringify(storeCedarNames(plain));
      assert.deepEqual(cedarNamesOf(cedarNamesSchema.parse(JSON.parse(stored))), plain);
      const turned = { ...plain, types: new Map([...plain.types].toReversed()) };
      assert.equal(JSON.stringify(storeCedarNames(turned)), stored);
    }),
  );
});

function without<T>(map: ReadonlyMap<string, T>): Map<string, T> {
  return new Map([...map].filter(([name]) => name !== '__proto__'));
}
