import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAuthorized } from '@cedar-policy/cedar-wasm/nodejs';
import fc from 'fast-check';
import { EXTENSION_FUNCTIONS, type ExtensionFunction } from '../syntax.ts';
import { isExtensionValue, type Value } from '../value.ts';
import { Datetime } from './datetime.ts';
import { Duration } from './duration.ts';
import { describeCallFailure, extensionCalls } from './functions.ts';

type Outcome = 'true' | 'false' | 'error';

/** What Cedar itself makes of conditions: each is the condition of a policy of one set. */
function evaluate(conditions: readonly string[]): readonly Outcome[] {
  const policies = conditions.map((condition, index) => [
    `p${index}`,
    `permit(principal, action, resource) when { ${condition} };`,
  ]);
  const answer = isAuthorized({
    principal: { type: 'User', id: 'a' },
    action: { type: 'Action', id: 'a' },
    resource: { type: 'File', id: 'a' },
    context: {},
    policies: { staticPolicies: Object.fromEntries(policies) as Record<string, string> },
    entities: [],
  });
  assert.ok(answer.type === 'success', JSON.stringify(answer));
  const { reason, errors } = answer.response.diagnostics;
  const [satisfied, failed] = [new Set(reason), new Set(errors.map(({ policyId }) => policyId))];
  return conditions.map((_, index) => {
    if (failed.has(`p${index}`)) return 'error';
    return satisfied.has(`p${index}`) ? 'true' : 'false';
  });
}

function literal(value: Value): string {
  assert.ok(typeof value !== 'object' || isExtensionValue(value));
  return typeof value === 'string' ? JSON.stringify(value) : value.toString();
}

const digits = fc.oneof(
  fc.constantFrom('', '0', '00', '01', '1', '9', '10', '59', '60', '99', '100', '12345', '+1', '-1', '٣'),
  fc.constantFrom('922337203685477', '922337203685478', '106751991167', '106751991168', '2562047788015'),
  fc.constantFrom('9223372036854775807', '9223372036854775808', '9223372036854775809', '18446744073709551616'),
  fc.nat().map(String),
  fc.bigInt({ min: 0n, max: 2n ** 64n }).map(String),
);

const octet = fc.constantFrom('0', '1', '9', '10', '99', '127', '128', '224', '239', '240', '255', '256', '01', '');
const prefix = fc.oneof(
  { weight: 3, arbitrary: fc.constant('') },
  fc.nat({ max: 34 }).map((length) => `/${length}`),
  fc.constantFrom('/64', '/100', '/127', '/128', '/129', '/08', '/', '/+8', '/256', '/8/8'),
);
const group = fc.constantFrom('0', '1', 'f', 'ff', 'FFFF', 'db8', '0db8', 'fe80', 'ff02', '00001', 'g', '', '7f00');
const ipText = fc.oneof(
  fc.tuple(fc.array(octet, { minLength: 3, maxLength: 5 }), prefix).map(([parts, end]) => parts.join('.') + end),
  fc.tuple(fc.array(octet, { minLength: 4, maxLength: 4 }), prefix).map(([parts, end]) => parts.join('.') + end),
  fc.tuple(fc.array(group, { maxLength: 9 }), prefix).map(([parts, end]) => parts.join(':') + end),
  fc
    .tuple(fc.array(group, { maxLength: 7 }), fc.array(group, { maxLength: 7 }), prefix)
    .map(([head, tail, end]) => `${head.join(':')}::${tail.join(':')}${end}`),
  fc.tuple(fc.ipV4(), prefix).map(([address, end]) => address + end),
  fc.tuple(fc.ipV6(), prefix).map(([address, end]) => address + end),
  fc.stringMatching(/^[0-9a-f:./]{0,45}$/u),
);

