import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { arbitraryString, arbitraryValue } from '../testing/arbitrary-values.ts';
import { callBuiltin } from '../testing/call-builtin.ts';
import { checkCalls } from '../testing/check-calls.ts';
import { equal } from '../values/equal.ts';
import { formatJson, parseJson } from '../values/json.ts';
import { makeSet } from '../values/rego-set.ts';
import type { RegoValue } from '../values/value.ts';
import { BuiltinError } from './builtin.ts';
import { ENCODING_BUILTINS } from './encoding.ts';
import { SEMVER_BUILTINS } from './semver.ts';
import { UNIT_BUILTINS } from './units.ts';
import { URI_BUILTINS } from './uri.ts';
import { UUID_BUILTINS } from './uuid.ts';
import { YAML_BUILTINS } from './yaml.ts';

test('bytes that are no text survive decoding and encoding', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
      const [hex, base64] = [Buffer.from(bytes).toString('hex'), Buffer.from(bytes).toString('base64')];
      const text = callBuiltin(ENCODING_BUILTINS, 'hex.decode', [hex]) as string;
      assert.equal(callBuiltin(ENCODING_BUILTINS, 'base64.encode', [text]), base64);
      assert.equal(callBuiltin(ENCODING_BUILTINS, 'base64.decode', [base64]), text);
    }),
  );
});

test('text is encoded and decoded, and what is no encoding is refused', () => {
  checkCalls(ENCODING_BUILTINS, [
    ['base64.encode', ['é?>'], '"w6k/Pg=="'],
    ['base64url.encode', ['é?>'], '"w6k_Pg=="'],
    ['base64url.encode_no_pad', ['é?>'], '"w6k_Pg"'],
    ['base64url.decode', ['w6k_Pg'], '"é?>"'],
    ['base64.decode', ['w6k'], 'eval_builtin_error: illegal base64 data at input byte 0'],
    ['base64.is_valid', [1], 'false'],
    ['hex.encode', ['é'], '"c3a9"'],
    ['hex.decode', ['c3g'], "eval_builtin_error: encoding/hex: invalid byte: U+0067 'g'"],
    ['hex.decode', ['c3a'], 'eval_builtin_error: encoding/hex: odd length hex string'],
    ['urlquery.encode', ['a b&é~'], '"a+b%26%C3%A9~"'],
    ['urlquery.decode', ['a+b%26'], '"a b&"'],
    ['urlquery.decode', ['%zz'], 'eval_builtin_error: invalid URL escape "%zz"'],
    ['urlquery.encode_object', [{ b: ['y', 'x'], a: 'é', c: makeSet(['q', 'p']) }], '"a=%C3%A9&b=y&b=x&c=p&c=q"'],
    ['urlquery.decode_object', ['a=1&b=2&a=3&c'], '{"a": ["1", "3"], "b": ["2"], "c": [""]}'],
    [
      'urlquery.encode_object',
      [{ a: 1 }],
      'eval_type_error: operand 1 values must be string, array[string], or set[string]',
    ],
  ]);
});

test('JSON is written in lines when it is asked for', () => {
  checkCalls(ENCODING_BUILTINS, [
    ['json.marshal', [{ b: makeSet([2, 1]), a: '<' }], String.raw`"{\"a\":\"\\u003c\",\"b\":[1,2]}"`],
    ['json.marshal_with_options', [{ a: [1] }, { indent: ' ' }], String.raw`"{\n \"a\": [\n  1\n ]\n}"`],
    ['json.marshal_with_options', [[1], { prefix: '> ', pretty: true }], String.raw`"> [\n> \t1\n> ]"`],
    ['json.marshal_with_options', [[1], { indent: ' ', pretty: false }], '"[1]"'],
    ['json.marshal_with_options', [[1], { tab: 1 }], 'eval_type_error: operand 2 object contained unknown key "tab"'],
    ['json.unmarshal', ['{"a": 9007199254740993}'], '{"a": 9007199254740993}'],
    ['json.unmarshal', ['{"a"'], 'eval_builtin_error: unexpected EOF'],
    ['json.is_valid', ['{"a": 1}'], 'true'],
    ['json.is_valid', [{}], 'false'],
  ]);
});

