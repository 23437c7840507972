import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as cedar from '@cedar-policy/cedar-wasm/nodejs';

import { formatSpan } from '../../../kernel/source-span.ts';
import type { CedarSchema, CedarType } from './cedar-schema.ts';
import { loadCedarSchema } from './load-schema.ts';

async function load(schema: string | object): Promise<CedarSchema> {
  const loaded = await loadCedarSchema(schema);
  assert.ok(loaded.ok, JSON.stringify(loaded));
  return loaded.value;
}

/** Each problem as `file:line:column code: message (hint)`. */
async function refusals(schema: string | object): Promise<readonly string[]> {
  const loaded = await loadCedarSchema(schema, 'shop.cedarschema');
  assert.ok(!loaded.ok);
  return loaded.problem.map(({ code, message, hint, at }) => {
    return `${at === undefined ? '-' : formatSpan(at)} ${code}: ${message}${hint === undefined ? '' : ` (${hint})`}`;
  });
}

/** As the text form writes it. */
function show(type: CedarType): string {
  switch (type.kind) {
    case 'String':
    case 'Long':
    case 'Boolean':
      return type.kind;
    case 'Set':
      return `Set<${show(type.element)}>`;
    case 'Entity':
      return `entity ${type.name}`;
    case 'Extension':
      return type.name;
    case 'Record': {
      const attributes = [...type.attributes].map(([name, attribute]) => {
        return `${name}${attribute.required ? '' : '?'}: ${show(attribute.type)}`;
      });
      return `{${attributes.join(', ')}}`;
    }
  }
}

const SHOP = `
  type Money = { cents: Long, "currency code"?: String };
  @doc("whoever buys")
  entity Person, Robot in [Team] { name: String, spent: Money, seen: Set<datetime>, "__proto__"?: Bool } tags Set<Money>;
  entity Team in Shop::Region;
  namespace Shop {
    type Price = Money;
    entity Region in [Country];
    entity Country;
    entity String;
    entity Order { of: Person, price: Price, label: String, text: __cedar::String, from: ipaddr, rate: decimal, after: duration };
    entity Status enum ["open", "closed"];
    action "buy", sell in [trade, Action::"all"] appliesTo { principal: [Person], resource: [Order], context: { price?: Price } };
    action trade;
    action all;
  }
`;

test('every name is resolved: types of this namespace, of none, common types and built-in ones', async () => {
  const { entityTypes } = await load(SHOP);
  assert.deepEqual([...entityTypes.keys()].sort(), [
    'Person',
    'Robot',
    'Shop::Country',
    'Shop::Order',
    'Shop::Region',
    'Shop::Status',
    'Shop::String',
    'Team',
  ]);
  const money = '{cents: Long, currency code?: String}';
  const order = entityTypes.get('Shop::Order');
  assert.ok(order !== undefined);
  assert.equal(
    show(order.shape),
    `{after: duration, from: ipaddr, label: entity Shop::String, of: entity Person, price: ${money}, rate: decimal, text: String}`,
  );
  const robot = entityTypes.get('Robot');
  assert.ok(robot?.tags !== undefined);
  assert.equal(show(robot.shape), `{__proto__?: Boolean, name: String, seen: Set<datetime>, spent: ${money}}`);
  assert.equal(show(robot.tags), `Set<${money}>`);
  assert.deepEqual([...robot.ancestorTypes].sort(), ['Shop::Country', 'Shop::Region', 'Team']);
  assert.deepEqual([...(entityTypes.get('Shop::Status')?.ids ?? [])], ['open', 'closed']);
});

test('actions have their types, their groups and their context', async () => {
  const schema = await load(SHOP);
  const buy = schema.actionOf({ type: 'Shop::Action', id: 'buy' });
  assert.ok(buy !== undefined);
  assert.deepEqual(buy.parents.map(({ type, id }) => `${type} ${id}`).sort(), [
    'Shop::Action all',
    'Shop::Action trade',
  ]);
  assert.deepEqual([[...buy.principalTypes], [...buy.resourceTypes]], [['Person'], ['Shop::Order']]);
  assert.equal(show(buy.context), '{price?: {cents: Long, currency code?: String}}');
  assert.equal(schema.actions.get('Shop::Action::"trade"')?.principalTypes.size, 0);
  assert.equal(schema.actionOf({ type: 'Action', id: 'buy' }), undefined);
  assert.equal(schema.actionOf({ type: 'Shop::Action', id: 'constructor' }), undefined);
});