const decimalText = fc.oneof(
  fc
    .tuple(fc.constantFrom('', '-', '+'), digits, fc.constantFrom('.', '.', '.', ''), digits)
    .map((parts) => parts.join('')),
  fc
    .tuple(fc.constantFrom('', '-'), digits, fc.constantFrom('0', '5807', '5808', '5809', '1', '00', '0000', '00000'))
    .map(([sign, whole, fraction]) => `${sign}${whole}.${fraction}`),
);

function padded(max: number, width: number): fc.Arbitrary<string> {
  return fc.nat({ max }).map((value) => String(value).padStart(width, '0'));
}

const datetimeText = fc
  .tuple(
    fc.oneof(padded(9999, 4), fc.constantFrom('0000', '1900', '2000', '10000', '99')),
    padded(13, 2),
    padded(32, 2),
    fc.oneof(
      fc.constant(''),
      fc.tuple(padded(24, 2), padded(60, 2), padded(60, 2)).map((parts) => `T${parts.join(':')}`),
    ),
    fc.oneof(
      fc.constant(''),
      padded(999, 3).map((text) => `.${text}`),
      padded(99, 1).map((text) => `.${text}`),
    ),
    fc.oneof(
      fc.constantFrom('', 'Z', 'z', ' '),
      fc.tuple(fc.constantFrom('+', '-'), padded(24, 2), padded(60, 2)).map((parts) => parts.join('')),
    ),
  )
  .map(
    ([year, month, day, time, fraction, zone]) => `${year}-${month}-${day}${time}${time && fraction}${time && zone}`,
  );

const durationText = fc.oneof(
  fc
    .tuple(fc.constantFrom('', '-', '+'), fc.subarray(['d', 'h', 'm', 's', 'ms']), fc.array(digits, { minLength: 5 }))
    .map(([sign, units, counts]) => sign + units.map((unit, index) => `${counts[index] ?? ''}${unit}`).join('')),
  fc
    .array(fc.tuple(digits, fc.constantFrom('d', 'h', 'm', 's', 'ms')), { maxLength: 3 })
    .map((parts) => parts.flat().join('')),
);

const texts = { ip: ipText, decimal: decimalText, datetime: datetimeText, duration: durationText };

/** An expression as Cedar reads it, and what it gives with our functions. */
type Expression = { readonly text: string; readonly value: Value | undefined };

function call(name: ExtensionFunction, args: readonly Expression[]): Expression {
  const [first, second = first] = args;
  const failed = args.some(({ value }) => value === undefined);
  const value = failed ? undefined : extensionCalls[name](first?.value as Value, second?.value as Value);
  const written = args.map(({ text }) => text);
  const text =
    EXTENSION_FUNCTIONS[name].style === 'function'
      ? `${name}(${written.join(', ')})`
      : `${written[0]}.${name}(${written.slice(1).join(', ')})`;
  return { text, value };
}

function constructed(name: keyof typeof texts): fc.Arbitrary<Expression> {
  return texts[name].map((text) => call(name, [{ text: JSON.stringify(text), value: text }]));
}

const names = Object.keys(EXTENSION_FUNCTIONS) as ExtensionFunction[];
const anyValue = fc.oneof(
  constructed('ip'),
  constructed('decimal'),
  constructed('datetime'),
  constructed('duration'),
  fc.constantFrom<Expression>({ text: '1', value: 1 }, { text: '"1.0"', value: '1.0' }, { text: 'true', value: true }),
);

function wellFormed(name: keyof typeof texts): fc.Arbitrary<Expression> {
  return constructed(name).filter(({ value }) => value !== undefined);
}

/** What a function takes, mostly; now and then anything. */
function argumentOf(type: 'ip' | 'decimal' | 'datetime' | 'duration' | 'text'): fc.Arbitrary<Expression> {
  if (type === 'text')
    return fc.oneof(...Object.values(texts)).map((text) => ({ text: JSON.stringify(text), value: text }));
  return fc.oneof({ weight: 9, arbitrary: wellFormed(type) }, { weight: 1, arbitrary: anyValue });
}