/** What YAML keeps of a value: JSON's types, and doubles for what 64 bits do not hold. */
function throughJson(value: RegoValue): RegoValue {
  const parsed = parseJson(formatJson(value));
  assert.ok(parsed.ok);
  return parsed.value;
}

test('what is written as YAML reads back', () => {
  const leaf = fc.oneof(
    arbitraryString,
    fc.constantFrom('yes', '1', '1e3', ' a', 'a: b', 'x\n\n', '- a', '2020-01-01', '~', 'a #b'),
    fc.integer(),
    fc.constant(null),
    fc.boolean(),
  );
  const { node } = fc.letrec<{ node: RegoValue }>((tie) => ({
    node: fc.oneof(
      { depthSize: 'small' },
      leaf,
      fc.array(tie('node'), { maxLength: 3 }),
      fc.dictionary(leaf.map(String), tie('node'), { maxKeys: 3 }),
    ),
  }));
  fc.assert(
    fc.property(node, (value) => {
      const text = callBuiltin(YAML_BUILTINS, 'yaml.marshal', [value]);
      if (typeof text !== 'string') return;
      const read = callBuiltin(YAML_BUILTINS, 'yaml.unmarshal', [text]);
      assert.ok(!(read instanceof BuiltinError) && read !== undefined, text);
      assert.ok(equal(read, throughJson(value)), text);
    }),
    { numRuns: 1000 },
  );
});

test('YAML is laid out and understood as OPA does it', () => {
  checkCalls(YAML_BUILTINS, [
    [
      'yaml.marshal',
      [{ b10: [1, { c: 'd' }], b9: 'yes', l: 'x\ny\n' }],
      String.raw`"b9: \"yes\"\nb10:\n  - 1\n  - c: d\nl: |\n  x\n  y\n"`,
    ],
    [
      'yaml.unmarshal',
      ['a: 0x10\nb: yes\nc: 2020-01-01\n1: [x]'],
      '{"1": ["x"], "a": 16, "b": "yes", "c": "2020-01-01"}',
    ],
    ['yaml.unmarshal', ['x: &x {a: 1}\ny:\n  <<: *x\n  b: 2'], '{"x": {"a": 1}, "y": {"a": 1, "b": 2}}'],
    ['yaml.unmarshal', ['&a [*a]'], "eval_builtin_error: yaml: anchor 'a' value contains itself"],
    ['yaml.unmarshal', ['[1, 2'], "eval_builtin_error: yaml: line 1: did not find expected ',' or ']'"],
    ['yaml.is_valid', ['a: {'], 'false'],
  ]);
});

test('a few lines of YAML that stand for billions are refused', () => {
  const lines = [
    'a0: &a0 [x, x]',
    ...Array.from({ length: 30 }, (_, level) => `a${level + 1}: &a${level + 1} [*a${level}, *a${level}]`),
  ];
  checkCalls(YAML_BUILTINS, [
    ['yaml.unmarshal', [lines.join('\n')], 'eval_builtin_error: yaml: document contains excessive aliasing'],
  ]);
});

test('YAML that is nested without end is refused', () => {
  checkCalls(YAML_BUILTINS, [
    ['yaml.unmarshal', ['['.repeat(100_000)], 'eval_builtin_error: yaml: line 1: exceeded max depth'],
  ]);
});

test('no YAML throws', () => {
  const piece = fc.constantFrom(
    'a: ',
    '- ',
    '\n',
    '  ',
    '{',
    '}',
    '[',
    ']',
    ',',
    '"',
    "'",
    '|',
    '>',
    '&a ',
    '*a',
    '!!int ',
    '? ',
    '---',
    '#',
    '1',
    '\t',
    '<<: ',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const valid = callBuiltin(YAML_BUILTINS, 'yaml.is_valid', [pieces.join('')]);
      const read = callBuiltin(YAML_BUILTINS, 'yaml.unmarshal', [pieces.join('')]);
      assert.equal(valid, !(read instanceof BuiltinError));
    }),
    { numRuns: 1000 },
  );
});

