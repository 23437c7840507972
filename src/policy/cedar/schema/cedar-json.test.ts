import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { parseCedarJson } from './cedar-json.ts';

/** The code of the problem, and where it lies as `line:column`. */
function refusal(text: string): string {
  const parsed = parseCedarJson(text, 'data.json');
  if (parsed.ok) return 'taken';
  return `${parsed.problem.code} ${parsed.problem.at?.line}:${parsed.problem.at?.column}`;
}

function print(value: unknown): string {
  if (typeof value === 'bigint') return String(value);
  if (Array.isArray(value)) return `[${value.map(print).join(' , ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([name, field]) => `${JSON.stringify(name)}\t: ${print(field)}`)
    .join(',\r\n')}}`;
}

const long = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number + 0 : value;
});

const { json } = fc.letrec((tie) => ({
  json: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(null, true, false, 0),
    long,
    fc.string({ unit: 'binary' }),
    fc.array(tie('json')),
    fc.dictionary(fc.oneof(fc.constant('__proto__'), fc.string()), tie('json')).map((fields) => ({ ...fields })),
  ),
}));

test('what is printed is read back, with every digit', () => {
  fc.assert(
    fc.property(json, (value) => {
      const parsed = parseCedarJson(print(value));
      assert.ok(parsed.ok);
      assert.deepEqual(parsed.value, value);
    }),
    { seed: 20260704 },
  );
});

test('a text is taken as JSON.parse takes it, or refused for what Cedar refuses', () => {
  const pieces = [
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"a"',
    '"b"',
    '"\\u0041"',
    '"\\x"',
    '"',
    ' ',
    '\n',
    '1',
    '-',
    '0',
    '1.5',
    'true',
    'nul',
  ];
  const text = fc.oneof(
    fc.string(),
    fc.array(fc.constantFrom(...pieces)).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(text, (source) => {
      const ours = parseCedarJson(source);
      const isJson = ((): boolean => {
        try {
          if (ours.ok) assert.deepEqual(ours.value, JSON.parse(source));
          else JSON.parse(source);
          return true;
        } catch (error) {
          if (error instanceof SyntaxError) return false;
          throw error;
        }
      })();
      if (ours.ok) assert.ok(isJson);
      else if (isJson) assert.match(ours.problem.code, /^cedar\/(?:not-an-integer|duplicate-name|overflow|bad-text)$/u);
    }),
    { seed: 20260705, numRuns: 3000 },
  );
});

test('integers beyond what a number holds are bigints, up to 64 bits', () => {
  const parsed = parseCedarJson('[9007199254740991, 9007199254740992, -9223372036854775808, 9223372036854775807]');
  const values = [9007199254740991, 9007199254740992n, -9223372036854775808n, 9223372036854775807n];
  assert.deepEqual(parsed, { ok: true, value: values });
  assert.equal(refusal('[9223372036854775808]'), 'cedar/overflow 1:2');
  assert.equal(refusal(`{"a":\n ${'9'.repeat(1_000_000)}}`), 'cedar/overflow 2:2');
});

test('numbers that are not integers as they are written are refused at their place', () => {
  for (const number of ['1.0', '1e3', '-0', '0.5', '-1E-2'])
    assert.equal(refusal(`{"a": ${number}}`), 'cedar/not-an-integer 1:7');
});

test('a name that stands twice is refused, however it is written, and `__proto__` is a name', () => {
  assert.equal(refusal('{"a": 1,\n "\\u0061": 2}'), 'cedar/duplicate-name 2:2');
  assert.equal(refusal('{"__proto__": 1, "__proto__": 2}'), 'cedar/duplicate-name 1:18');
  const parsed = parseCedarJson('{"__proto__": {"admin": true}, "constructor": 1, "toString": 2}');
  assert.ok(parsed.ok);
  assert.deepEqual(Object.keys(parsed.value as object), ['__proto__', 'constructor', 'toString']);
  assert.equal(Object.getPrototypeOf(parsed.value), Object.prototype);
});

test('half a surrogate pair is no text', () => {
  assert.equal(refusal('["\\ud800"]'), 'cedar/bad-text 1:2');
  assert.equal(refusal('["\ud800"]'), 'cedar/bad-text 1:2');
  assert.deepEqual(parseCedarJson('"\\ud83d\\ude00"'), { ok: true, value: '😀' });
});

test('what is nested without end is refused, not followed', () => {
  assert.equal(refusal('['.repeat(1_000_000)), 'cedar/too-deep 1:509');
  assert.equal(refusal('{"a":'.repeat(1_000_000)).split(' ')[0], 'cedar/too-deep');
});
