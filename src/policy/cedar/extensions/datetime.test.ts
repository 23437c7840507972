import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Long, longOf } from '../long.ts';
import { Datetime } from './datetime.ts';
import { Duration } from './duration.ts';

const MIN = -(2n ** 63n);
const MAX = 2n ** 63n - 1n;

test('the five forms of a point in time are read', () => {
  for (const [text, milliseconds] of [
    ['1970-01-01', 0],
    ['2026-01-31', Date.UTC(2026, 0, 31)],
    ['2026-01-31T23:59:59Z', Date.UTC(2026, 0, 31, 23, 59, 59)],
    ['2026-01-31T23:59:59.999Z', Date.UTC(2026, 0, 31, 23, 59, 59, 999)],
    ['2026-01-31T01:00:00+0130', Date.UTC(2026, 0, 30, 23, 30)],
    ['2026-01-31T23:00:00.001-0130', Date.UTC(2026, 1, 1, 0, 30, 0, 1)],
    ['0000-01-01', -62_167_219_200_000],
    ['0000-02-29', -62_167_219_200_000 + 59 * 86_400_000],
    ['0099-12-31T00:00:00-2359', Date.parse('0099-12-31T23:59:00Z')],
    ['9999-12-31T23:59:59.999Z', Date.parse('9999-12-31T23:59:59.999Z')],
  ] as const) {
    assert.equal(Datetime.parse(text)?.milliseconds, milliseconds, text);
  }
});

test('what is in no calendar, or in another form, is refused with a reason', () => {
  for (const text of [
    '',
    '2026-1-1',
    '2026-00-01',
    '2026-13-01',
    '2026-02-29',
    '1900-02-29',
    '2026-04-31',
    '2026-01-00',
    '10000-01-01',
    '-001-01-01',
    '2026-01-01Z',
    '2026-01-01T00:00Z',
    '2026-01-01T00:00:00',
    '2026-01-01T24:00:00Z',
    '2026-01-01T00:60:00Z',
    '2026-12-31T23:59:60Z',
    '2026-01-01T00:00:00.1Z',
    '2026-01-01T00:00:00.1234Z',
    '2026-01-01T00:00:00+24:00',
    '2026-01-01T00:00:00+2400',
    '2026-01-01T00:00:00+0060',
    '2026-01-01t00:00:00z',
    '2026-01-01 00:00:00Z',
    '2026-01-01\n',
  ]) {
    assert.equal(Datetime.parse(text), undefined, text);
    assert.match(Datetime.whyNot(text), /\w/u);
  }
});

test('every day from 0000 to 9999 is read as the calendar of JavaScript has it', () => {
  fc.assert(
    fc.property(fc.integer({ min: -719_528, max: 2_932_896 }), (day) => {
      const text = new Date(day * 86_400_000).toISOString();
      assert.equal(Datetime.parse(text.slice(0, 10))?.milliseconds, day * 86_400_000 + 0);
      assert.equal(Datetime.parse(text)?.toString(), `datetime("${text.slice(0, 10)}")`);
    }),
  );
});

test('date and time of day are parts of every point in time, except of the first day of all', () => {
  const day = 86_400_000n;
  const instants = fc.oneof(fc.constantFrom(MIN, MAX, -day, -1n, 0n), fc.bigInt({ min: MIN, max: MAX }));
  fc.assert(
    fc.property(instants, (milliseconds) => {
      const datetime = Datetime.of(longOf(milliseconds) as Long);
      const time = ((milliseconds % day) + day) % day;
      assert.equal(datetime.toTime().milliseconds, Number(time));
      assert.equal(datetime.toDate()?.milliseconds, longOf(milliseconds - time));
    }),
  );
  assert.equal(Datetime.of(MIN).toDate(), undefined);
});

test('moving by a duration and measuring it are each other reversed, and refused beyond 64 bits', () => {
  const instants = fc.bigInt({ min: MIN, max: MAX });
  fc.assert(
    fc.property(instants, instants, (a, b) => {
      const [from, to] = [Datetime.of(longOf(a) as Long), Datetime.of(longOf(b) as Long)];
      const duration = to.durationSince(from);
      assert.equal(duration?.milliseconds, longOf(b - a));
      if (duration !== undefined) assert.equal(from.offset(duration)?.key, to.key);
    }),
  );
  assert.equal(Datetime.of(MAX).offset(Duration.of(1)), undefined);
});

test('a point in time beyond the years that have a form is written as an offset', () => {
  const far = Datetime.of(MAX);
  assert.equal(far.toString(), 'datetime("1970-01-01").offset(duration("106751991167d7h12m55s807ms"))');
  assert.deepEqual(far.toJson(), {
    __extn: {
      fn: 'offset',
      args: [
        { __extn: { fn: 'datetime', arg: '1970-01-01' } },
        { __extn: { fn: 'duration', arg: '106751991167d7h12m55s807ms' } },
      ],
    },
  });
  assert.match(Datetime.of(-62_167_219_200_001).toString(), /offset/u);
  assert.match(Datetime.of(253_402_300_800_000).toString(), /offset/u);
});
