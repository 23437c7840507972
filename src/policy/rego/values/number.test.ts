import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BigDecimal } from './big-decimal.ts';
import {
  absoluteNumber,
  addNumbers,
  ceilNumber,
  divideNumbers,
  floorNumber,
  multiplyNumbers,
  remainderOfNumbers,
  roundNumber,
  subtractNumbers,
} from './arithmetic.ts';
import { canonicalNumber, compareNumbers, formatNumber, parseNumber } from './number.ts';
import { arbitraryNumber } from '../testing/arbitrary-values.ts';
import type { RegoNumber } from './value.ts';

function number(text: string): RegoNumber {
  const parsed = parseNumber(text);
  assert.ok(parsed !== undefined, text);
  return parsed;
}

test('every number has one form, whatever its text', () => {
  for (const texts of [
    ['1', '1.0', '1e0', '10e-1', '0.1e1', '+1', '01'],
    ['0', '-0', '0.0', '0e5', '-0e-5'],
    ['0.1', '.1', '1e-1', '0.10'],
    ['9007199254740993', '9007199254740993.0', '9007199254740.993e3'],
    ['1e22', '10000000000000000000000', '1.0E+22'],
    ['0.1000000000000000055511151231257827', '1.000000000000000055511151231257827e-1'],
  ]) {
    assert.equal(
      new Set(texts.map((text) => `${typeof number(text)} ${formatNumber(number(text))}`)).size,
      1,
      texts[0],
    );
  }
  assert.ok(!Object.is(number('-0'), -0));
  assert.equal(typeof number('9007199254740991'), 'number');
  assert.equal(number('9007199254740992'), 9007199254740992n);
  assert.ok(number('0.1000000000000000055511151231257827') instanceof BigDecimal);
});

test('what is no number, or one that nobody can compute with, is refused', () => {
  for (const text of [
    '',
    '.',
    '-',
    'e1',
    '1e',
    '0x1',
    '1_0',
    ' 1',
    'NaN',
    'Infinity',
    '1e100000',
    '1e-100000',
    '--1',
  ]) {
    assert.equal(parseNumber(text), undefined, text);
  }
  assert.equal(formatNumber(number('1e400')).length, 401);
});

test('a number prints as text that reads back as the same number', () => {
  fc.assert(fc.property(arbitraryNumber, (value) => compareNumbers(number(formatNumber(value)), value) === 0));
});

test('fractions are computed with 64 bits, and printed with as few digits as tell them apart', () => {
  const cases: readonly (readonly [RegoNumber | undefined, string])[] = [
    [addNumbers(0.1, 0.2), '0.3'],
    [subtractNumbers(1.1, 1), '0.10000000000000000002'],
    [divideNumbers(1, 3), '0.33333333333333333334'],
    [divideNumbers(10, 4), '2.5'],
    [divideNumbers(number('1e30'), number('1e10')), '100000000000000000000'],
    [multiplyNumbers(number('1e30'), 1.5), '1500000000000000000000000000000'],
    [absoluteNumber(number('-12345678901234567890123')), '12345678901234567890000'],
    [roundNumber(number('12345678901234567890123')), '12345678901234567889920'],
  ];
  for (const [result, text] of cases) assert.equal(result === undefined ? undefined : formatNumber(result), text);
});

test('integers are computed exactly, whatever their size', () => {
  fc.assert(
    fc.property(fc.bigInt(), fc.bigInt(), (x, y) => {
      const [a, b] = [number(String(x)), number(String(y))];
      assert.equal(formatNumber(addNumbers(a, b)), String(x + y));
      assert.equal(formatNumber(subtractNumbers(a, b)), String(x - y));
      assert.equal(formatNumber(multiplyNumbers(a, b)), String(x * y));
      assert.equal(compareNumbers(a, b), x < y ? -1 : x > y ? 1 : 0);
      const remainder = remainderOfNumbers(a, b);
      assert.equal(
        typeof remainder === 'string' ? remainder : formatNumber(remainder),
        y === 0n ? 'zero' : String(x % y),
      );
    }),
  );
});

test('division by zero and remainders of fractions have no result', () => {
  assert.equal(divideNumbers(1, 0), undefined);
  assert.equal(divideNumbers(0.5, 0), undefined);
  assert.equal(remainderOfNumbers(1, 0), 'zero');
  assert.equal(remainderOfNumbers(1.5, 1), 'fraction');
  assert.equal(remainderOfNumbers(1, number('0.10000000000000000000001')), 'fraction');
  assert.ok(Object.is(remainderOfNumbers(-4, 2), 0) && Object.is(multiplyNumbers(0, -5), 0));
});

test('rounding goes half away from zero, and as OPA has it between -1 and 0', () => {
  assert.deepEqual([0.5, 1.5, 2.5, -0.5, -2.5].map(roundNumber), [1, 2, 3, -1, -3]);
  assert.deepEqual([0.5, 1, -1.5, -0.5].map(ceilNumber), [1, 1, -1, 1]);
  assert.deepEqual([0.5, 1, -1.5, -0.5].map(floorNumber), [0, 1, -2, 0]);
});

test('an integer that JSON.parse rounded is the integer that it prints as', () => {
  assert.equal(canonicalNumber(JSON.parse('1e23') as number), 10n ** 23n);
  assert.equal(compareNumbers(JSON.parse('1e23') as number, number('1e23')), 0);
  assert.equal(canonicalNumber(7), 7);
});
