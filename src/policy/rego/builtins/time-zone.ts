/** Time zones of the IANA database, as the JavaScript engine carries it. */
import { civilTimeOf, secondsOf, type CivilTime } from './civil-time.ts';

/** An instant as a wall clock of a zone shows it. */
export type ZonedTime = CivilTime & {
  /** Seconds since 1970, the offset included: what the clock would mean in UTC. */
  readonly clockSeconds: number;
  readonly nanosecond: number;
  /** Seconds east of Greenwich. */
  readonly offset: number;
  /** As in `CET` or `+04`. */
  readonly abbreviation: string;
};

export type TimeZone = {
  readonly name: string;
  /** Seconds east of Greenwich, at an instant in seconds since 1970. */
  readonly offsetAt: (seconds: number) => number;
  readonly abbreviationAt: (seconds: number) => string;
};

export const UTC: TimeZone = { name: 'UTC', offsetAt: () => 0, abbreviationAt: () => 'UTC' };

/** A zone by its name, or the machine's own as `Local`; undefined when there is none of that name. */
export function loadTimeZone(name: string): TimeZone | undefined {
  if (name === '' || name === 'UTC') return UTC;
  // The engine takes an offset for a zone, and OPA does not.
  if (!/^[A-Za-z]/u.test(name)) return undefined;
  try {
    return zoneOf(name, new Intl.DateTimeFormat('en-US', formatOptions(name, 'longOffset')));
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function formatOptions(name: string, timeZoneName: 'longOffset' | 'long'): Intl.DateTimeFormatOptions {
  return name === 'Local' ? { timeZoneName } : { timeZone: name, timeZoneName };
}

/** Transitions fall on quarters of an hour, since zones have had offsets in minutes. */
const QUARTER_SECONDS = 900;

function zoneOf(name: string, offsets: Intl.DateTimeFormat): TimeZone {
  let names: Intl.DateTimeFormat | undefined;
  let [lastQuarter, lastOffset] = [Number.NaN, 0];
  const offsetAt = (seconds: number): number => {
    const quarter = Math.floor(seconds / QUARTER_SECONDS);
    if (quarter !== lastQuarter) {
      lastOffset = parseOffset(zoneNameIn(offsets, seconds));
      lastQuarter = quarter;
    }
    return lastOffset;
  };
  const nameAt = (seconds: number): string | undefined => {
    names ??= new Intl.DateTimeFormat('en-US', formatOptions(SAME_NAMES.get(name) ?? name, 'long'));
    return ABBREVIATIONS.get(zoneNameIn(names, seconds));
  };
  const abbreviationAt = (seconds: number): string => {
    const offset = offsetAt(seconds);
    if (GREENWICH.test(name)) return 'GMT';
    if (NUMERIC_ZONES.has(name)) return numericName(offset);
    const known = nameAt(seconds);
    if (known !== undefined) return known;
    if (offset % QUARTER_SECONDS !== 0) return 'LMT';
    // The engine has no names for long ago; one that means the same offset today is most probably the same.
    const today = REFERENCE_SECONDS.find((reference) => offsetAt(reference) === offset);
    return (today === undefined ? undefined : nameAt(today)) ?? numericName(offset);
  };
  return { name, offsetAt, abbreviationAt };
}

/** A winter and a summer. */
const REFERENCE_SECONDS: readonly number[] = [1_736_899_200, 1_752_537_600];

/** The engine holds these zones for UTC. */
const GREENWICH = /^(?:Etc\/)?(?:GMT(?:[+-]?0)?|Greenwich)$/u;

/** Zones whose names the engine does not know, but those of another zone with the same. */
const SAME_NAMES: ReadonlyMap<string, string> = new Map([
  ['Europe/Guernsey', 'Europe/London'],
  ['Europe/Isle_of_Man', 'Europe/London'],
  ['Europe/Jersey', 'Europe/London'],
]);

function zoneNameIn(format: Intl.DateTimeFormat, seconds: number): string {
  return format.formatToParts(seconds * 1000).find(({ type }) => type === 'timeZoneName')?.value ?? '';
}

/** Of `GMT`, `GMT+05:30` or `GMT-07:52:58`. */
function parseOffset(text: string): number {
  const parts = /([+-])(\d\d):(\d\d)(?::(\d\d))?$/u.exec(text);
  if (parts === null) return 0;
  const [, sign, hours, minutes, seconds = '0'] = parts;
  const offset = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  return sign === '-' ? -offset : offset;
}

/** What the database calls a zone without an abbreviation of its own: `+04` or `+0530`. */
function numericName(offset: number): string {
  const minutes = Math.floor(Math.abs(offset) / 60);
  const text = String(Math.floor(minutes / 60)).padStart(2, '0');
  const rest = minutes % 60 === 0 ? '' : String(minutes % 60).padStart(2, '0');
  return `${offset < 0 ? '-' : '+'}${text}${rest}`;
}

export function zonedTime(zone: TimeZone, seconds: number, nanosecond: number): ZonedTime {
  const offset = zone.offsetAt(seconds);
  const clockSeconds = seconds + offset;
  return {
    ...civilTimeOf(clockSeconds),
    clockSeconds,
    nanosecond,
    offset,
    get abbreviation() {
      return zone.abbreviationAt(seconds);
    },
  };
}

/** The instant at which a clock of the zone shows a time: the earlier reading where there are two, as Go's. */
export function instantOf(zone: TimeZone, clock: CivilTime): number {
  const seconds = secondsOf(clock);
  const offset = zone.offsetAt(seconds);
  if (offset === 0) return seconds;
  return seconds - zone.offsetAt(seconds - offset);
}

/** Zones that share the engine's long name with others, but have no abbreviation in the database. */
const NUMERIC_ZONES = new Set(['Antarctica/Casey', 'Antarctica/Troll', 'Asia/Colombo', 'Europe/Minsk']);

/** The engine's long names and the database's abbreviations. */
const ABBREVIATIONS: ReadonlyMap<string, string> = new Map([
  ['Alaska Daylight Time', 'AKDT'],
  ['Alaska Standard Time', 'AKST'],
  ['American Samoa Standard Time', 'SST'],
  ['Atlantic Daylight Time', 'ADT'],
  ['Atlantic Standard Time', 'AST'],
  ['Australian Central Daylight Time', 'ACDT'],
  ['Australian Central Standard Time', 'ACST'],
  ['Australian Eastern Daylight Time', 'AEDT'],
  ['Australian Eastern Standard Time', 'AEST'],
  ['Australian Western Standard Time', 'AWST'],
  ['British Summer Time', 'BST'],
  ['Central Africa Time', 'CAT'],
  ['Central Daylight Time', 'CDT'],
  ['Central European Standard Time', 'CET'],
  ['Central European Summer Time', 'CEST'],
  ['Central Indonesia Time', 'WITA'],
  ['Central Standard Time', 'CST'],
  ['Chamorro Standard Time', 'ChST'],
  ['China Standard Time', 'CST'],
  ['Coordinated Universal Time', 'UTC'],
  ['Cuba Daylight Time', 'CDT'],
  ['Cuba Standard Time', 'CST'],
  ['East Africa Time', 'EAT'],
  ['Eastern Daylight Time', 'EDT'],
  ['Eastern European Standard Time', 'EET'],
  ['Eastern European Summer Time', 'EEST'],
  ['Eastern Indonesia Time', 'WIT'],
  ['Eastern Standard Time', 'EST'],
  ['Greenwich Mean Time', 'GMT'],
  ['Hawaii-Aleutian Daylight Time', 'HDT'],
  ['Hawaii-Aleutian Standard Time', 'HST'],
  ['Hong Kong Standard Time', 'HKT'],
  ['India Standard Time', 'IST'],
  ['Irish Standard Time', 'IST'],
  ['Israel Daylight Time', 'IDT'],
  ['Israel Standard Time', 'IST'],
  ['Japan Standard Time', 'JST'],
  ['Korean Standard Time', 'KST'],
  ['Mexican Pacific Standard Time', 'MST'],
  ['Moscow Standard Time', 'MSK'],
  ['Mountain Daylight Time', 'MDT'],
  ['Mountain Standard Time', 'MST'],
  ['New Zealand Daylight Time', 'NZDT'],
  ['New Zealand Standard Time', 'NZST'],
  ['Newfoundland Daylight Time', 'NDT'],
  ['Newfoundland Standard Time', 'NST'],
  ['Pacific Daylight Time', 'PDT'],
  ['Pacific Standard Time', 'PST'],
  ['Pakistan Standard Time', 'PKT'],
  ['Philippine Standard Time', 'PST'],
  ['South Africa Standard Time', 'SAST'],
  ['Taiwan Standard Time', 'CST'],
  ['West Africa Time', 'WAT'],
  ['Western European Standard Time', 'WET'],
  ['Western European Summer Time', 'WEST'],
  ['Western Indonesia Time', 'WIB'],
  ['Yukon Time', 'MST'],
]);
