import { test } from 'node:test';
import { checkCalls } from '../testing/check-calls.ts';
import { parseNumber } from '../values/number.ts';
import { makeObject } from '../values/rego-map.ts';
import { makeSet } from '../values/rego-set.ts';
import { AGGREGATE_BUILTINS } from './aggregates.ts';

const big = parseNumber('9007199254740993') ?? 0;

test('counting knows every composite, and counts code points', () => {
  checkCalls(AGGREGATE_BUILTINS, [
    ['count', [[1, [2, 3]]], '2'],
    ['count', [makeSet([1, 1, 2])], '2'],
    ['count', [{ a: 1, constructor: 2 }], '2'],
    ['count', [makeObject([[1, 2]])], '1'],
    ['count', ['a😀é'], '3'],
    ['count', [null], 'eval_type_error: operand 1 must be one of {array, object, set, string} but got null'],
  ]);
});

test('sums and products are exact on integers, and rounded as OPA rounds on fractions', () => {
  checkCalls(AGGREGATE_BUILTINS, [
    ['sum', [[]], '0'],
    ['sum', [[1, 2, 3]], '6'],
    ['sum', [[9007199254740991, 2]], '9007199254740993'],
    ['sum', [[big, big]], '18014398509481986'],
    ['sum', [[0.1, 0.2]], '0.3'],
    ['sum', [makeSet([1, 2.5])], '3.5'],
    ['sum', [[1, 'a']], 'eval_type_error: operand 1 must be array of numbers but got array containing string'],
    ['sum', [{}], 'eval_type_error: operand 1 must be one of {set, array} but got object'],
    ['product', [[]], '1'],
    ['product', [[2, big]], '18014398509481986'],
    ['product', [[0.1, 3]], '0.30000000000000004'],
    ['product', [makeSet([null])], 'eval_type_error: operand 1 must be set of numbers but got set containing null'],
  ]);
});

test('the extremes follow the order of all values, and nothing has none', () => {
  checkCalls(AGGREGATE_BUILTINS, [
    ['max', [[1, 'a', [0], { a: 1 }, makeSet([])]], 'set()'],
    ['min', [[true, 1, null]], 'null'],
    ['max', [makeSet(['\uffff', '😀'])], '"😀"'],
    ['max', [[]], 'undefined'],
    ['min', [makeSet([])], 'undefined'],
    ['sort', [[2, 'a', 1, null, [1]]], '[null, 1, 2, "a", [1]]'],
    ['sort', [makeSet([3, 1])], '[1, 3]'],
    ['sort', ['ba'], 'eval_type_error: operand 1 must be one of {set, array} but got string'],
  ]);
});

test('membership is by value, and by place or key', () => {
  checkCalls(AGGREGATE_BUILTINS, [
    ['internal.member_2', [[1], [[1], 2]], 'true'],
    ['internal.member_2', [1, { a: 1 }], 'true'],
    ['internal.member_2', ['a', { a: 1 }], 'false'],
    ['internal.member_2', [1, 'x1'], 'false'],
    ['internal.member_3', [0, 'a', ['a']], 'true'],
    ['internal.member_3', ['toString', 1, { a: 1 }], 'false'],
    ['internal.member_3', [1, 1, makeSet([1])], 'true'],
    ['all', [[true, true]], 'true'],
    ['all', [makeSet([true, 1])], 'false'],
    ['any', [[false, 1]], 'false'],
    ['any', [makeSet([true, 1])], 'true'],
  ]);
});
