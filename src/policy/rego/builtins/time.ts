/** `time.*`: nanoseconds since 1970 as dates and clocks of any zone, written and read by Go's layouts. */
import { bigIntegerOf, integerOf } from '../values/number.ts';
import { isArray, isNumber, type RegoValue } from '../values/value.ts';
import { BuiltinError, type Builtin, type BuiltinContext, type BuiltinOutcome } from './builtin.ts';
import { daysInMonth, weekdayOf } from './civil-time.ts';
import { parseDuration } from './duration.ts';
import { formatTime } from './format-time.ts';
import { integerOperand } from './operand.ts';
import { operandTypeError } from './operand-error.ts';
import { parseTime, type Instant } from './parse-time.ts';
import type { RegoType } from './rego-type.ts';
import { layoutNamed, parseLayout, RFC3339, RFC3339_NANO, WEEKDAYS, type LayoutPiece } from './time-layout.ts';
import { instantOf, loadTimeZone, UTC, zonedTime, type TimeZone, type ZonedTime } from './time-zone.ts';

/** An instant, where it is looked at from, and how it is to be written. */
type Moment = Instant & { readonly zone: TimeZone; readonly layout: string };

const SECOND = 1_000_000_000n;
const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;
const EITHER = 'either number (ns) or [number (ns), string (tz)]';

/** `ns`, `[ns, zone]` or `[ns, zone, layout]`. */
function momentOf(context: BuiltinContext, value: RegoValue): Moment | BuiltinError {
  const list = isArray(value) ? value : [value];
  const [ns, zoneName = 'UTC', layout = ''] = list;
  if (ns === undefined || (!isArray(value) && !isNumber(value))) return operandTypeError(1, value, EITHER);
  if (!isNumber(ns)) return operandTypeError(1, ns, 'number');
  if (typeof zoneName !== 'string') return operandTypeError(1, zoneName, 'string');
  const zone = zoneNamed(context, zoneName);
  if (zone === undefined) return new BuiltinError(`unknown time zone ${zoneName}`);
  if (typeof layout !== 'string') return operandTypeError(1, layout, 'string');
  const integer = bigIntegerOf(ns);
  if (integer === undefined || integer > MAX_INT64 || integer < MIN_INT64) return new BuiltinError('timestamp too big');
  return { ...instantOfNanoseconds(integer), zone, layout };
}

function zoneNamed(context: BuiltinContext, name: string): TimeZone | undefined {
  if (name === 'UTC') return UTC;
  const zone = context.prepared.get('time zone', name, (wanted) => loadTimeZone(wanted) ?? null);
  return zone ?? undefined;
}

function instantOfNanoseconds(integer: bigint): Instant {
  const nanosecond = Number(((integer % SECOND) + SECOND) % SECOND);
  return { seconds: Number((integer - BigInt(nanosecond)) / SECOND), nanosecond };
}

function nanosecondsOf({ seconds, nanosecond }: Instant): BuiltinOutcome {
  if (!Number.isSafeInteger(seconds)) return new BuiltinError('time outside of valid range');
  const integer = BigInt(seconds) * SECOND + BigInt(nanosecond);
  if (integer > MAX_INT64 || integer < MIN_INT64) return new BuiltinError('time outside of valid range');
  return integerOf(integer);
}

function clockOf({ zone, seconds, nanosecond }: Moment): ZonedTime {
  return zonedTime(zone, seconds, nanosecond);
}

/** A function of one moment as a clock shows it. */
function ofClock(read: (time: ZonedTime) => RegoValue): Builtin['call'] {
  return (context, a) => {
    const moment = momentOf(context, a);
    return moment instanceof BuiltinError ? moment : read(clockOf(moment));
  };
}

function format(context: BuiltinContext, a: RegoValue): BuiltinOutcome {
  const moment = momentOf(context, a);
  if (moment instanceof BuiltinError) return moment;
  const layout = moment.layout === '' ? RFC3339_NANO : moment.layout;
  return formatTime(clockOf(moment), layoutOf(context, layout));
}

function layoutOf(context: BuiltinContext, layout: string): readonly LayoutPiece[] {
  return context.prepared.get('time layout', layout, (name) => parseLayout(layoutNamed(name)));
}

function parse(context: BuiltinContext, layout: string, text: RegoValue, position: number): BuiltinOutcome {
  if (typeof text !== 'string') return operandTypeError(position, text, 'string');
  const instant = parseTime(layoutOf(context, layout), text);
  return instant.ok ? nanosecondsOf(instant.value) : new BuiltinError(instant.problem);
}

function parseByLayout(context: BuiltinContext, layout: RegoValue, text: RegoValue): BuiltinOutcome {
  if (typeof layout !== 'string') return operandTypeError(1, layout, 'string');
  return parse(context, layout, text, 2);
}

