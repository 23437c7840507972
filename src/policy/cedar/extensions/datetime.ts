/** Cedar's points in time: signed milliseconds since 1970 in 64 bits, leap seconds not counted. */
import { addLongs, subtractLongs, type Long } from '../long.ts';
import { Duration } from './duration.ts';
import { extensionJson, type ExtensionJson } from './extension-json.ts';

const FORM =
  /^([0-9]{4})-([0-9]{2})-([0-9]{2})(?:T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{3}))?(?:Z|([+-])([0-9]{2})([0-9]{2})))?$/u;

const DAY = 86_400_000;

/** After 400 years the calendar repeats; `Date.UTC` reads the years below 100 as of the twentieth century. */
const CYCLE_YEARS = 400;
const CYCLE_DAYS = 146_097;

export class Datetime {
  readonly milliseconds: Long;

  private constructor(milliseconds: Long) {
    this.milliseconds = milliseconds;
  }

  static of(milliseconds: Long): Datetime {
    return new Datetime(milliseconds);
  }

  /** `YYYY-MM-DD`, or with `Thh:mm:ss`, optional `.SSS`, and `Z` or an offset `+hhmm`; undefined for anything else. */
  static parse(text: string): Datetime | undefined {
    const milliseconds = millisecondsOf(text);
    return typeof milliseconds === 'string' ? undefined : new Datetime(milliseconds);
  }

  /** Why `parse` refuses the text. */
  static whyNot(text: string): string {
    const milliseconds = millisecondsOf(text);
    return typeof milliseconds === 'string' ? milliseconds : '';
  }

  // Not kept: most points in time are compared by their milliseconds and never asked for it.
  get key(): string {
    return `datetime:${this.milliseconds}`;
  }

  /** Undefined on overflow. */
  offset(duration: Duration): Datetime | undefined {
    const sum = addLongs(this.milliseconds, duration.milliseconds);
    return sum === undefined ? undefined : new Datetime(sum);
  }

  /** Undefined on overflow. */
  durationSince(other: Datetime): Duration | undefined {
    const difference = subtractLongs(this.milliseconds, other.milliseconds);
    return difference === undefined ? undefined : Duration.of(difference);
  }

  /** Midnight of its day, also before 1970; undefined when that lies below the smallest of 64 bits. */
  toDate(): Datetime | undefined {
    const midnight = subtractLongs(this.milliseconds, timeOfDay(this.milliseconds));
    return midnight === undefined ? undefined : new Datetime(midnight);
  }

  /** What passed since midnight. */
  toTime(): Duration {
    return Duration.of(timeOfDay(this.milliseconds));
  }

  #text(): string | undefined {
    if (typeof this.milliseconds !== 'number') return undefined;
    const date = new Date(this.milliseconds);
    const year = date.getUTCFullYear();
    if (!(year >= 0 && year <= 9999)) return undefined;
    return date.toISOString().replace('.000Z', 'Z').replace('T00:00:00Z', '');
  }

  /** As it is written in a policy: `datetime("2026-01-31")`, outside the years 0000 to 9999 as an offset from 1970. */
  toString(): string {
    const text = this.#text();
    if (text !== undefined) return `datetime("${text}")`;
    return `datetime("1970-01-01").offset(${Duration.of(this.milliseconds).toString()})`;
  }

  toJson(): ExtensionJson {
    const text = this.#text();
    if (text !== undefined) return extensionJson('datetime', text);
    const args = [extensionJson('datetime', '1970-01-01'), Duration.of(this.milliseconds).toJson()];
    return { __extn: { fn: 'offset', args } };
  }
}

function timeOfDay(milliseconds: Long): number {
  const rest = typeof milliseconds === 'number' ? milliseconds % DAY : Number(milliseconds % BigInt(DAY));
  // `+ 0` makes 0 of the -0 that midnights before 1970 leave.
  return rest < 0 ? rest + DAY : rest + 0;
}

/** The milliseconds, or what is wrong with the text. */
function millisecondsOf(text: string): Long | string {
  const match = FORM.exec(text);
  if (match === null) {
    return 'a datetime is `YYYY-MM-DD`, or `YYYY-MM-DDThh:mm:ss` with `Z`, `.SSSZ`, `+hhmm` or `.SSS+hhmm` after it';
  }
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, millisecond = 0, , zoneHour = 0, zone = 0] =
    match.slice(1).map((digits) => (digits === undefined ? 0 : Number(digits)));
  if (month < 1 || month > 12) return `there is no month ${month}`;
  // Day 0 of the following month is the last of this one.
  const days = new Date(Date.UTC(year + CYCLE_YEARS, month, 0)).getUTCDate();
  if (day < 1 || day > days) return `month ${month} of that year has no day ${day}`;
  if (hour > 23 || minute > 59 || second > 59) return 'a time of day is between 00:00:00 and 23:59:59';
  if (zoneHour > 23 || zone > 59) return 'an offset is between 0000 and 2359';
  const local = Date.UTC(year + CYCLE_YEARS, month - 1, day, hour, minute, second, millisecond) - CYCLE_DAYS * DAY;
  const ahead = (zoneHour * 60 + zone) * 60_000;
  return match[8] === '-' ? local + ahead : local - ahead;
}
