import assert from 'node:assert/strict';
import { test } from 'node:test';

import canonicalize from 'canonicalize';
import fc from 'fast-check';

import type { JsonValue } from '../kernel/json.ts';
import { canonicalJson } from './canonical-json.ts';
import { MAX_EVENT_DEPTH } from './limits.ts';

function textOf(value: unknown): string {
  const text = canonicalJson(value as JsonValue);
  assert.ok(text.ok, text.ok ? '' : text.problem.message);
  return text.value;
}

function refusalOf(value: unknown): string {
  const text = canonicalJson(value as JsonValue);
  assert.ok(!text.ok);
  assert.equal(text.problem.code, 'ledger/not-json');
  return text.problem.message;
}

test('the examples of RFC 8785 come out as in the RFC', () => {
  const structured = {
    // As text, since the first has more digits than a double keeps: that is the point of it.
    numbers: JSON.parse('[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001]') as number[],
    string: '€$\u000F\nA\'B"\\\\"/',
    literals: [null, true, false],
  };
  const expected = String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`;
  assert.equal(textOf(structured), expected);
  const names = { '€': 1, '\r': 2, '\uFB33': 3, '1': 4, '😀': 5, '\u0080': 6, ö: 7 };
  assert.equal(textOf(names), '{"\\r":2,"1":4,"\u0080":6,"ö":7,"€":1,"😀":5,"\uFB33":3}');
});

test('any JSON comes out as the other implementation writes it, and parses to the same value', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5, stringUnit: 'binary' }), (value) => {
      const text = textOf(value);
      assert.equal(text, canonicalize(value));
      assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)));
    }),
    { numRuns: 500 },
  );
});

test('names that JavaScript orders in its own way are ordered as the RFC says', () => {
  const name = fc.oneof(fc.nat(300).map(String), fc.constantFrom('__proto__', '_', 'a', 'Z', ''), fc.string());
  fc.assert(
    fc.property(fc.array(fc.tuple(name, fc.integer()), { maxLength: 30 }), (members) => {
      const value: unknown = Object.fromEntries(members);
      assert.equal(textOf(value), canonicalize(value));
    }),
  );
});

test('an undefined member is left out, as if it were absent', () => {
  assert.equal(textOf({ b: undefined, a: 1 }), '{"a":1}');
});

test('text that merely looks like an escaped surrogate is written', () => {
  assert.equal(textOf({ path: String.raw`C:\udata` }), String.raw`{"path":"C:\\udata"}`);
});

test('what JSON cannot say is refused with its path', () => {
  assert.match(refusalOf({ a: [1, Number.NaN] }), /`a\.1` .* is NaN/u);
  assert.match(refusalOf({ a: { b: 1n } }), /`a\.b` .* type bigint/u);
  assert.match(refusalOf({ a: () => 1 }), /`a` .* type function/u);
  assert.match(refusalOf({ when: new Date(0) }), /`when` .* not a plain object/u);
  assert.match(refusalOf({ a: [undefined] }), /`a\.0` .* type undefined/u);
  assert.match(refusalOf({ a: '\ud800' }), /lone surrogate/u);
  assert.match(refusalOf({ '\udc00': 1 }), /lone surrogate/u);
});

test('a cycle ends at the bound of depth', () => {
  const cycle: { self?: unknown } = {};
  cycle.self = cycle;
  assert.match(refusalOf(cycle), new RegExp(`deeper than ${MAX_EVENT_DEPTH}`, 'u'));
});
