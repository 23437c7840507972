import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { Decimal } from '../extensions/decimal.ts';
import { MAX_EXPRESSION_DEPTH } from '../limits.ts';
import { CedarRecord, CedarSet, Entity, type EntityType, equal, fieldsOf, type Value } from '../value.ts';
import type { CedarType } from './cedar-schema.ts';
import { recordFromJson, uidFromJson, valueFromJson, valueToJson } from './value-json.ts';
import { formatPath, locate } from './value-problem.ts';

const users: EntityType = { name: 'User', ordinal: 1, entities: new Map() };

/** One object for each entity, as a store has it. */
function resolve(type: string, id: string): Entity {
  const known = users.entities.get(`${type}.${id}`);
  if (known !== undefined) return known;
  const made = new Entity(type === 'User' ? users : { ...users, name: type }, id, users.entities.size + 1);
  users.entities.set(`${type}.${id}`, made);
  return made;
}

const STRING: CedarType = { kind: 'String' };
const LONG: CedarType = { kind: 'Long' };

function read(json: unknown, type?: CedarType): Value {
  const result = valueFromJson(json, type, resolve);
  assert.ok(result.ok);
  return result.value;
}

/** As `code at path: message`. */
function refusal(json: unknown, type?: CedarType): string {
  const result = valueFromJson(json, type, resolve);
  if (result.ok) return 'taken';
  const { code, path, message } = result.problem;
  return `${code} at ${formatPath(path)}: ${message}`;
}

function record(fields: { readonly [name: string]: CedarType }, optional: readonly string[] = []): CedarType {
  const attributes = Object.entries(fields).map(
    ([name, type]) => [name, { type, required: !optional.includes(name) }] as const,
  );
  return { kind: 'Record', attributes: new Map(attributes) };
}

test('references and extension values are escaped where nothing says what they are', () => {
  assert.equal(read({ __entity: { type: 'User', id: 'alice' } }), resolve('User', 'alice'));
  assert.deepEqual(read({ __extn: { fn: 'decimal', arg: '1.50' } }), Decimal.parse('1.5'));
  assert.equal(read({ __extn: { fn: 'isIpv4', args: [{ __extn: { fn: 'ip', arg: '::1' } }] } }), false);
  assert.ok(read({ type: 'User', id: 'alice' }) instanceof CedarRecord);
});

test('where a type says what they are they need no escape, and may have it', () => {
  const user: CedarType = { kind: 'Entity', name: 'User' };
  assert.equal(read({ type: 'User', id: 'alice' }, user), resolve('User', 'alice'));
  assert.equal(read({ __entity: { type: 'User', id: 'alice' } }, user), resolve('User', 'alice'));
  const decimal: CedarType = { kind: 'Extension', name: 'decimal' };
  for (const json of ['1.5', { fn: 'decimal', arg: '1.5' }, { __extn: { fn: 'decimal', args: ['1.5'] } }]) {
    assert.deepEqual(read(json, decimal), Decimal.parse('1.5'));
  }
});

test('integers are one number or bigint, whatever they were given as', () => {
  assert.equal(read(-0), 0);
  assert.ok(Object.is(read(-0, LONG), 0));
  assert.equal(read(7n), 7);
  assert.equal(read(2n ** 63n - 1n, LONG), 2n ** 63n - 1n);
  assert.equal(refusal(2n ** 63n), 'cedar/overflow at : does not fit 64 bits');
  assert.match(refusal(2 ** 53), /^cedar\/inexact-integer at : is 9007199254740992, beyond/u);
});

test('what JSON has and Cedar has not is refused at its place', () => {
  assert.equal(
    refusal({ a: [1, { 'b c': null }] }),
    'cedar/not-a-value at a[1]["b c"]: is `null`, which is no value of Cedar',
  );
  assert.match(refusal(1.5, LONG), /^cedar\/not-an-integer at : is 1\.5/u);
  assert.match(refusal([Number.NaN]), /^cedar\/not-an-integer at \[0\]: is NaN/u);
  assert.match(refusal(['\ud800']), /^cedar\/bad-text at \[0\]/u);
  assert.match(refusal('\udc00', STRING), /^cedar\/bad-text/u);
  assert.match(refusal({ '\ud800': 1 }), /^cedar\/bad-text/u);
  for (const json of [
    undefined,
    Symbol('x'),
    () => 1,
    new Date(),
    new Map(),
    new Set(),
    [undefined],
    Array.from({ length: 1 }),
  ]) {
    assert.match(refusal(json), /^cedar\/not-a-value/u);
  }
});

test('an escape that is none is refused, not taken for a record', () => {
  assert.match(refusal({ __entity: { type: 'User' } }), /^cedar\/bad-reference/u);
  assert.match(refusal({ __entity: { type: 'no good', id: '' } }), /^cedar\/bad-reference/u);
  assert.match(refusal({ __entity: { type: 'is::User', id: '' } }), /^cedar\/bad-reference/u);
  assert.match(refusal({ __extn: 'decimal' }), /^cedar\/bad-extension-value/u);
  assert.match(refusal({ __extn: { fn: 'decimal', arg: '1' } }), /^cedar\/bad-extension-value/u);
  assert.match(refusal({ __extn: { fn: 'decimals', arg: '1.0' } }), /^cedar\/bad-extension-value/u);
  assert.match(refusal({ __extn: { fn: 'toString', arg: '1.0' } }), /^cedar\/bad-extension-value/u);
  assert.match(refusal({ __expr: 'User::"a"' }), /^cedar\/removed-escape/u);
  assert.ok(read({ __entity: { type: 'User', id: 'a' }, more: 1 }) instanceof CedarRecord);
});

