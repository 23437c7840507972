/** Times read as a layout shows, by the rules of Go's `time.Parse`. */
import { err, ok, type Result } from '../../../kernel/result.ts';
import { daysInMonth, secondsOf } from './civil-time.ts';
import { quoteBytes } from './go-quote.ts';
import {
  MONTHS,
  WEEKDAYS,
  type FractionPart,
  type LayoutPart,
  type NumberPart,
  type LayoutPiece,
  type ZoneShape,
} from './time-layout.ts';

/** Seconds since 1970 and the nanoseconds after them. */
export type Instant = { readonly seconds: number; readonly nanosecond: number };

/** What has been read; -1 where nothing has. */
type Reading = {
  year: number;
  month: number;
  day: number;
  dayOfYear: number;
  hour: number;
  minute: number;
  second: number;
  nanosecond: number;
  afternoon: boolean | undefined;
  /** Seconds east of Greenwich. */
  offset: number;
};

class Cursor {
  rest: string;
  /** The field whose value lies out of range, at the first such. */
  outOfRange: string | undefined;

  constructor(text: string) {
    this.rest = text;
  }

  take(length: number): string {
    const taken = this.rest.slice(0, length);
    this.rest = this.rest.slice(length);
    return taken;
  }

  /** As many digits as there are, at most `most`; undefined when there are fewer than `least`. */
  digits(least: number, most: number): number | undefined {
    let length = 0;
    while (length < most && isDigit(this.rest, length)) length += 1;
    return length < least ? undefined : Number(this.take(length));
  }
}

function isDigit(text: string, index: number): boolean {
  const unit = text.charCodeAt(index);
  return unit >= 0x30 && unit <= 0x39;
}

/** The instant, or what is wrong, as Go words it. */
export function parseTime(layout: readonly LayoutPiece[], text: string): Result<Instant, string> {
  const reading: Reading = {
    year: 0,
    month: -1,
    day: -1,
    dayOfYear: -1,
    hour: 0,
    minute: 0,
    second: 0,
    nanosecond: 0,
    afternoon: undefined,
    offset: 0,
  };
  const cursor = new Cursor(text);
  for (const [index, piece] of layout.entries()) {
    if (!skipLiteral(cursor, piece.prefix)) return cannotParse(layout, text, cursor.rest, piece.prefix);
    if (piece.part === undefined) break;
    const held = cursor.rest;
    const isRead = readPart(reading, cursor, piece.part, layout[index + 1]?.part);
    if (cursor.outOfRange !== undefined) return wrong(text, `: ${cursor.outOfRange} out of range`);
    if (!isRead) return cannotParse(layout, text, held, piece.text);
  }
  if (cursor.rest !== '') return wrong(text, `: extra text: ${quoteBytes(cursor.rest)}`);
  return instantOf(reading, text);
}

function wrong(text: string, complaint: string): Result<Instant, string> {
  return err(`parsing time ${quoteBytes(text)}${complaint}`);
}

function cannotParse(
  layout: readonly LayoutPiece[],
  text: string,
  rest: string,
  part: string,
): Result<Instant, string> {
  const whole = layout.map((piece) => piece.prefix + piece.text).join('');
  return wrong(text, ` as ${quoteBytes(whole)}: cannot parse ${quoteBytes(rest)} as ${quoteBytes(part)}`);
}

/** A space of the layout stands for any number of spaces. */
function skipLiteral(cursor: Cursor, literal: string): boolean {
  for (let index = 0; index < literal.length;) {
    if (literal[index] === ' ') {
      if (cursor.rest !== '' && !cursor.rest.startsWith(' ')) return false;
      while (literal[index] === ' ') index += 1;
      cursor.rest = cursor.rest.replace(/^ +/u, '');
      continue;
    }
    if (cursor.rest[0] !== literal[index]) return false;
    cursor.rest = cursor.rest.slice(1);
    index += 1;
  }
  return true;
}

