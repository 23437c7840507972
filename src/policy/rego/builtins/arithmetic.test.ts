import { test } from 'node:test';
import { checkCalls } from '../testing/check-calls.ts';
import { parseNumber } from '../values/number.ts';
import { makeSet } from '../values/rego-set.ts';
import { ARITHMETIC_BUILTINS } from './arithmetic.ts';
import { BITS_BUILTINS } from './bits.ts';
import { COMPARISON_BUILTINS } from './comparison.ts';
import { NUMBER_BUILTINS } from './numbers.ts';

const big = parseNumber('18446744073709551616') ?? 0;

test('operators compute numbers, and name the operand that is none', () => {
  checkCalls(ARITHMETIC_BUILTINS, [
    ['plus', [1, 2.5], '3.5'],
    ['plus', ['1', 2], 'eval_type_error: operand 1 must be number but got string'],
    ['mul', [big, big], '340282366920938463463374607431768211456'],
    ['div', [7, 2], '3.5'],
    ['div', [1, 0], 'eval_builtin_error: divide by zero'],
    ['rem', [-7, 3], '-1'],
    ['rem', [10, big], '10'],
    ['rem', [1, 0], 'eval_builtin_error: modulo by zero'],
    ['rem', [1.5, 1], 'eval_builtin_error: modulo on floating-point number'],
    ['abs', [-3], '3'],
    ['round', [2.5], '3'],
    ['floor', [-1.5], '-2'],
    ['ceil', [null], 'eval_type_error: operand 1 must be number but got null'],
  ]);
});

test('minus is for two numbers or for two sets', () => {
  checkCalls(ARITHMETIC_BUILTINS, [
    ['minus', [1, 3], '-2'],
    ['minus', [makeSet([1, 2]), makeSet([2, 3])], '{1}'],
    ['minus', [makeSet([1]), 1], 'eval_type_error: operand 2 must be set but got number'],
    ['minus', [1, makeSet([1])], 'eval_type_error: operand 2 must be number but got set'],
    ['minus', [[], 1], 'eval_type_error: operand 1 must be one of {number, set} but got array'],
  ]);
});

test('comparisons take any two values', () => {
  checkCalls(COMPARISON_BUILTINS, [
    [
      'equal',
      [
        [1, { a: 2 }],
        [1, { a: 2 }],
      ],
      'true',
    ],
    ['neq', [1, '1'], 'true'],
    ['lt', [null, false], 'true'],
    ['lte', ['a', 'a'], 'true'],
    ['gt', [makeSet([]), {}], 'true'],
    ['gte', [1, 2], 'false'],
  ]);
});

test('bits are those of two’s complement, of any length', () => {
  checkCalls(BITS_BUILTINS, [
    ['bits.and', [-1, 12], '12'],
    ['bits.or', [8, 1], '9'],
    ['bits.xor', [big, 1], '18446744073709551617'],
    ['bits.negate', [0], '-1'],
    ['bits.lsh', [1, 64], '18446744073709551616'],
    ['bits.rsh', [-5, 1], '-3'],
    ['bits.rsh', [1, -1], 'eval_type_error: operand 2 must be an unsigned integer number but got a negative integer'],
    ['bits.lsh', [1, 2 ** 40], 'eval_builtin_error: a shift by 1099511627776 bits is more than 16777216'],
    ['bits.or', [1.5, 1], 'eval_type_error: operand 1 must be integer number but got floating-point number'],
    ['bits.or', [1, 'a'], 'eval_type_error: operand 2 must be integer but got string'],
  ]);
});

test('ranges go up and down, ends included, and are not endless', () => {
  checkCalls(NUMBER_BUILTINS, [
    ['numbers.range', [1, 3], '[1, 2, 3]'],
    ['numbers.range', [3, 1], '[3, 2, 1]'],
    ['numbers.range', [big, big], '[18446744073709551616]'],
    ['numbers.range_step', [0, 10, 4], '[0, 4, 8]'],
    ['numbers.range_step', [10, 0, 4], '[10, 6, 2]'],
    ['numbers.range_step', [0, 1, 0], 'eval_builtin_error: numbers.range_step: step must be a positive integer'],
    ['numbers.range', [1.5, 2], 'eval_type_error: operand 1 must be integer number but got floating-point number'],
    ['numbers.range', [0, 1e15], 'eval_builtin_error: a range of 1000000000000001 numbers is more than 10000000'],
    ['rand.intn', ['x', 0], '0'],
    ['rand.intn', ['x', 1], '0'],
  ]);
});