test('the JSON form means the same, as a value and as text', async () => {
  const converted = cedar.schemaToJson(SHOP);
  assert.ok(converted.type === 'success');
  const expected = await load(SHOP);
  for (const form of [
    converted.json,
    JSON.stringify(converted.json),
    ` \n${JSON.stringify(converted.json, null, 2)}`,
  ]) {
    const schema = await load(form);
    assert.deepEqual(schema.entityTypes, expected.entityTypes);
    assert.deepEqual(schema.actions, expected.actions);
  }
});

test('the JSON form has ways of its own to name types', async () => {
  const { entityTypes, actions } = await load({
    '': {
      commonTypes: {
        B: { type: 'Boolean' },
        Ctx: { type: 'Record', attributes: { x: { type: 'B', required: false } } },
      },
      entityTypes: {
        A: {
          memberOfTypes: ['A'],
          shape: {
            type: 'Record',
            attributes: {
              a: { type: 'EntityOrCommon', name: 'B' },
              b: { type: 'Bool' },
              c: { type: '__cedar::ipaddr' },
            },
          },
          tags: { type: 'Extension', name: 'ipaddr' },
        },
      },
      actions: {
        '': {
          memberOf: [{ id: 'g', type: 'Action' }],
          appliesTo: { principalTypes: ['A'], resourceTypes: [], context: { type: 'Ctx' } },
        },
        g: {},
      },
    },
  });
  const a = entityTypes.get('A');
  assert.ok(a?.tags !== undefined);
  assert.equal(show(a.shape), '{a: Boolean, b: Boolean, c: ipaddr}');
  assert.deepEqual([show(a.tags), [...a.ancestorTypes]], ['ipaddr', ['A']]);
  const action = actions.get('Action::""');
  assert.ok(action !== undefined);
  assert.deepEqual([show(action.context), action.parents], ['{x?: Boolean}', [{ type: 'Action', id: 'g' }]]);
});

test('problems have their places in the text, counted in UTF-16 units', async () => {
  assert.deepEqual(await refusals('entity "é";'), [
    'shop.cedarschema:1:8 cedar/bad-schema: failed to parse schema from string: error parsing schema: unexpected token `"é"` (expected identifier)',
  ]);
  assert.deepEqual(await refusals('entity A {\n  "😀é": Long, b: Nope };'), [
    'shop.cedarschema:2:19 cedar/bad-schema: failed to resolve type: Nope (`Nope` has not been declared as a common or entity type)',
  ]);
  const [cycle] = await refusals('action a in b;\naction b in a;');
  assert.match(cycle ?? '', /cycle in action hierarchy/u);
  assert.deepEqual(await refusals({ '': { entityTypes: { A: { memberOfTypes: ['B'] } }, actions: {} } }), [
    '- cedar/bad-schema: failed to resolve type: B (`B` has not been declared as an entity type)',
  ]);
  assert.deepEqual(await refusals('{"": {"entityTypes": {},\n "entityTypes": {}}}'), [
    'shop.cedarschema:2:2 cedar/duplicate-name: the name "entityTypes" stands twice in this object',
  ]);
});

test('what is no schema at all is refused', async () => {
  const self: { [name: string]: unknown } = {};
  self[''] = self;
  const [a, b, c, d] = await Promise.all([[], self, 'entity A { "\ud800": Long };', { '': 1n }].map(refusals));
  assert.match(a?.[0] ?? '', /cedar\/bad-schema/u);
  assert.match(b?.[0] ?? '', /cedar\/bad-schema: the schema is no JSON value/u);
  assert.match(c?.[0] ?? '', /cedar\/bad-text/u);
  assert.match(d?.[0] ?? '', /cedar\/bad-schema: the schema is no JSON value/u);
});

test('a schema that is too much for the validator is refused, and the next one is loaded as ever', async () => {
  const deep = `entity A { x: ${'Set<'.repeat(20_000)}Long${'>'.repeat(20_000)} };`;
  for (let round = 0; round < 3; round += 1) {
    const [problem] = await refusals(deep);
    assert.match(problem ?? '', /cedar\/validator-failed/u);
    await load(SHOP);
  }
});
