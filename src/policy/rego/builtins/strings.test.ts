import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { callBuiltin } from '../testing/call-builtin.ts';
import { checkCalls } from '../testing/check-calls.ts';
import { parseNumber } from '../values/number.ts';
import { makeSet } from '../values/rego-set.ts';
import { INTERPOLATION_BUILTINS } from './interpolation.ts';
import { SPRINTF_BUILTINS } from './sprintf.ts';
import { STRING_MATCH_BUILTINS } from './string-matches.ts';
import { STRING_BUILTINS } from './strings.ts';

const big = parseNumber('12345678901234567890') ?? 0;

test('places and lengths are counted in code points', () => {
  checkCalls(STRING_BUILTINS, [
    ['indexof', ['a😀b', 'b'], '2'],
    ['indexof', ['abc', 'x'], '-1'],
    ['indexof', ['abc', ''], 'eval_builtin_error: empty search character'],
    ['indexof_n', ['😀a😀aa', 'a'], '[1, 3, 4]'],
    ['indexof_n', ['aaa', 'aa'], '[0, 1]'],
    ['substring', ['a😀bc', 1, 2], '"😀b"'],
    ['substring', ['abc', 1, -1], '"bc"'],
    ['substring', ['abc', 9, 1], '""'],
    ['substring', ['abc', -1, 1], 'eval_builtin_error: negative offset'],
    ['strings.reverse', ['a😀é'], '"é😀a"'],
    ['strings.count', ['aaaa', 'aa'], '2'],
    ['strings.count', ['a😀', ''], '3'],
  ]);
});

test('strings are split, joined and replaced', () => {
  checkCalls(STRING_BUILTINS, [
    ['concat', ['-', ['a', 'b']], '"a-b"'],
    ['concat', ['-', makeSet(['b', 'a'])], '"a-b"'],
    ['concat', ['-', ['a', 1]], 'eval_type_error: operand 2 must be array of strings but got array containing number'],
    ['split', ['a.b', '.'], '["a", "b"]'],
    ['split', ['a😀', ''], '["a", "😀"]'],
    ['strings.split_n', ['a.b.c', '.', 2], '["a", "b"]'],
    ['strings.split_n', ['a.b.c', '.', -1], '["c"]'],
    ['replace', ['aXbX', 'X', '$&'], '"a$&b$&"'],
    ['replace', ['ab', '', '-'], '"-a-b-"'],
  ]);
  checkCalls(STRING_MATCH_BUILTINS, [
    ['strings.replace_n', [{ a: 'b', b: 'a', ab: 'x' }, 'abba'], '"baab"'],
    ['strings.any_prefix_match', ['abc', makeSet(['x', 'ab'])], 'true'],
    ['strings.any_suffix_match', [['abc', 'xyz'], ['yz']], 'true'],
    [
      'strings.any_prefix_match',
      [[1], 'a'],
      'eval_type_error: operand 1 must be array of strings but got array containing number',
    ],
  ]);
});

test('a large set of prefixes gives what a list of them gives', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '😀'), maxLength: 4 });
  fc.assert(
    fc.property(text, fc.array(text, { maxLength: 12 }), (searched, affixes) => {
      for (const name of ['strings.any_prefix_match', 'strings.any_suffix_match']) {
        const asList = callBuiltin(STRING_MATCH_BUILTINS, name, [searched, affixes]);
        assert.equal(callBuiltin(STRING_MATCH_BUILTINS, name, [searched, makeSet(affixes)]), asList);
      }
    }),
  );
});

test('letters change their case one by one, and spaces are Unicode’s', () => {
  checkCalls(STRING_BUILTINS, [
    ['upper', ['straße'], '"STRAẞE"'.replace('ẞ', 'ß')],
    ['lower', ['ΑΣ İ'], '"ας i"'.replace('ς', 'σ')],
    ['trim_space', ['\u0085 a\u3000'], '"a"'],
    ['trim', ['xxaxx', 'x'], '"a"'],
    ['trim_left', ['😀a', '😀'], '"a"'],
    ['trim_right', ['a😀', '😀'], '"a"'],
    ['trim_prefix', ['aab', 'a'], '"ab"'],
    ['trim_suffix', ['abb', ''], '"abb"'],
    ['format_int', [15.9, 16], '"f"'],
    ['format_int', [big, 2], `"${12345678901234567890n.toString(2)}"`],
    ['format_int', [1, 3], 'eval_type_error: operand 2 must be one of {2, 8, 10, 16}'],
  ]);
});

test('sprintf has the verbs, flags and complaints of Go', () => {
  const cases: readonly (readonly [string, readonly Parameters<typeof callBuiltin>[2][number][], string])[] = [
    ['%v %v %v %v', ['a', 1, 1.5, null], 'a 1 1.5 null'],
    ['%s|%q|%x|%X', ['é', 'é\n', 'é', 'hi'], 'é|"é\\n"|c3a9|6869'],
    ['%5d|%-5d|%05d|%+d|% d', [1, 1, -1, 1, 1], '    1|1    |-0001|+1| 1'],
    ['%b %o %x %#x %c %U', [5, 8, 255, 255, 65, 128512], '101 10 ff 0xff A U+1F600'],
    ['%f %.1f %e %g', [1.5, 0.25, 1500.5, 1e-7], '1.500000 0.2 1.500500e+03 1e-07'],
    ['%d %x', [big, big], '12345678901234567890 ab54a98ceb1f0ad2'],
    ['%[2]d %[1]d', [1, 2], '2 1'],
    ['%*d', [4, 7], '   7'],
    ['%v', [{ a: [1, makeSet([2])] }], '{"a": [1, {2}]}'],
    ['%d', ['a'], '%!d(string=a)'],
    ['%d', [], '%!d(MISSING)'],
    ['a', [1, 'b'], 'a%!(EXTRA int64=1, string=b)'],
    ['%', [], '%!(NOVERB)'],
    ['100%%', [], '100%'],
  ];
  for (const [format, values, expected] of cases) {
    assert.equal(callBuiltin(SPRINTF_BUILTINS, 'sprintf', [format, values]), expected, format);
  }
});

test('no format is too much for sprintf', () => {
  const piece = fc.constantFrom(
    '%',
    '%',
    '#',
    '0',
    '-',
    '+',
    ' ',
    '*',
    '.',
    '5',
    '[1]',
    '[',
    'd',
    's',
    'v',
    'x',
    'q',
    'g',
    'T',
    'é',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const result = callBuiltin(SPRINTF_BUILTINS, 'sprintf', [pieces.join(''), [1, 'a', 1.5]]);
      assert.equal(typeof result, 'string');
    }),
    { numRuns: 1000 },
  );
});

test('an interpolated string shows what is undefined', () => {
  checkCalls(INTERPOLATION_BUILTINS, [
    [
      'internal.template_string',
      [['a ', makeSet(['b']), ' ', makeSet([[1, 'c']]), makeSet([])]],
      '"a b [1, \\"c\\"]<undefined>"',
    ],
    [
      'internal.template_string',
      [[makeSet([1, 2])]],
      'eval_builtin_error: template-strings must not produce multiple outputs',
    ],
  ]);
});