test('a record has exactly the attributes that its type has', () => {
  const type = record({ name: STRING, age: LONG, address: record({ city: STRING }) }, ['age']);
  const value = read({ address: { city: 'x' }, name: 'a' }, type);
  assert.ok(value instanceof CedarRecord);
  assert.deepEqual(
    fieldsOf(value).map(([name]) => name),
    ['name', 'address'],
  );
  assert.equal(refusal({ name: 'a' }, type), 'cedar/missing-attribute at address: is missing');
  assert.equal(refusal({ name: 'a', address: {} }, type), 'cedar/missing-attribute at address.city: is missing');
  assert.equal(
    refusal({ name: 'a', address: { city: 1 } }, type),
    'cedar/type-mismatch at address.city: should be a string, and is a long',
  );
  const result = valueFromJson({ name: 'a', address: { city: '', citi: '' } }, type, resolve);
  assert.ok(!result.ok);
  assert.deepEqual(locate(result.problem, 'attribute', 'the context'), {
    code: 'cedar/undeclared-attribute',
    message: 'attribute `address.citi` of the context is not declared in the schema',
    hint: 'maybe `city` was meant',
  });
});

test("names of JavaScript's prototypes are attributes like any other, and never inherited", () => {
  const json: unknown = JSON.parse('{"__proto__": {"__proto__": 1}, "constructor": 2, "toString": "x"}');
  const value = read(json);
  assert.ok(value instanceof CedarRecord);
  assert.deepEqual(
    fieldsOf(value).map(([name]) => name),
    ['__proto__', 'constructor', 'toString'],
  );
  assert.deepEqual(valueToJson(value), json);
  assert.equal(Object.hasOwn(Object.prototype, '$__proto__'), false);
  const type = record({ constructor: LONG, hasOwnProperty: LONG }, ['hasOwnProperty']);
  assert.equal(refusal({}, type), 'cedar/missing-attribute at constructor: is missing');
  assert.ok(read({ constructor: 1 }, type) instanceof CedarRecord);
  assert.match(
    refusal(JSON.parse('{"constructor": 1, "__proto__": 2}'), type),
    /^cedar\/undeclared-attribute at __proto__/u,
  );
});

test('what contains itself, or is nested too deep, is refused', () => {
  const self: { [name: string]: unknown } = {};
  self['a'] = self;
  self['b'] = [self];
  assert.match(refusal(self), /^cedar\/too-deep at a\.a\.a/u);
  let deep: unknown = 1;
  for (let level = 0; level < MAX_EXPRESSION_DEPTH; level += 1) deep = [deep];
  assert.ok(read(deep) instanceof CedarSet);
  assert.match(refusal([deep]), /^cedar\/too-deep/u);
  assert.match(refusal({ __extn: { fn: 'decimal', arg: deep } }), /^cedar\/too-deep/u);
});

test('attributes of an entity are a record whatever they look like', () => {
  const json = { __entity: { type: 'User', id: 'a' } };
  const result = recordFromJson(json, undefined, resolve);
  assert.ok(result.ok);
  assert.deepEqual(
    fieldsOf(result.value).map(([name]) => name),
    ['__entity'],
  );
  assert.equal(recordFromJson([], undefined, resolve).ok, false);
});

test('a reference to an entity is taken in both forms, and from own properties only', () => {
  assert.deepEqual(uidFromJson({ type: 'A::B', id: '' }), { ok: true, value: { type: 'A::B', id: '' } });
  assert.deepEqual(uidFromJson({ __entity: { type: 'A', id: 'x' } }), { ok: true, value: { type: 'A', id: 'x' } });
  for (const json of [
    null,
    'A::"x"',
    {},
    { type: 'A' },
    { type: 'A', id: 1 },
    { type: 'A:B', id: '' },
    Object.create({ type: 'A', id: '' }),
  ]) {
    assert.equal(uidFromJson(json).ok, false);
  }
});

const { json } = fc.letrec((tie) => ({
  json: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.boolean(),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.integer(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      { __entity: { type: 'User', id: 'a' } },
      { __extn: { fn: 'ip', arg: '10.0.0.0/8' } },
      { __extn: { fn: 'duration', arg: '-1d2h3ms' } },
    ),
    fc.array(tie('json')),
    fc.dictionary(fc.string(), tie('json')),
  ),
}));

test('a value is written as JSON that is read back as an equal one', () => {
  fc.assert(
    fc.property(json, (source) => {
      fc.pre(refusal(source) === 'taken');
      const value = read(source);
      assert.ok(equal(value, read(valueToJson(value))));
    }),
    { seed: 20260706, numRuns: 500 },
  );
});
