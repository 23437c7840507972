/** GraphQL documents as OPA shows them, and what it holds for right. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { callBuiltin, textOfCall } from '../testing/call-builtin.ts';
import type { RegoValue } from '../values/value.ts';
import { parseQuery } from './graphql-query.ts';
import { parseSchema } from './graphql-schema.ts';
import { GRAPHQL_BUILTINS } from './graphql.ts';

function outcome(name: string, ...args: readonly RegoValue[]): unknown {
  return callBuiltin(GRAPHQL_BUILTINS, `graphql.${name}`, args);
}

function call(name: string, ...args: readonly RegoValue[]): string {
  return textOfCall(GRAPHQL_BUILTINS, `graphql.${name}`, args);
}

const SCHEMA = `
  type Query { user(id: ID!, fields: [String!] = ["name"]): User! }
  interface Named { name: String }
  type User implements Named { name: String, role: Role, friends: [User!]! }
  enum Role { ADMIN VIEWER }
  extend type Query { version: String! }
`;

test('a query becomes a tree in which what is empty is left out', () => {
  const value = (Kind: number, Raw: string): RegoValue => ({ ExpectedTypeHasDefault: false, Kind, Raw });
  assert.deepEqual(outcome('parse_query', '# who\nquery Q($id: [ID!] = null) { u: user(id: $id) @live { ...F } }'), {
    Operations: [
      {
        Comment: { List: [{ Value: '# who' }] },
        Name: 'Q',
        Operation: 'query',
        SelectionSet: [
          {
            Alias: 'u',
            Arguments: [{ Name: 'id', Value: value(0, 'id') }],
            Directives: [{ Location: '', Name: 'live' }],
            Name: 'user',
            SelectionSet: [{ Name: 'F' }],
          },
        ],
        VariableDefinitions: [
          {
            DefaultValue: value(6, 'null'),
            Type: { Elem: { NamedType: 'ID', NonNull: true }, NamedType: '', NonNull: false },
            Used: false,
            Variable: 'id',
          },
        ],
      },
    ],
  });
});

test('a schema becomes a tree, with block texts without their indentation', () => {
  const schema = '"""\n    One\n      Two\n    """\nunion U = | A | B\nextend schema { query: Q }';
  assert.deepEqual(outcome('parse_schema', schema), {
    Definitions: [{ BuiltIn: false, Description: 'One\n  Two', Kind: 'UNION', Name: 'U', Types: ['A', 'B'] }],
    SchemaExtension: [{ Description: '', OperationTypes: [{ Operation: 'query', Type: 'Q' }] }],
  });
});

test('what does not parse is told where, in the words of OPA', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['parse_query', '{', 'Expected Name, found <EOF> in GraphQL string at location 1:2'],
    ['parse_query', 'query {}', 'expected at least one definition, found } in GraphQL string at location 1:8'],
    ['parse_query', '{ a(b: "c) }', 'Unexpected <Invalid> in GraphQL string at location 1:13'],
    ['parse_query', 'other', 'Unexpected Name "other" in GraphQL string at location 1:1'],
    ['parse_query', '{a(x:-)}', 'Unexpected <Invalid> in GraphQL string at location 1:7'],
    ['parse_schema', 'extend type A', 'Unexpected <EOF> in GraphQL string at location 1:14'],
    ['parse_schema', 'directive @a on HERE', 'Unexpected Name "HERE" in GraphQL string at location 1:17'],
  ];
  for (const [name, text, wanted] of cases) assert.equal(call(name, text), `eval_builtin_error: ${wanted}`, text);
});

test('a query is held against its schema', () => {
  const valid = (query: string): string => call('is_valid', query, SCHEMA);
  assert.equal(valid('{ user(id: 1) { name role friends { __typename ... on Named { name } } } version }'), 'true');
  assert.equal(valid(''), 'true');
  const wrong = [
    '{ user { name } }',
    '{ user(id: 1) }',
    '{ user(id: 1) { secret } }',
    '{ user(id: {}) { name } }',
    'query ($unused: ID) { version }',
    'mutation { version }',
    '{ version { a } }',
    '{ version @unknown }',
    '{ ...F }',
  ];
  for (const query of wrong) assert.equal(valid(query), 'false', query);
  const message = 'Field "user" argument "id" of type "ID!" is required, but it was not provided';
  const wanted = `eval_builtin_error: ${message} in GraphQL string at location 1:3`;
  assert.equal(call('parse', '{ user { name } }', SCHEMA), wanted);
  assert.equal(call('parse_and_verify', '{ user { name } }', SCHEMA), '[false, {}, {}]');
});

test('documents may be handed over as the objects that they became', () => {
  const query = '{ user(id: 1) { name ... on User { role } ...F } } fragment F on User { friends { name } }';
  const [queryTree, schemaTree] = outcome('parse', query, SCHEMA) as readonly [RegoValue, RegoValue];
  assert.equal(call('is_valid', queryTree, schemaTree), 'true');
  assert.deepEqual(outcome('parse', queryTree, schemaTree), [queryTree, schemaTree]);
  assert.equal(call('is_valid', { Operations: 1 }, schemaTree), 'false');
  assert.equal(call('is_valid', 1, SCHEMA), 'false');
  assert.equal(call('parse', 1, SCHEMA), 'eval_type_error: operand 0 must be one of {string, object} but got number');
});

test('a schema is right when its types are there, complete and of the right kinds', () => {
  const valid = (schema: string): string => call('schema_is_valid', schema);
  assert.equal(valid(SCHEMA), 'true');
  assert.equal(valid('extend type User { id: ID! }'), 'true');
  const wrong = [
    'type A { b: B }',
    'type A',
    'type A { b: String } type A { c: String }',
    'type A { b: String, b: String }',
    'type A { __b: String }',
    'type A implements B { c: String } interface B { b: String }',
    'type A implements B { b: Int } interface B { b: String }',
    'type A { b(c: A): String }',
    'input A { a: A! }',
    'input A { b: B } type B { c: String }',
    'union U = E enum E { A }',
    'enum E { true }',
    'schema { query: Missing }',
    'type A @unknown { b: String }',
    'type A { b: String @skip(if: true) }',
    'directive @a(b: Int @a) on FIELD',
    'scalar String',
  ];
  for (const schema of wrong) assert.equal(valid(schema), 'false', schema);
});

test('no text is too much, however deep', () => {
  const pieces = fc.constantFrom(
    '{',
    '}',
    '(',
    ')',
    '[',
    ']',
    ':',
    '!',
    '$',
    '@',
    '...',
    '"',
    '"""',
    '#',
    '\n',
    'a',
    'on',
    '1',
    'type',
    '=',
    '\\',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.array(pieces).map((parts) => parts.join(' ')),
      ),
      (text) => {
        parseQuery(text);
        parseSchema(text);
      },
    ),
  );
  assert.equal(parseQuery('{a'.repeat(100_000)).ok, false);
  assert.equal(parseQuery(`{a(b:${'['.repeat(100_000)}`).ok, false);
});
