/** JSON schemas: what matches, what is said of what does not, and which schemas are refused. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { arbitraryValue } from '../testing/arbitrary-values.ts';
import { callBuiltin, textOfCall } from '../testing/call-builtin.ts';
import type { RegoValue } from '../values/value.ts';
import { JSON_SCHEMA_BUILTINS } from './json-schema.ts';

/** The error texts; none where the document matches. */
function mismatches(document: RegoValue, schema: RegoValue): readonly string[] {
  const outcome = callBuiltin(JSON_SCHEMA_BUILTINS, 'json.match_schema', [document, schema]);
  const [matches, errors] = outcome as unknown as readonly [boolean, readonly { readonly error: string }[]];
  assert.equal(matches, errors.length === 0);
  return errors.map(({ error }) => error);
}

function verify(schema: RegoValue): string {
  return textOfCall(JSON_SCHEMA_BUILTINS, 'json.verify_schema', [schema]);
}

test('each keyword says what it misses, in the words of OPA', () => {
  const cases: readonly (readonly [RegoValue, RegoValue, string])[] = [
    ['1', { type: ['string', 'null'] }, '(Root): Invalid type. Expected: [string,null], given: integer'],
    [{ a: 1.5 }, { properties: { a: { type: 'integer' } } }, 'a: Invalid type. Expected: integer, given: number'],
    [{}, { required: ['a'] }, '(Root): a is required'],
    [{ b: 1 }, { additionalProperties: false }, '(Root): Additional property b is not allowed'],
    [
      { a: { x: 'y' } },
      { properties: { a: { patternProperties: { '^x': false } } } },
      'a.x: False always fails validation',
    ],
    [{ ab: 1 }, { propertyNames: { maxLength: 1 } }, '(Root): Property name of "ab" does not match'],
    [{ a: 1 }, { dependencies: { a: ['b'] } }, '(Root): Has a dependency on b'],
    [{}, { minProperties: 1 }, '(Root): Must have at least 1 properties'],
    [[1, 2], { maxItems: 1 }, '(Root): Array must have at most 1 items'],
    [[1, 2], { items: [{}], additionalItems: false }, '(Root): No additional items allowed on array'],
    [[1, 1], { uniqueItems: true }, '(Root): array items[0,1] must be unique'],
    [[[]], { items: { minItems: 1 } }, '0: Array must have at least 1 items'],
    [[1], { contains: { const: 2 } }, '(Root): At least one of the items must match'],
    [[3], { items: { maximum: 2.5 } }, '0: Must be less than or equal to 2.5'],
    [[3], { items: { exclusiveMinimum: 3 } }, '0: Must be greater than 3'],
    [[3], { items: { minimum: 3, exclusiveMinimum: true } }, '0: Must be greater than 3'],
    [[0.3], { items: { multipleOf: 0.2 } }, '0: Must be a multiple of 0.2'],
    [['é😀'], { items: { maxLength: 1 } }, '0: String length must be less than or equal to 1'],
    [['b'], { items: { pattern: '^a' } }, "0: Does not match pattern '^a'"],
    [['b'], { items: { format: 'ipv4' } }, "0: Does not match format 'ipv4'"],
    [{ a: 1 }, { properties: { a: { enum: [2, 'x'] } } }, 'a: a must be one of the following: 2, "x"'],
    [{ a: 1 }, { properties: { a: { const: { b: 1 } } } }, 'a: a does not match: {"b":1}'],
    [[], { not: {} }, '(Root): Must not validate the schema (not)'],
    [[], { oneOf: [{}, {}] }, '(Root): Must validate one and only one schema (oneOf)'],
    [[], '{"if": {}, "then": {"minItems": 1}}', '(Root): Must validate "then" as "if" was valid'],
  ];
  for (const [document, schema, wanted] of cases) assert.equal(mismatches(document, schema)[0], wanted);
});

test('what holds is not complained of', () => {
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    definitions: { node: { required: ['value'], properties: { next: { $ref: '#/definitions/node' } } } },
    $ref: '#/definitions/node',
  };
  assert.deepEqual(mismatches({ value: 1, next: { value: 2 } }, schema), []);
  assert.deepEqual(mismatches({ value: 1, next: {} }, schema), ['next: value is required']);
  assert.deepEqual(mismatches('{"a": 0.3}', '{"properties": {"a": {"multipleOf": 0.1}}}'), []);
  assert.deepEqual(mismatches([1, 'x'], { items: [{ type: 'integer' }] }), []);
  assert.deepEqual(mismatches({ a: '2020-02-29' }, { properties: { a: { format: 'date' } } }), []);
});

test('of several schemas, the complaints of the one that came nearest are added', () => {
  const schema = { anyOf: [{ type: 'array' }, { required: ['a'], properties: { b: { type: 'string' } } }] };
  const wanted = ['(Root): Must validate at least one schema (anyOf)', '(Root): a is required'];
  assert.deepEqual(mismatches({ b: 'x' }, schema), wanted);
});

test('a schema that makes no sense is refused', () => {
  const cases: readonly (readonly [RegoValue, string])[] = [
    [{ type: 'text' }, 'has a primitive type that is NOT VALID -- given: /text/'],
    [{ type: ['null', 'null'] }, 'null type is duplicated'],
    [{ properties: 1 }, 'Properties must be of type object'],
    [{ properties: { a: 1 } }, 'Expected: Valid Schema, given: Invalid JSON'],
    [{ pattern: '(' }, 'pattern must be a valid regex'],
    [{ minLength: 2, maxLength: 1 }, 'minLength cannot be greater than maxLength'],
    [{ multipleOf: 0 }, 'multipleOf must be strictly greater than 0'],
    [{ exclusiveMaximum: true }, 'exclusiveMaximum cannot be used without maximum'],
    [{ $ref: '#/definitions/missing' }, "Object has no key 'definitions'"],
    [{ $ref: 'https://example.com/schema' }, 'remote reference loading disabled'],
    ['{', 'invalid JSON string'],
    [1, 'wrong type, expected string or object'],
  ];
  for (const [schema, wanted] of cases) assert.ok(verify(schema).includes(`"jsonschema: ${wanted}`), verify(schema));
  assert.equal(verify({ type: 'object' }), '[true, null]');
});

test('no address takes long to read', () => {
  const schema = { items: { format: 'email' } };
  assert.deepEqual(mismatches(['A "b c" <a.b@c>', 'a@b', '"a b"@[1.2.3.4]'], schema), []);
  for (const text of [
    'a'.repeat(100_000),
    'a '.repeat(50_000),
    'a.'.repeat(50_000),
    '"" '.repeat(30_000),
    'a@b@c',
    '<a@b',
  ]) {
    assert.deepEqual(mismatches([text], schema), ["0: Does not match format 'email'"]);
  }
});

test('a schema without end is told, and no value is too much', () => {
  const endless = { definitions: { a: { allOf: [{ $ref: '#/definitions/a' }] } }, $ref: '#/definitions/a' };
  const outcome = textOfCall(JSON_SCHEMA_BUILTINS, 'json.match_schema', [{}, endless]);
  assert.match(outcome, /^eval_builtin_error: the schema refers to itself without end/u);
  const deep = '{"not":'.repeat(5000) + '{}' + '}'.repeat(5000);
  assert.match(verify(deep), /^\[false, "jsonschema: more than 500 schemas/u);
  fc.assert(
    fc.property(arbitraryValue, arbitraryValue, (document, schema) => {
      textOfCall(JSON_SCHEMA_BUILTINS, 'json.match_schema', [document, schema]);
    }),
  );
});