test('JSON of any value reads back as JSON', () => {
  fc.assert(
    fc.property(arbitraryValue, (value) => {
      const text = callBuiltin(ENCODING_BUILTINS, 'json.marshal', [value]) as string;
      assert.ok(equal(callBuiltin(ENCODING_BUILTINS, 'json.unmarshal', [text]) as RegoValue, throughJson(value)));
    }),
  );
});

test('amounts are read with their units', () => {
  checkCalls(UNIT_BUILTINS, [
    ['units.parse', ['10K'], '10000'],
    ['units.parse', ['1.5Mi'], '1572864'],
    ['units.parse', ['100m'], '0.1'],
    ['units.parse', ['1e2'], '100'],
    ['units.parse', ['x'], 'eval_builtin_error: units.parse: no amount provided'],
    ['units.parse', ['1 k'], 'eval_builtin_error: units.parse: spaces not allowed in resource strings'],
    ['units.parse', ['1q'], 'eval_builtin_error: units.parse: unit q not recognized'],
    ['units.parse_bytes', ['10KiB'], '10240'],
    ['units.parse_bytes', ['0.1MB'], '100000'],
    ['units.parse_bytes', ['1e1234567'], 'eval_builtin_error: units.parse_bytes: exponent too large'],
    ['units.parse_bytes', ['1.2.3'], 'eval_builtin_error: units.parse_bytes: could not parse byte amount to a number'],
  ]);
});

test('versions stand in the order of Semantic Versioning', () => {
  const order = [
    '1.0.0-1',
    '1.0.0-2',
    '1.0.0-10',
    '1.0.0-a',
    '1.0.0-a.1',
    '1.0.0-b',
    '1.0.0',
    '1.0.10',
    '1.10.0',
    'v2.0.0',
  ];
  for (const [index, version] of order.entries()) {
    for (const [other, otherVersion] of order.entries()) {
      const expected = String(Math.sign(index - other));
      checkCalls(SEMVER_BUILTINS, [['semver.compare', [version, otherVersion], expected]]);
    }
  }
  checkCalls(SEMVER_BUILTINS, [
    ['semver.compare', ['1.0.0+a', '1.0.0+b'], '0'],
    ['semver.compare', ['1', '1.0.0'], 'eval_builtin_error: operand 1: string "1" is not a valid SemVer'],
    ['semver.is_valid', ['1.0.0-01'], 'false'],
    ['semver.is_valid', [1], 'false'],
  ]);
});

test('UUIDs are random once for a query, and show what is in them', () => {
  const memo = new Map();
  const [first, again] = [0, 1].map(() =>
    callBuiltin(UUID_BUILTINS, 'uuid.rfc4122', ['k'], {
      memo,
      randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
    }),
  );
  assert.ok(typeof first === 'string');
  assert.match(first, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(first, again);
  checkCalls(UUID_BUILTINS, [
    [
      'uuid.parse',
      ['urn:uuid:c232ab00-9414-11ec-b3c8-9f6bdeced846'],
      '{"clocksequence": 13256, "macvariables": "global:multicast", "nodeid": "9f-6b-de-ce-d8-46", "time": 1645557742000000000, "variant": "RFC4122", "version": 1}'.replace(
        'global',
        'local',
      ),
    ],
    ['uuid.parse', ['{f47ac10b-58cc-4372-a567-0e02b2c3d479}'], '{"variant": "RFC4122", "version": 4}'],
    ['uuid.parse', ['f47ac10b'], 'undefined'],
  ]);
});

test('URIs are taken apart', () => {
  checkCalls(URI_BUILTINS, [
    [
      'uri.parse',
      ['HTTPS://u:p@h.com:443/a%2Fb/%41?q=1#f'],
      '{"fragment": "f", "hostname": "h.com", "path": "/a/b/A", "port": "443", "raw_path": "/a%2Fb/%41", "raw_query": "q=1", "scheme": "https"}',
    ],
    ['uri.parse', ['//[::1]:8/'], '{"hostname": "::1", "path": "/", "port": "8", "raw_path": "/"}'],
    ['uri.parse', ['a:b'], '{"scheme": "a"}'],
    ['uri.parse', ['http://h:x/'], 'eval_builtin_error: parse "http://h:x/": invalid port ":x" after host'],
    ['uri.is_valid', [''], 'false'],
    ['uri.is_valid', ['http://a b/'], 'false'],
  ]);
});