function readPart(reading: Reading, cursor: Cursor, part: LayoutPart, next: LayoutPart | undefined): boolean {
  switch (part.kind) {
    case 'month':
      return set(reading, 'month', readName(cursor, MONTHS, part.long), 1);
    case 'weekday':
      return readName(cursor, WEEKDAYS, part.long) !== undefined;
    case 'monthNumber':
    case 'hour12':
    case 'minute':
    case 'second':
    case 'day':
    case 'dayOfYear':
      return readNumber(reading, cursor, part, next);
    case 'hour':
      return set(reading, 'hour', inRange(cursor, 'hour', cursor.digits(1, 2), 0, 23));
    case 'longYear':
      return set(reading, 'year', cursor.digits(4, 4));
    case 'shortYear':
      return readShortYear(reading, cursor);
    case 'zoneName':
      return readZoneName(cursor);
    case 'half':
      return readHalf(reading, cursor, part.lower);
    case 'zone':
      return readOffset(reading, cursor, part.shape);
    case 'fraction':
      return readFraction(reading, cursor, part);
  }
}

function set(
  reading: Reading,
  field: 'year' | 'month' | 'hour' | 'minute',
  value: number | undefined,
  plus: number = 0,
): boolean {
  if (value === undefined) return false;
  reading[field] = value + plus;
  return true;
}

function inRange(
  cursor: Cursor,
  field: string,
  value: number | undefined,
  least: number,
  most: number,
): number | undefined {
  if (value !== undefined && (value < least || value > most)) cursor.outOfRange = field;
  return value;
}

/** The index of the name, whatever the case of its letters. */
function readName(cursor: Cursor, names: readonly string[], long: boolean): number | undefined {
  for (const [index, name] of names.entries()) {
    const length = long ? name.length : 3;
    if (cursor.rest.slice(0, length).toLowerCase() !== name.slice(0, length).toLowerCase()) continue;
    cursor.take(length);
    return index;
  }
  return undefined;
}

function readNumber(
  reading: Reading,
  cursor: Cursor,
  { kind, width, pad }: NumberPart,
  next: LayoutPart | undefined,
): boolean {
  if (pad === ' ') for (let left = width - 1; left > 0 && cursor.rest.startsWith(' '); left -= 1) cursor.take(1);
  const value = cursor.digits(pad === '0' ? width : 1, Math.max(width, 2));
  if (value === undefined) return false;
  switch (kind) {
    case 'monthNumber':
      return set(reading, 'month', inRange(cursor, 'month', value, 1, 12));
    case 'hour12':
      return set(reading, 'hour', inRange(cursor, 'hour', value, 0, 12));
    case 'minute':
      return set(reading, 'minute', inRange(cursor, 'minute', value, 0, 59));
    case 'second':
      inRange(cursor, 'second', value, 0, 59);
      reading.second = value;
      return next?.kind === 'fraction' || readUnnamedFraction(reading, cursor);
    case 'day':
      reading.day = value;
      return true;
    case 'dayOfYear':
      reading.dayOfYear = value;
      return true;
  }
}

/** A fraction may follow the seconds although the layout has none. */
function readUnnamedFraction(reading: Reading, cursor: Cursor): boolean {
  const fraction = /^[.,]\d+/u.exec(cursor.rest)?.[0];
  if (fraction !== undefined) reading.nanosecond = nanosecondsOf(cursor.take(fraction.length));
  return true;
}

/** Digits beyond the ninth are dropped. */
function nanosecondsOf(fraction: string): number {
  return Number(fraction.slice(1, 10).padEnd(9, '0'));
}

function readFraction(reading: Reading, cursor: Cursor, part: FractionPart): boolean {
  if (part.optional) return readUnnamedFraction(reading, cursor);
  const fraction = cursor.take(part.digits + 1);
  if (fraction.length <= part.digits || !/^[.,]\d+$/u.test(fraction.slice(0, 10))) return false;
  reading.nanosecond = nanosecondsOf(fraction);
  return true;
}

function readShortYear(reading: Reading, cursor: Cursor): boolean {
  const text = cursor.take(2);
  if (!/^[+\-\d]\d$/u.test(text)) return false;
  const year = Number(text);
  return set(reading, 'year', year >= 69 ? year + 1900 : year + 2000);
}

