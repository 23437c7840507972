/** Times written as a layout shows. */
import { dayOfYear, weekdayOf } from './civil-time.ts';
import {
  MONTHS,
  WEEKDAYS,
  type FractionPart,
  type LayoutPart,
  type NumberPart,
  type LayoutPiece,
  type ZoneShape,
} from './time-layout.ts';
import type { ZonedTime } from './time-zone.ts';

export function formatTime(time: ZonedTime, layout: readonly LayoutPiece[]): string {
  let text = '';
  for (const { prefix, part } of layout) {
    text += prefix;
    if (part !== undefined) text += formatPart(time, part);
  }
  return text;
}

function formatPart(time: ZonedTime, part: LayoutPart): string {
  switch (part.kind) {
    case 'month':
      return shorten(MONTHS[time.month - 1] ?? '', part.long);
    case 'weekday':
      return shorten(WEEKDAYS[weekdayOf(time.clockSeconds)] ?? '', part.long);
    case 'monthNumber':
    case 'hour12':
    case 'minute':
    case 'second':
    case 'day':
    case 'dayOfYear':
      return String(numberFor(time, part.kind)).padStart(part.width, part.pad);
    case 'hour':
      return String(time.hour).padStart(2, '0');
    case 'longYear':
      return time.year < 0 ? `-${String(-time.year).padStart(4, '0')}` : String(time.year).padStart(4, '0');
    case 'shortYear':
      return String(Math.abs(time.year) % 100).padStart(2, '0');
    case 'zoneName':
      return time.abbreviation;
    case 'half':
      return halfOf(time.hour, part.lower);
    case 'zone':
      return formatOffset(time.offset, part.shape);
    case 'fraction':
      return formatFraction(time.nanosecond, part);
  }
}

function shorten(name: string, long: boolean): string {
  return long ? name : name.slice(0, 3);
}

function halfOf(hour: number, lower: boolean): string {
  const half = hour >= 12 ? 'PM' : 'AM';
  return lower ? half.toLowerCase() : half;
}

function numberFor(time: ZonedTime, kind: NumberPart['kind']): number {
  switch (kind) {
    case 'monthNumber':
      return time.month;
    case 'hour12':
      return time.hour % 12 === 0 ? 12 : time.hour % 12;
    case 'minute':
      return time.minute;
    case 'second':
      return time.second;
    case 'day':
      return time.day;
    case 'dayOfYear':
      return dayOfYear(time);
  }
}

function formatOffset(offset: number, { zulu, colon, fields }: ZoneShape): string {
  if (zulu && offset === 0) return 'Z';
  const size = Math.abs(offset);
  const numbers = [Math.floor(size / 3600), Math.floor(size / 60) % 60, size % 60].slice(0, fields);
  const text = numbers.map((number) => String(number).padStart(2, '0')).join(colon ? ':' : '');
  return (offset < 0 ? '-' : '+') + text;
}

function formatFraction(nanosecond: number, part: FractionPart): string {
  const digits = String(nanosecond).padStart(9, '0').slice(0, part.digits);
  const kept = part.optional ? digits.replace(/0+$/u, '') : digits;
  return kept === '' ? '' : part.separator + kept;
}
