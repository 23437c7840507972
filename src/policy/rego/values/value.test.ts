import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { arbitraryString, arbitraryValue } from '../testing/arbitrary-values.ts';
import { elementsOf, entriesOf, get, sizeOf } from './access.ts';
import { compareStrings, countCodePoints, sortStrings } from './code-points.ts';
import { compare, sortValues } from './compare.ts';
import { equal } from './equal.ts';
import { formatJson, parseJson } from './json.ts';
import { mapKey } from './key.ts';
import { makeObject, ObjectBuilder } from './rego-map.ts';
import { differenceOf, intersectionOf, makeSet, unionOf } from './rego-set.ts';
import { toText } from './text.ts';
import { isPlainObject, RegoMap, RegoSet, typeOf, type RegoValue } from './value.ts';

/** Through JSON, so that nothing is shared; only of values that JSON has. */
function parsed(text: string): RegoValue {
  const result = parseJson(text);
  assert.ok(result.ok, text);
  return result.value;
}

test('equality, order, keys and text agree about every two values', () => {
  const related = fc.oneof(
    fc.tuple(arbitraryValue, arbitraryValue),
    arbitraryValue.map((value): [RegoValue, RegoValue] => [value, makeSet([value]).sorted()[0] as RegoValue]),
  );
  fc.assert(
    fc.property(related, ([a, b]) => {
      const same = equal(a, b);
      assert.equal(compare(a, b) === 0, same);
      assert.equal(Object.is(mapKey(a), mapKey(b)) || mapKey(a) === mapKey(b), same);
      assert.equal(Math.sign(compare(a, b)) + Math.sign(compare(b, a)), 0);
      if (same) assert.equal(toText(a), toText(b));
    }),
    { numRuns: 2000 },
  );
});

test('the order is total: sorting settles', () => {
  fc.assert(
    fc.property(fc.array(arbitraryValue, { maxLength: 8 }), (values) => {
      const sorted = sortValues(values);
      for (let index = 1; index < sorted.length; index += 1) {
        assert.ok(compare(sorted[index - 1] as RegoValue, sorted[index] as RegoValue) <= 0);
      }
    }),
  );
});

test('types stand in the order of Rego', () => {
  const values: RegoValue[] = [null, false, true, -1, 2, '', 'a', [], [1], {}, { a: 1 }, makeSet([]), makeSet([1])];
  assert.deepEqual(sortValues(values.toReversed()).map(toText), values.map(toText));
  assert.deepEqual([...new Set(values.map(typeOf))], ['null', 'boolean', 'number', 'string', 'array', 'object', 'set']);
});

test('strings stand in the order of their UTF-8 bytes', () => {
  fc.assert(
    fc.property(arbitraryString, arbitraryString, (a, b) => {
      assert.equal(Math.sign(compareStrings(a, b)), Buffer.compare(Buffer.from(a), Buffer.from(b)));
      assert.equal(countCodePoints(a), Array.from(a).length);
    }),
  );
  assert.deepEqual(sortStrings(['😀', '\uffff', 'a']), ['a', '\uffff', '😀']);
});

test('an object has the form that its keys call for, also when one is a name that JavaScript knows', () => {
  const plain = makeObject([
    ['__proto__', 1],
    ['constructor', 2],
  ]);
  assert.ok(isPlainObject(plain) && Object.getPrototypeOf(plain) === Object.prototype);
  assert.deepEqual([get(plain, '__proto__'), get(plain, 'constructor'), get(plain, 'toString')], [1, 2, undefined]);
  const mixed = makeObject([
    ['__proto__', 1],
    [1, 'one'],
    [[1], 'list'],
  ]);
  assert.ok(mixed instanceof RegoMap);
  assert.deepEqual(
    [get(mixed, '__proto__'), get(mixed, 1), get(mixed, [1]), get(mixed, '1')],
    [1, 'one', 'list', undefined],
  );
  assert.deepEqual(
    entriesOf(mixed).map(([key]) => toText(key)),
    ['1', '"__proto__"', '[1]'],
  );
});

