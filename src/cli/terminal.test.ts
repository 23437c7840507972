import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';

import fc from 'fast-check';

import { clockTime, harmless, jsonLine, table } from './terminal.ts';
import { screen, UNFIT_FOR_LINES } from './testing/screen.ts';

test('lines go where they belong, one by one', () => {
  const { terminal, out, err } = screen();
  terminal.print('one');
  terminal.complain('two');
  terminal.print('');
  assert.deepEqual([out(), err()], ['one\n\n', 'two\n']);
});

test('colours are there when they are wanted, and only then', () => {
  assert.equal(screen(false).terminal.style('red', 'no'), 'no');
  const red = screen(true).terminal.style('red', 'no');
  assert.notEqual(red, 'no');
  assert.equal(stripVTControlCharacters(red), 'no');
});

test('columns are as wide as their widest cell, the last is not padded, and nothing ends in spaces', () => {
  const rows = [['a', 'bb', 'c'], ['aaaa', 'b', ''], ['a', '', ''], ['alone'], []];
  assert.deepEqual(table(rows), ['a      bb  c', 'aaaa   b', 'a', 'alone', '']);
  assert.deepEqual(table([['x', 'y']], '  '), ['  x  y']);
  assert.deepEqual(table([]), []);
});

test('colours do not count for the width', () => {
  const { style } = screen(true).terminal;
  const rows = [
    ['one', 'x'],
    ['three', 'y'],
  ].map(([first = '', second = '']) => [style('red', first), second]);
  assert.deepEqual(table(rows).map(stripVTControlCharacters), ['one    x', 'three  y']);
});

test('a table has a line for each row, whatever is in it, and its columns begin below each other', () => {
  const cell = fc.string({ unit: fc.constantFrom('a', 'B', '-', '1'), maxLength: 8 });
  const rows = fc.array(fc.tuple(cell, cell, fc.constantFrom('|', '|x')), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(rows, (some) => {
      const lines = table(some);
      assert.equal(lines.length, some.length);
      assert.equal(new Set(lines.map((line) => line.indexOf('|'))).size, 1);
    }),
  );
});

test('what a terminal would obey is shown instead', () => {
  for (const [text, shown] of [
    ['plain, ünïcode, 世界 and 🔑', 'plain, ünïcode, 世界 and 🔑'],
    ['\u{1b}]0;title\u{7}', '\\u001b]0;title\\u0007'],
    ['a\r\nb\tc', 'a\\u000d\\u000ab\\u0009c'],
    ['\u{9b}31m\u{7f}', '\\u009b31m\\u007f'],
    ['user\u{202e}gpj.exe', 'user\\u202egpj.exe'],
    ['a\u{200b}b\u{feff}c', 'a\\u200bb\\ufeffc'],
    ['a\u{2028}b\u{2029}c', 'a\\u2028b\\u2029c'],
    ['tag\u{e0041}', 'tag\\udb40\\udc41'],
  ] as const) {
    assert.equal(harmless(text), shown);
  }
});

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: fc.constantFrom('\u{1b}', '[', '\u{9b}', '\u{202e}', '\u{2066}', '\n', '\u{7f}', 'a', '\\') }),
);

test('no control character, escape sequence or change of direction survives', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const shown = harmless(text);
      assert.doesNotMatch(shown, UNFIT_FOR_LINES);
      assert.equal(harmless(shown), shown);
      if (!UNFIT_FOR_LINES.test(text)) assert.equal(shown, text);
    }),
  );
});

test('JSON is one harmless line, and the same value', () => {
  const value = fc.jsonValue({ stringUnit: 'binary' });
  fc.assert(
    fc.property(fc.oneof(value, fc.dictionary(anyText, anyText)), (any) => {
      const line = jsonLine(any);
      assert.doesNotMatch(line, UNFIT_FOR_LINES);
      assert.deepEqual(JSON.parse(line), JSON.parse(JSON.stringify(any)));
    }),
  );
});

test('the time of day has hours, minutes and seconds', () => {
  assert.match(clockTime(0), /^\d\d:\d\d:00$/u);
});