function typeOf(name: ExtensionFunction, position: number): 'ip' | 'decimal' | 'datetime' | 'duration' | 'text' {
  if (name === 'ip' || name === 'decimal' || name === 'datetime' || name === 'duration') return 'text';
  if (name.startsWith('is')) return 'ip';
  if (/Than/u.test(name)) return 'decimal';
  if (/^to(?:Milliseconds|Seconds|Minutes|Hours|Days)$/u.test(name)) return 'duration';
  return name === 'offset' && position === 1 ? 'duration' : 'datetime';
}

const anyCall = fc
  .constantFrom(...names)
  .chain((name) =>
    fc
      .tuple(...Array.from({ length: EXTENSION_FUNCTIONS[name].arity }, (_, index) => argumentOf(typeOf(name, index))))
      .map((args) => call(name, args)),
  );

test('every function accepts, refuses and gives what Cedar does', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(anyCall, anyValue), { minLength: 1, maxLength: 100, size: 'max' }), (expressions) => {
      const conditions = expressions.map(
        ({ text, value }) => `${text} == ${value === undefined ? '0' : literal(value)}`,
      );
      const outcomes = evaluate(conditions);
      for (const [index, { text, value }] of expressions.entries()) {
        assert.equal(
          outcomes[index],
          value === undefined ? 'error' : 'true',
          `${text} gave ${value === undefined ? 'nothing' : literal(value)}`,
        );
      }
    }),
    { numRuns: 60 },
  );
});

test('points in time and durations are in the order of Cedar, and equal by their keys', () => {
  const pair = fc.constantFrom('datetime' as const, 'duration' as const).chain((name) => {
    return fc.tuple(wellFormed(name), wellFormed(name));
  });
  fc.assert(
    fc.property(fc.array(pair, { minLength: 1, maxLength: 30, size: 'max' }), (pairs) => {
      const outcomes = evaluate(pairs.flatMap(([a, b]) => [`${a.text} < ${b.text}`, `${a.text} == ${b.text}`]));
      const expected = pairs.flatMap(([{ value: a }, { value: b }]) => {
        assert.ok((a instanceof Datetime || a instanceof Duration) && (b instanceof Datetime || b instanceof Duration));
        return [String(a.milliseconds < b.milliseconds), String(a.key === b.key)];
      });
      assert.deepEqual(outcomes, expected);
    }),
    { numRuns: 30 },
  );
});

test('a failure names the function, what it was given, and the likely cause', () => {
  assert.equal(describeCallFailure('ip', [1]), '`ip` needs a string, and got a long');
  assert.equal(
    describeCallFailure('isInRange', [call('ip', [{ text: '', value: '10.0.0.1' }]).value as Value, '10.0.0.0/8']),
    '`isInRange` needs an ip address, and got a string: maybe `ip(...)` around it was forgotten',
  );
  assert.match(describeCallFailure('decimal', ['1.23456']), /^`decimal` does not take `1\.23456`: .* has 5$/u);
  assert.match(describeCallFailure('ip', ['9'.repeat(1000)]), /^.{0,250}$/u);
  const far = Datetime.of(2n ** 63n - 1n);
  assert.match(
    describeCallFailure('offset', [far, Duration.of(1)]),
    /^`offset` of `datetime.*` does not fit 64 bits$/u,
  );
});

test('every failing call is described, whatever was given', () => {
  const values = anyValue.map(({ value }) => value).filter((value) => value !== undefined);
  fc.assert(
    fc.property(fc.constantFrom(...names), values, values, (name, a, b) => {
      if (extensionCalls[name](a, b) !== undefined) return;
      const message = describeCallFailure(name, EXTENSION_FUNCTIONS[name].arity === 1 ? [a] : [a, b]);
      assert.match(message, new RegExp(`^\`${name}\` .*[^:. ]$`, 'u'));
    }),
  );
});