function duration(_: BuiltinContext, a: RegoValue): BuiltinOutcome {
  if (typeof a !== 'string') return operandTypeError(1, a, 'string');
  const nanoseconds = parseDuration(a);
  return nanoseconds.ok ? integerOf(nanoseconds.value) : new BuiltinError(nanoseconds.problem);
}

function addDate(context: BuiltinContext, a: RegoValue, b: RegoValue, c: RegoValue, d: RegoValue): BuiltinOutcome {
  const moment = momentOf(context, a);
  if (moment instanceof BuiltinError) return moment;
  const [years, months, days] = [integerOperand(2, b), integerOperand(3, c), integerOperand(4, d)];
  if (years instanceof BuiltinError) return years;
  if (months instanceof BuiltinError) return months;
  if (days instanceof BuiltinError) return days;
  const clock = clockOf(moment);
  const later = { ...clock, year: clock.year + years, month: clock.month + months, day: clock.day + days };
  return nanosecondsOf({ seconds: instantOf(moment.zone, later), nanosecond: moment.nanosecond });
}

/** Years, months, days, hours, minutes and seconds between two moments, as clocks of the first one's zone show them. */
function difference(context: BuiltinContext, a: RegoValue, b: RegoValue): BuiltinOutcome {
  const first = momentOf(context, a);
  if (first instanceof BuiltinError) return first;
  const second = momentOf(context, b);
  if (second instanceof BuiltinError) return second;
  const clocks = [clockOf(first), clockOf({ ...second, zone: first.zone })] as const;
  const [from, to] = isAfter(first, second) ? [clocks[1], clocks[0]] : clocks;
  return carry([
    { amount: to.year - from.year, size: 0 },
    { amount: to.month - from.month, size: 12 },
    { amount: to.day - from.day, size: daysInMonth(from.year, from.month) },
    { amount: to.hour - from.hour, size: 24 },
    { amount: to.minute - from.minute, size: 60 },
    { amount: to.second - from.second, size: 60 },
  ]);
}

function isAfter(a: Instant, b: Instant): boolean {
  return a.seconds > b.seconds || (a.seconds === b.seconds && a.nanosecond > b.nanosecond);
}

/** Borrows for what is negative from the field before it. */
function carry(fields: readonly { readonly amount: number; readonly size: number }[]): readonly number[] {
  const amounts = fields.map(({ amount }) => amount);
  for (let index = fields.length - 1; index > 0; index -= 1) {
    if ((amounts[index] ?? 0) >= 0) continue;
    amounts[index] = (amounts[index] ?? 0) + (fields[index]?.size ?? 0);
    amounts[index - 1] = (amounts[index - 1] ?? 0) - 1;
  }
  return amounts;
}

const MOMENT: RegoType = { anyOf: ['number', { tuple: ['number', 'string'] }] };
const THREE: RegoType = { tuple: ['number', 'number', 'number'] };
const SIX: RegoType = { tuple: ['number', 'number', 'number', 'number', 'number', 'number'] };

export const TIME_BUILTINS: readonly Builtin[] = [
  {
    name: 'time.now_ns',
    parameters: [],
    result: 'number',
    nondeterministic: true,
    call: (context) => integerOf(context.nowNanoseconds()),
  },
  { name: 'time.parse_ns', parameters: ['string', 'string'], result: 'number', call: parseByLayout },
  {
    name: 'time.parse_rfc3339_ns',
    parameters: ['string'],
    result: 'number',
    call: (context, a) => parse(context, RFC3339, a, 1),
  },
  { name: 'time.parse_duration_ns', parameters: ['string'], result: 'number', call: duration },
  {
    name: 'time.format',
    parameters: [{ anyOf: ['number', { tuple: ['number', 'string'] }, { tuple: ['number', 'string', 'string'] }] }],
    result: 'string',
    call: format,
  },
  {
    name: 'time.date',
    parameters: [MOMENT],
    result: THREE,
    call: ofClock(({ year, month, day }) => [year, month, day]),
  },
  {
    name: 'time.clock',
    parameters: [MOMENT],
    result: THREE,
    call: ofClock(({ hour, minute, second }) => [hour, minute, second]),
  },
  {
    name: 'time.weekday',
    parameters: [MOMENT],
    result: 'string',
    call: ofClock((time) => WEEKDAYS[weekdayOf(time.clockSeconds)] ?? ''),
  },
  { name: 'time.add_date', parameters: ['number', 'number', 'number', 'number'], result: 'number', call: addDate },
  { name: 'time.diff', parameters: [MOMENT, MOMENT], result: SIX, call: difference },
];
