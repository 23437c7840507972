import { test } from 'node:test';
import { checkCalls } from '../testing/check-calls.ts';
import { makeObject } from '../values/rego-map.ts';
import { makeSet } from '../values/rego-set.ts';
import { ARRAY_BUILTINS } from './arrays.ts';
import { GRAPH_BUILTINS } from './graph.ts';
import { SUBSET_BUILTINS } from './object-subset.ts';
import { OBJECT_BUILTINS } from './objects.ts';
import { SET_BUILTINS } from './sets.ts';

test('arrays are joined, flattened, cut and reversed', () => {
  checkCalls(ARRAY_BUILTINS, [
    ['array.concat', [[1], [[2]]], '[1, [2]]'],
    ['array.flatten', [[1, [2, [3]], makeSet([4])]], '[1, 2, [3], {4}]'],
    ['array.slice', [[1, 2, 3], -5, 2], '[1, 2]'],
    ['array.slice', [[1, 2, 3], 2, 1], '[]'],
    ['array.slice', [[1, 2, 3], 1, 99], '[2, 3]'],
    ['array.reverse', [[1, 2]], '[2, 1]'],
    ['array.slice', [[1], 0.5, 1], 'eval_type_error: operand 2 must be integer number but got floating-point number'],
    ['array.concat', [[], {}], 'eval_type_error: operand 2 must be array but got object'],
  ]);
});

test('sets are united and intersected, two or any number', () => {
  checkCalls(SET_BUILTINS, [
    ['and', [makeSet([1, [2]]), makeSet([[2], 3])], '{[2]}'],
    ['or', [makeSet([1]), makeSet([1, 2])], '{1, 2}'],
    ['set_diff', [makeSet([1, 2]), makeSet([1])], '{2}'],
    ['union', [makeSet([makeSet([1]), makeSet([2, 3])])], '{1, 2, 3}'],
    ['intersection', [makeSet([makeSet([1, 2]), makeSet([2, 3])])], '{2}'],
    ['intersection', [makeSet([])], 'set()'],
    ['union', [makeSet([[1]])], 'eval_type_error: operand 1 must be set but got array'],
    ['or', [makeSet([]), []], 'eval_type_error: operand 2 must be set but got array'],
  ]);
});

test('a value of an object is found by key or by path', () => {
  const nested = { a: [{ b: makeSet(['c']) }], __proto__x: 1 };
  checkCalls(OBJECT_BUILTINS, [
    ['object.get', [nested, ['a', 0, 'b', 'c'], 'none'], '"c"'],
    ['object.get', [nested, ['a', 1], 'none'], '"none"'],
    ['object.get', [nested, 'toString', 'none'], '"none"'],
    ['object.get', [{ a: false, b: null }, 'a', true], 'false'],
    ['object.get', [{ b: null }, 'b', true], 'null'],
    ['object.get', [{ b: [null] }, ['b', 0], true], 'null'],
    ['object.get', [{ a: 1 }, [], 0], '{"a": 1}'],
    [
      'object.keys',
      [
        makeObject([
          [1, 2],
          ['a', 3],
        ]),
      ],
      '{1, "a"}',
    ],
    ['object.get', ['a', 'a', 1], 'eval_type_error: operand 1 must be object but got string'],
  ]);
});

test('keys are kept and left out, and later objects win', () => {
  checkCalls(OBJECT_BUILTINS, [
    ['object.remove', [{ a: 1, b: 2 }, makeSet(['a'])], '{"b": 2}'],
    ['object.filter', [{ a: 1, b: 2 }, { a: null }], '{"a": 1}'],
    [
      'object.filter',
      [
        makeObject([
          [1, 2],
          ['a', 3],
        ]),
        [1],
      ],
      '{1: 2}',
    ],
    [
      'object.union',
      [
        { a: { b: 1 }, c: 1 },
        { a: { d: 2 }, c: [] },
      ],
      '{"a": {"b": 1, "d": 2}, "c": []}',
    ],
    ['object.union_n', [[{ a: { b: 1 } }, { a: 2 }, { a: { c: 3 } }]], '{"a": {"c": 3}}'],
    ['object.union_n', [[]], '{}'],
    [
      'object.union_n',
      [[{}, 1]],
      'eval_type_error: operand 1 must be array of objects but got array containing number',
    ],
    ['object.remove', [{}, 'a'], 'eval_type_error: operand 2 must be one of {object, set, array} but got string'],
  ]);
});

test('a part is found in objects, sets, runs of arrays, and as a set in an array', () => {
  checkCalls(SUBSET_BUILTINS, [
    ['object.subset', [{ a: { b: [1, 2, 3] }, c: 1 }, { a: { b: [2, 3] } }], 'true'],
    ['object.subset', [{ a: 1 }, { toString: 1 }], 'false'],
    [
      'object.subset',
      [
        [1, 1, 2],
        [1, 2],
      ],
      'true',
    ],
    [
      'object.subset',
      [
        [1, 2],
        [2, 1],
      ],
      'false',
    ],
    ['object.subset', [makeSet([1, 2]), makeSet([2])], 'true'],
    ['object.subset', [[3, 2, 1], makeSet([1, 3])], 'true'],
    [
      'object.subset',
      [{}, []],
      'eval_type_error: both arguments object.subset must be of the same type or array and set',
    ],
  ]);
});

test('a walk meets every value with its path, and a graph ends where it repeats itself', () => {
  const graph = { a: ['b', 'c'], b: makeSet(['a']), c: [], d: ['a'] };
  checkCalls(GRAPH_BUILTINS, [
    ['walk', [{ a: [1] }], '[[[], {"a": [1]}], [["a"], [1]], [["a", 0], 1]]'],
    ['graph.reachable', [graph, ['a']], '{"a", "b", "c"}'],
    ['graph.reachable', [graph, makeSet(['x'])], 'set()'],
    ['graph.reachable_paths', [graph, ['d']], '{["d", "a", "b"], ["d", "a", "c"]}'],
    ['graph.reachable_paths', [{ a: ['x'] }, ['a']], '{["a"]}'],
    ['graph.reachable', [graph, 'a'], 'eval_type_error: operand 2 must be {array, set} but got string'],
  ]);
});

test('a graph with more paths than anybody can follow is refused, and a long one is followed', () => {
  const layers = Object.fromEntries(
    Array.from({ length: 40 }, (_, layer) => [
      [`a${layer}`, [`a${layer + 1}`, `b${layer + 1}`]],
      [`b${layer}`, [`a${layer + 1}`, `b${layer + 1}`]],
    ]).flat(),
  ) as Record<string, string[]>;
  checkCalls(GRAPH_BUILTINS, [
    [
      'graph.reachable_paths',
      [layers, ['a0']],
      'eval_builtin_error: following the paths takes more than 1000000 steps',
    ],
  ]);
  const chain = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [String(index), [String(index + 1)]]));
  checkCalls(GRAPH_BUILTINS, [['graph.reachable', [chain, ['19998']], '{"19998", "19999"}']]);
});
