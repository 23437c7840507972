/** What each kind of value of `deny` and `allow` means. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { arbitraryValue } from '../policy/rego/testing/arbitrary-values.ts';
import { listOf } from '../policy/rego/values/access.ts';
import { makeObject } from '../policy/rego/values/rego-map.ts';
import { makeSet } from '../policy/rego/values/rego-set.ts';
import type { RegoValue } from '../policy/rego/values/value.ts';
import { denialsOf, permissionOf } from './rego-verdict.ts';

function denials(value: RegoValue | undefined): readonly string[] {
  const result = denialsOf(value);
  return result.ok ? result.value.map(({ message }) => message) : [`no answer: ${result.problem}`];
}

test('what denies is true, a message, or a collection that is not empty', () => {
  assert.deepEqual(denials(undefined), []);
  assert.deepEqual(denials(false), []);
  assert.deepEqual(denials(makeSet([])), []);
  assert.deepEqual(denials([]), []);
  assert.deepEqual(denials(true), ['it is denied']);
  assert.deepEqual(denials('closed'), ['closed']);
  assert.deepEqual(denials(makeSet(['b', 'a'])), ['a', 'b']);
  assert.deepEqual(denials({ msg: 'closed', details: { until: 7 } }), ['closed']);
});

test('an object is shown by its message, and as JSON where it has none', () => {
  const set = makeSet([{ msg: 'one' }, { message: 'two', level: 3 }, { reason: 'three' }, { code: 4 }, 5]);
  assert.deepEqual(denials(set), ['5', '{"code":4}', 'two', 'one', 'three']);
});

test('what is neither says so', () => {
  assert.match(denials(7)[0] ?? '', /^no answer: is a number/u);
  assert.match(denials(null)[0] ?? '', /^no answer: is a null/u);
});

test('messages are bounded in number and in length', () => {
  const many = denials(Array.from({ length: 1000 }, (_, index) => `message ${index}`));
  assert.equal(many.length, 17);
  assert.equal(many.at(-1), 'and 984 more');
  assert.ok((denials('x'.repeat(100_000))[0] ?? '').length < 600);
  assert.ok(denials(`${'x'.repeat(499)}\u{1f600}`)[0]?.isWellFormed());
});

test('true allows, and so does an object that says so; undefined and false do not', () => {
  assert.deepEqual(permissionOf(true), { ok: true, value: { kind: 'allowed', message: undefined, obligations: [] } });
  for (const value of [false, undefined]) {
    assert.deepEqual(permissionOf(value), { ok: true, value: { kind: 'not-allowed', message: undefined } });
  }
  assert.deepEqual(permissionOf({ allowed: true, reason: 'a manager' }), {
    ok: true,
    value: { kind: 'allowed', message: 'a manager', obligations: [] },
  });
  assert.deepEqual(permissionOf({ allow: false, msg: 'no manager' }), {
    ok: true,
    value: { kind: 'not-allowed', message: 'no manager' },
  });
});

test('what else an object says obliges whoever forwards', () => {
  const value = {
    allow: true,
    headers: { 'x-tenant': 'shop' },
    http_status: 200,
    obligations: [{ kind: 'mask', data: { fields: makeSet(['iban']) } }, { kind: 'notify' }],
  };
  assert.deepEqual(permissionOf(value), {
    ok: true,
    value: {
      kind: 'allowed',
      message: undefined,
      obligations: [
        { kind: 'headers', data: { 'x-tenant': 'shop' } },
        { kind: 'http_status', data: { value: 200 } },
        { kind: 'mask', data: { fields: ['iban'] } },
        { kind: 'notify' },
      ],
    },
  });
});

test('an object that does not say it clearly is no answer', () => {
  for (const value of [
    {},
    { allow: 'yes' },
    { allow: true, allowed: true },
    { allow: true, obligations: 'mask' },
    { allow: true, obligations: ['mask'] },
    { allow: true, obligations: [{ kind: 'mask', date: {} }] },
    'true',
    1,
    null,
    [true],
    makeSet([true]),
  ]) {
    assert.ok(!permissionOf(value).ok, JSON.stringify(value));
  }
});

test('a member that is called `__proto__` is an obligation like any other', () => {
  const value = JSON.parse('{"allow": true, "__proto__": {"allow": false}}') as RegoValue;
  const permission = permissionOf(value);
  assert.ok(permission.ok && permission.value.kind === 'allowed');
  assert.deepEqual(permission.value.obligations, [{ kind: '__proto__', data: { allow: false } }]);
});

/** Values that come near to an answer, and any others. */
const near = fc.oneof(
  arbitraryValue,
  fc
    .array(
      fc.tuple(
        fc.constantFrom('allow', 'allowed', 'obligations', 'msg', 'reason', 'mask', '__proto__', 'kind'),
        fc.oneof(fc.constantFrom(true, false), arbitraryValue),
      ),
      { maxLength: 5 },
    )
    .map((entries) => makeObject(entries)),
);

test('whatever the value is: it permits only where it says so in so many words, and what is recorded is bounded JSON', () => {
  fc.assert(
    fc.property(near, (value) => {
      const permission = permissionOf(value);
      if (!permission.ok) return;
      const own = typeof value === 'object' && value !== null ? (value as Readonly<Record<string, RegoValue>>) : {};
      const says = ['allow', 'allowed'].flatMap((name) => (Object.hasOwn(own, name) ? [own[name]] : []));
      assert.equal(permission.value.kind === 'allowed', value === true || (says.length === 1 && says[0] === true));
      if (permission.value.kind === 'allowed') {
        const { obligations } = permission.value;
        assert.deepEqual(JSON.parse(JSON.stringify(obligations)), obligations);
      }
    }),
  );
});

test('whatever the value is: it denies unless it is empty, false or no answer', () => {
  fc.assert(
    fc.property(fc.oneof(near, fc.array(near).map(makeSet)), (value) => {
      const result = denialsOf(value);
      if (!result.ok) return;
      const members = listOf(value);
      assert.equal(result.value.length === 0, value === false || members?.length === 0);
      assert.ok(result.value.length <= 17);
      for (const { message } of result.value) assert.ok(message.length <= 501 && message.isWellFormed());
    }),
  );
});