function readHalf(reading: Reading, cursor: Cursor, lower: boolean): boolean {
  const text = cursor.take(2);
  const [am, pm] = lower ? ['am', 'pm'] : ['AM', 'PM'];
  if (text === pm) reading.afternoon = true;
  else if (text === am) reading.afternoon ??= false;
  return text === am || text === pm;
}

function readOffset(reading: Reading, cursor: Cursor, { zulu, colon, fields }: ZoneShape): boolean {
  if (zulu && cursor.rest.startsWith('Z')) {
    cursor.take(1);
    reading.offset = 0;
    return true;
  }
  const length = colon ? 3 * fields : 2 * fields + 1;
  const text = cursor.take(length);
  const parts = (colon ? /^(.)(\d\d):(\d\d)(?::(\d\d))?$/u : /^(.)(\d\d)(\d\d)?(\d\d)?$/u).exec(text);
  if (parts === null || text.length < length) return false;
  const [, sign, hours = '0', minutes = '0', seconds = '0'] = parts;
  // More than a day or an hour is out of range, but not exactly that much: some people write it.
  inRange(cursor, 'time zone offset hour', Number(hours), 0, 24);
  inRange(cursor, 'time zone offset minute', Number(minutes), 0, 60);
  inRange(cursor, 'time zone offset second', Number(seconds), 0, 60);
  const offset = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  reading.offset = sign === '-' ? -offset : offset;
  return sign === '-' || sign === '+';
}

/**
 * Read over: an abbreviation does not tell an offset, so that the time counts as UTC. Three letters, four or five that
 * end with T, and few more.
 */
function readZoneName(cursor: Cursor): boolean {
  const { rest } = cursor;
  if (rest.length < 3) return false;
  const named = /^(?:UTC|ChST|MeST)/u.exec(rest)?.[0] ?? zoneWithOffset(rest) ?? upperCaseZone(rest);
  if (named === undefined) return false;
  cursor.take(named.length);
  return true;
}

function zoneWithOffset(text: string): string | undefined {
  const parts = /^(GMT)?([+-]\d+)?/u.exec(text);
  const [, gmt = '', offset = ''] = parts ?? [];
  const kept = offset === '' || Number(offset.slice(1)) > 23 ? '' : offset;
  return gmt === '' && kept === '' ? undefined : gmt + kept;
}

function upperCaseZone(text: string): string | undefined {
  const letters = /^[A-Z]{3,6}/u.exec(text)?.[0] ?? '';
  if (letters.length === 3 || letters === 'WITA') return letters;
  return letters.length < 6 && letters.endsWith('T') ? letters : undefined;
}

function instantOf(reading: Reading, text: string): Result<Instant, string> {
  const complaint = completeDate(reading);
  if (complaint !== undefined) return wrong(text, complaint);
  let { hour } = reading;
  if (reading.afternoon === true && hour < 12) hour += 12;
  if (reading.afternoon === false && hour === 12) hour = 0;
  const seconds = secondsOf({ ...reading, hour }) - reading.offset;
  return ok({ seconds, nanosecond: reading.nanosecond });
}

/** Fills in month and day, which may be given as a day of the year; what is wrong with them, if anything. */
function completeDate(reading: Reading): string | undefined {
  if (reading.dayOfYear !== -1) {
    const complaint = applyDayOfYear(reading, reading.dayOfYear);
    if (complaint !== undefined) return complaint;
  }
  if (reading.month === -1) reading.month = 1;
  if (reading.day === -1) reading.day = 1;
  if (reading.day < 1 || reading.day > daysInMonth(reading.year, reading.month)) return ': day out of range';
  return undefined;
}

function applyDayOfYear(reading: Reading, dayOfYear: number): string | undefined {
  let [month, day] = [1, dayOfYear];
  for (; month <= 12 && day > daysInMonth(reading.year, month); month += 1) day -= daysInMonth(reading.year, month);
  if (dayOfYear < 1 || month > 12) return ': day-of-year out of range';
  if (reading.month !== -1 && reading.month !== month) return ': day-of-year does not match month';
  if (reading.day !== -1 && reading.day !== day) return ': day-of-year does not match day';
  reading.month = month;
  reading.day = day;
  return undefined;
}
