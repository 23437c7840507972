/** Arguments made to take all the time or memory there is: each is refused, or done at once. */
import { test } from 'node:test';

import { checkCalls, type Example } from '../testing/check-calls.ts';
import { makeSet } from '../values/rego-set.ts';
import type { RegoValue } from '../values/value.ts';
import { ALL_BUILTINS } from './registry.ts';

/** Each would take minutes and more, or gigabytes, if it were done as it is written. */
const TIMEOUT = { timeout: 60_000 };

function list<T>(length: number, make: (index: number) => T): readonly T[] {
  return Array.from({ length }, (_, index) => make(index));
}

function entries<T extends RegoValue>(
  length: number,
  make: (index: number) => readonly [string, T],
): { readonly [key: string]: T } {
  return Object.fromEntries(list(length, make));
}

const ENDLESS = 'eval_builtin_error: the schema refers to itself without end, or the document is nested too deeply';

const LOGICAL: readonly Example[] = [
  ['json.match_schema', [{ a: 1 }, { allOf: [{ $ref: '#' }, { $ref: '#' }] }], ENDLESS],
  [
    'json.match_schema',
    [
      '1',
      {
        definitions: entries(40, (level) => [
          `d${level}`,
          level === 39 ? {} : { allOf: list(2, () => ({ $ref: `#/definitions/d${level + 1}` })) },
        ]),
        $ref: '#/definitions/d0',
      },
    ],
    ENDLESS,
  ],
  [
    'graph.reachable_paths',
    [entries(40, (index) => [`n${index}`, list(40, (other) => `n${other}`)]), ['n0']],
    'eval_builtin_error: following the paths takes more than 1000000 steps',
  ],
  ['yaml.unmarshal', ['['.repeat(20_000)], 'eval_builtin_error: yaml: line 1: exceeded max depth'],
  [
    'net.cidr_contains_matches',
    [list(10_000, () => '10.0.0.0/8'), list(10_000, () => '10.1.1.1')],
    'eval_builtin_error: 10000 times 10000 are more than 50000000 comparisons',
  ],
];

test('what doubles with every line is refused', TIMEOUT, () => {
  checkCalls(ALL_BUILTINS, LOGICAL);
});

test('what is long is done in a time that grows with its length', TIMEOUT, () => {
  const patterns = entries(1500, (index) => [`${'a'.repeat(index + 1)}b`, 'x']);
  const nested = `query(${'$a: Int '.repeat(20_000)}`;
  checkCalls(ALL_BUILTINS, [
    ['strings.replace_n', [patterns, 'a'.repeat(5000)], JSON.stringify('a'.repeat(5000))],
    ['graphql.is_valid', [nested, 'type Query { a: Int }'], 'false'],
    ['regex.match', ['(a+)+$', `${'a'.repeat(100_000)}!`], 'false'],
    ['regex.match', ['(x+x+)+y', 'x'.repeat(20_000)], 'false'],
    ['regex.globs_match', ['[a-z]*'.repeat(30), `${'[a-z]*'.repeat(30)}1`], 'false'],
    ['glob.match', ['{*a,*b}'.repeat(50), [], 'a'.repeat(2000)], 'true'],
    ['semver.is_valid', [`1.0.0-${'a.'.repeat(50_000)}`], 'false'],
    ['union', [makeSet(list(2000, (index) => makeSet([index % 2])))], '{0, 1}'],
  ]);
});

test('what is small to write and large to have is refused by name', TIMEOUT, () => {
  const template = '{{range $i := 1000000000}}x{{end}}';
  checkCalls(ALL_BUILTINS, [
    ['numbers.range', [0, 1e15], 'eval_builtin_error: a range of 1000000000000001 numbers is more than 10000000'],
    ['numbers.range_step', [0, 1e9, 1], 'eval_builtin_error: a range of 1000000001 numbers is more than 10000000'],
    [
      'net.cidr_expand',
      ['10.0.0.0/8'],
      'eval_builtin_error: `10.0.0.0/8` has 16777216 addresses, and 1048576 are the most that are listed',
    ],
    ['sprintf', ['%1000000000d', [1]], JSON.stringify('%!(NOVERB)%!(EXTRA int64=1)')],
    ['sprintf', ['%.1000000000f', [1]], JSON.stringify('%!(NOVERB)%!(EXTRA int64=1)')],
    ['bits.lsh', [1, 1e9], 'eval_builtin_error: a shift by 1000000000 bits is more than 16777216'],
    ['json.unmarshal', ['1e999999999'], 'eval_builtin_error: invalid number: number too big'],
    ['units.parse', ['1e999999999'], 'eval_builtin_error: units.parse: exponent too large'],
    [
      'strings.render_template',
      [template, {}],
      'eval_builtin_error: template: template: executing "template": the template takes more than 1000000 steps',
    ],
  ]);
});
