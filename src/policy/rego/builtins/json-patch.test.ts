import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { callBuiltin } from '../testing/call-builtin.ts';
import { checkCalls } from '../testing/check-calls.ts';
import { makeObject } from '../values/rego-map.ts';
import { makeSet } from '../values/rego-set.ts';
import { BuiltinError } from './builtin.ts';
import { JSON_PATCH_BUILTINS } from './json-patch.ts';
import { JSON_SELECTION_BUILTINS } from './json-selection.ts';

test('paths select of a document, and leave of it', () => {
  const document = { a: { b: 1, c: [10, 20, 30] }, 'd/e': { '~f': 2 } };
  checkCalls(JSON_SELECTION_BUILTINS, [
    ['json.filter', [document, ['a/b', '/d~1e/~0f']], '{"a": {"b": 1}, "d/e": {"~f": 2}}'],
    ['json.filter', [document, [['a', 'c', '1']]], '{"a": {"c": [20]}}'],
    ['json.filter', [document, ['a', 'a/b']], '{"a": {"b": 1, "c": [10, 20, 30]}}'],
    ['json.remove', [document, makeSet(['a/c/0', 'd~1e'])], '{"a": {"b": 1, "c": [20, 30]}}'],
    [
      'json.remove',
      [
        makeObject([
          [1, 2],
          ['a', 3],
        ]),
        [[1]],
      ],
      '{"a": 3}',
    ],
    ['json.remove', [[], []], 'eval_type_error: operand 1 must be object but got array'],
    ['json.filter', [{}, 1], 'eval_type_error: operand 2 must be one of {set, array} but got number'],
  ]);
});

test('a patch adds, removes, replaces, moves, copies and tests', () => {
  const document = { a: [1, 2], b: { c: 1 } };
  const patched = (...patches: readonly { [key: string]: string | number | readonly string[] }[]): string => {
    const outcome = callBuiltin(JSON_PATCH_BUILTINS, 'json.patch', [document, patches]);
    return outcome instanceof BuiltinError ? outcome.message : JSON.stringify(outcome);
  };
  assert.equal(patched({ op: 'add', path: '/a/-', value: 3 }), '{"a":[1,2,3],"b":{"c":1}}');
  assert.equal(patched({ op: 'add', path: ['a', '0'], value: 0 }), '{"a":[0,1,2],"b":{"c":1}}');
  assert.equal(patched({ op: 'remove', path: '/a/0' }), '{"a":[2],"b":{"c":1}}');
  assert.equal(patched({ op: 'replace', path: '/b/c', value: 2 }), '{"a":[1,2],"b":{"c":2}}');
  assert.equal(patched({ op: 'move', from: '/b', path: '/a/0' }), '{"a":[{"c":1},1,2]}');
  assert.equal(
    patched({ op: 'copy', from: '/b', path: '/d' }, { op: 'add', path: '/d/x', value: 1 }),
    '{"a":[1,2],"b":{"c":1},"d":{"c":1,"x":1}}',
  );
  assert.match(patched({ op: 'test', path: '/a', value: 1 }), /Expected: 1\n\nFound: \[1, 2\]/);
  assert.equal(patched({ op: 'remove', path: '/x' }), 'cannot delete child key "x" that does not exist');
  assert.equal(patched({ op: 'add', path: '/a/9', value: 1 }), 'index for array insertion out of bounds');
  assert.equal(patched({ op: 'add', path: '/b/y' }), "missing required attribute 'value'");
  assert.equal(patched({ op: 'twist', path: '/b' }), "unrecognized op: 'twist'");
  assert.deepEqual(document, { a: [1, 2], b: { c: 1 } });
});

test('null is a value like any other', () => {
  checkCalls(JSON_PATCH_BUILTINS, [
    ['json.patch', [[null], [{ op: 'test', path: '/0', value: null }]], '[null]'],
    ['json.patch', [{ a: [null] }, [{ op: 'copy', from: '/a/0', path: '/b' }]], '{"a": [null], "b": null}'],
  ]);
});

test('members of sets are patched, and the set is one afterwards', () => {
  checkCalls(JSON_PATCH_BUILTINS, [
    ['json.patch', [makeSet([[0], 'a']), [{ op: 'add', path: [[0], 1], value: 1 }]], '{"a", [0, 1]}'],
    ['json.patch', [makeSet([1]), [{ op: 'add', path: [2], value: 2 }]], '{1, 2}'],
    [
      'json.patch',
      [makeSet([1]), [{ op: 'add', path: [2], value: 3 }]],
      'eval_builtin_error: set key 2 does not equal value to be inserted 3',
    ],
  ]);
});

test('no patch changes what it was given, or throws', () => {
  const path = fc
    .array(fc.constantFrom('a', 'b', '0', '1', '-', '__proto__'), { maxLength: 3 })
    .map((parts) => parts.join('/'));
  const operation = fc.record({
    op: fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test'),
    path,
    from: path,
    value: fc.jsonValue({ maxDepth: 2 }),
  });
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 3 }), fc.array(operation, { maxLength: 4 }), (document, operations) => {
      const before = JSON.stringify([document, operations]);
      callBuiltin(JSON_PATCH_BUILTINS, 'json.patch', [document as never, operations as never]);
      assert.equal(JSON.stringify([document, operations]), before);
    }),
    { numRuns: 500 },
  );
});
