/** Times and durations, with results that OPA gave. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { textOfCall } from '../testing/call-builtin.ts';
import type { RegoValue } from '../values/value.ts';
import { parseDuration } from './duration.ts';
import { formatTime } from './format-time.ts';
import { parseTime } from './parse-time.ts';
import { layoutNamed, parseLayout, RFC3339_NANO } from './time-layout.ts';
import { UTC, zonedTime } from './time-zone.ts';
import { TIME_BUILTINS } from './time.ts';

function call(name: string, ...args: readonly RegoValue[]): string {
  return textOfCall(TIME_BUILTINS, `time.${name}`, args);
}

const WINTER = 1_517_814_000_000_000_000n;

test('an instant is a date, a clock and a weekday in its zone', () => {
  assert.equal(call('date', WINTER), '[2018, 2, 5]');
  assert.equal(call('date', [WINTER, 'America/Los_Angeles']), '[2018, 2, 4]');
  assert.equal(call('clock', [WINTER, 'Asia/Kathmandu']), '[12, 45, 0]');
  assert.equal(call('weekday', -1), '"Wednesday"');
  // As `JSON.parse` leaves it.
  assert.equal(call('date', Number(WINTER)), '[2018, 2, 5]');
});

test('what is no instant is refused', () => {
  assert.equal(call('date', 2n ** 63n), 'eval_builtin_error: timestamp too big');
  assert.equal(call('date', 1.5), 'eval_builtin_error: timestamp too big');
  assert.equal(call('date', [0, 'No/Zone']), 'eval_builtin_error: unknown time zone No/Zone');
  assert.equal(call('date', [0, '+01:00']), 'eval_builtin_error: unknown time zone +01:00');
  const either = 'either number (ns) or [number (ns), string (tz)]';
  assert.equal(call('clock', 'x'), `eval_type_error: operand 1 must be ${either} but got string`);
});

test('a time is written by a layout, by the name of one, and in its zone', () => {
  const cases: readonly (readonly [RegoValue, string])[] = [
    [WINTER, '2018-02-05T07:00:00Z'],
    [[WINTER + 120_000_000n, 'Europe/Berlin'], '2018-02-05T08:00:00.12+01:00'],
    [[WINTER, 'Europe/Berlin', 'RFC1123'], 'Mon, 05 Feb 2018 08:00:00 CET'],
    [[WINTER, 'Asia/Dubai', 'RFC850'], 'Monday, 05-Feb-18 11:00:00 +04'],
    [[WINTER, 'America/New_York', '3:4:5pm _2/1/06 002 .000 -07'], '2:0:0am  5/2/18 036 .000 -05'],
    [[0, 'UTC', 'Janx January _2006'], 'Janx January _1970'],
    [[-1, 'America/New_York', 'MST'], 'EST'],
  ];
  for (const [moment, wanted] of cases) assert.equal(call('format', moment), `"${wanted}"`);
});

test('a time is read by a layout, or refused in the words of Go', () => {
  assert.equal(call('parse_ns', 'RFC822Z', '02 Jun 17 19:00 -0700'), '1496455200000000000');
  assert.equal(call('parse_ns', '2006-01-02', '1970-01-01'), '0');
  assert.equal(call('parse_rfc3339_ns', '2262-04-11T23:47:16.854775807-00:00'), '9223372036854775807');
  const cases: readonly (readonly [string, string])[] = [
    ['2262-04-11T23:47:16.854775808-00:00', 'time outside of valid range'],
    ['2017-02-29T00:00:00Z', String.raw`parsing time "2017-02-29T00:00:00Z": day out of range`],
    ['2017-02-28T00:00:00Zx', 'parsing time "2017-02-28T00:00:00Zx": extra text: "x"'],
    ['2017-02-28', `parsing time "2017-02-28" as "${layoutNamed('RFC3339')}": cannot parse "" as "T"`],
    ['é', String.raw`parsing time "\xc3\xa9" as "${layoutNamed('RFC3339')}": cannot parse "\xc3\xa9" as "2006"`],
  ];
  for (const [text, wanted] of cases) assert.equal(call('parse_rfc3339_ns', text), `eval_builtin_error: ${wanted}`);
});

test('dates are added on the clock of the zone', () => {
  assert.equal(call('add_date', 1_585_852_421_593_912_000n, 3, 9, 12), '1705257221593912000');
  // 2021-03-13 12:00 in New York; the day after, its clocks have been put forward.
  assert.equal(call('add_date', [1_615_654_800_000_000_000n, 'America/New_York'], 0, 0, 1), '1615737600000000000');
  assert.equal(call('add_date', 0, 2262, 1, 1), 'eval_builtin_error: time outside of valid range');
  const wanted = 'eval_type_error: operand 3 must be integer number but got floating-point number';
  assert.equal(call('add_date', 0, 0, 0.5, 0), wanted);
});

test('a difference borrows from the larger units', () => {
  assert.equal(call('diff', WINTER, 0), '[48, 1, 4, 7, 0, 0]');
  assert.equal(call('diff', [0, 'Asia/Tokyo'], -1), '[0, 0, 0, 0, 0, 1]');
});

test('durations have units up to years', () => {
  assert.equal(call('parse_duration_ns', '1h30m'), '5400000000000');
  assert.equal(call('parse_duration_ns', '-1.5d12h'), '-172800000000000');
  assert.equal(call('parse_duration_ns', '1'), 'eval_builtin_error: time: missing unit in duration "1"');
  assert.equal(call('parse_duration_ns', '1x'), 'eval_builtin_error: time: unknown unit "x" in duration "1x"');
  assert.equal(call('parse_duration_ns', '300y'), 'eval_builtin_error: time: invalid duration "300y"');
});

test('a time prints back to itself, and no text is too much', () => {
  const layout = parseLayout(RFC3339_NANO);
  const seconds = fc.integer({ min: -62_000_000_000, max: 250_000_000_000 });
  fc.assert(
    fc.property(seconds, fc.integer({ min: 0, max: 999_999_999 }), (second, nanosecond) => {
      const text = formatTime(zonedTime(UTC, second, nanosecond), layout);
      assert.deepEqual(parseTime(layout, text), { ok: true, value: { seconds: second, nanosecond } });
      assert.equal(Date.parse(text), second * 1000 + Math.floor(nanosecond / 1_000_000));
    }),
  );
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (shape, text) => {
      parseTime(parseLayout(shape), text);
      parseDuration(text);
    }),
  );
});
