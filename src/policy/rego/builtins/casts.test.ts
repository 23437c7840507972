import { test } from 'node:test';
import { checkCalls } from '../testing/check-calls.ts';
import { makeSet } from '../values/rego-set.ts';
import { CAST_BUILTINS } from './casts.ts';
import { TYPE_BUILTINS } from './type-tests.ts';

test('what spells a number becomes one', () => {
  checkCalls(CAST_BUILTINS, [
    ['to_number', [null], '0'],
    ['to_number', [true], '1'],
    ['to_number', ['-1.50'], '-1.5'],
    ['to_number', ['1e3'], '1000'],
    ['to_number', ['12345678901234567890'], '12345678901234567890'],
    ['to_number', ['0x1.8p1'], '3'],
    ['to_number', ['1_000'], '1000'],
    ['to_number', ['ten'], 'eval_builtin_error: strconv.ParseFloat: parsing "ten": invalid syntax'],
    ['to_number', ['1e400'], 'eval_builtin_error: strconv.ParseFloat: parsing "1e400": value out of range'],
    ['to_number', ['+Inf'], 'eval_type_error: operand 1 must be valid number string but got string'],
    ['to_number', [[]], 'eval_type_error: operand 1 must be one of {null, boolean, number, string} but got array'],
  ]);
});

test('a cast insists on its type', () => {
  checkCalls(CAST_BUILTINS, [
    ['cast_array', [makeSet([2, 1])], '[1, 2]'],
    ['cast_set', [[1, 1]], '{1}'],
    ['cast_object', [{ a: 1 }], '{"a": 1}'],
    ['cast_string', [1], 'eval_type_error: operand 1 must be string but got number'],
    ['cast_set', ['a'], 'eval_type_error: operand 1 must be one of {array, set} but got string'],
  ]);
});

test('every value has one type', () => {
  checkCalls(TYPE_BUILTINS, [
    ['type_name', [makeSet([])], '"set"'],
    ['type_name', [{}], '"object"'],
    ['type_name', [2n ** 70n], '"number"'],
    ['is_object', [[]], 'false'],
    ['is_array', [[]], 'true'],
    ['is_null', [null], 'true'],
    ['is_set', [{}], 'false'],
  ]);
});