test('a key keeps its value against another one, and takes the same again', () => {
  const builder = new ObjectBuilder();
  assert.deepEqual(
    [builder.add('a', [1]), builder.add('a', [1]), builder.add('a', [2]), builder.add(1, 2)],
    [true, true, false, true],
  );
  assert.equal(toText(builder.build()), '{1: 2, "a": [1]}');
});

test('sets hold each value once, and are combined', () => {
  const [a, b] = [makeSet([1, '1', [1], [1], { a: 1 }]), makeSet([[1], 2])];
  assert.equal(a.size, 4);
  assert.equal(toText(unionOf(a, b)), '{1, 2, "1", [1], {"a": 1}}');
  assert.equal(toText(intersectionOf(a, b)), '{[1]}');
  assert.equal(toText(differenceOf(a, b)), '{1, "1", {"a": 1}}');
  assert.equal(get(a, [1]) === undefined, false);
  assert.equal(get(a, 2), undefined);
  assert.ok(makeSet([]) instanceof RegoSet && toText(makeSet([])) === 'set()');
});

test('an input as JSON.parse made it equals the same value with exact numbers', () => {
  const text = '{"a": 1e23, "b": [9007199254740992]}';
  const [rounded, exact] = [JSON.parse(text) as RegoValue, parsed(text)];
  assert.ok(equal(rounded, exact) && mapKey(rounded) === mapKey(exact) && compare(rounded, exact) === 0);
});

test('elements and sizes are those of every composite', () => {
  assert.deepEqual(elementsOf({ b: 1, a: 2 }), [2, 1]);
  assert.deepEqual(elementsOf(makeSet([3, 1])), [1, 3]);
  assert.deepEqual(['a😀', [1], { a: 1 }, makeSet([1]), 1, null].map(sizeOf), [2, 1, 1, 1, undefined, undefined]);
});

test('JSON keeps every digit, and what it prints reads back', () => {
  assert.equal(
    formatJson(parsed('[9007199254740993, 0.12345678901234567890, 1e2]')),
    '[9007199254740993,0.1234567890123456789,100]',
  );
  assert.equal(formatJson(makeObject([[1, makeSet(['b', '<'])]])), '{"1":["\\u003c","b"]}');
  fc.assert(
    fc.property(fc.json({ maxDepth: 4 }), (text) => {
      const value = parsed(text);
      assert.ok(equal(parsed(formatJson(value)), value));
      assert.ok(equal(parsed(formatJson(value, { prefix: ' ', indent: '\t' })), value));
    }),
  );
});

test('a text that is no JSON is refused, saying where', () => {
  for (const [text, problem] of [
    ['', 'EOF'],
    ['{"a":', 'unexpected EOF'],
    ['{"a":}', "invalid character '}' looking for beginning of value"],
    ['[1 2]', "invalid character '2' after array element"],
    ['{a:1}', "invalid character 'a' looking for beginning of object key string"],
    ['"\t"', "invalid character '\\t' in string literal"],
    ['1e100000', 'invalid number: number too big'],
    ['['.repeat(20_000), 'exceeded max depth'],
  ] as const) {
    assert.deepEqual(parseJson(text), { ok: false, problem }, text.slice(0, 20));
  }
});

test('JSON is refused exactly where JSON.parse refuses it', () => {
  const piece = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"a"',
    '"\\',
    '1',
    '-',
    '.5',
    'e1',
    'true',
    'nul',
    ' ',
    '\\u12',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 9 }), (pieces) => {
      const result = parseJson(pieces.join(''));
      let refused = false;
      try {
        JSON.parse(pieces.join(''));
      } catch {
        refused = true;
      }
      assert.equal(!result.ok, refused);
      if (!result.ok) assert.match(result.problem, /^(?:invalid character|unexpected EOF|EOF)/);
    }),
    { numRuns: 2000 },
  );
});

test('a name that is a quote stays one, whatever was parsed before', () => {
  for (const text of [
    '{"\\\\":1}',
    '{"\\"":1}',
    '{"x\\"\\"":"\\""}',
    '{"":1,"\\\\":1}',
    '{"":1,"\\"":[12345678901234567]}',
  ]) {
    assert.equal(formatJson(parsed(text)), text);
  }
});
