/** Seconds since 1970 as dates and times of day, in the proleptic Gregorian calendar, and back. */

export type CivilTime = {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  /** 1 to 31. */
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
};

const DAY_SECONDS = 86_400;
const ERA_DAYS = 146_097;
/** From 1 March of the year 0, where an era begins, to 1970. */
const EPOCH_DAYS = 719_468;

/** Days since 1970 of a date; months count on from those of the year, and days from those of the month. */
export function daysOf(year: number, month: number, day: number): number {
  const fromMarch = month - 3;
  const y = year + Math.floor(fromMarch / 12);
  const m = fromMarch - Math.floor(fromMarch / 12) * 12;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayFromMarch = Math.floor((153 * m + 2) / 5);
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayFromMarch;
  return era * ERA_DAYS + dayOfEra - EPOCH_DAYS + day - 1;
}

/** Whatever lies beyond the bounds of a field carries over into the next. */
export function secondsOf({ year, month, day, hour, minute, second }: CivilTime): number {
  return daysOf(year, month, day) * DAY_SECONDS + hour * 3600 + minute * 60 + second;
}

export function civilTimeOf(seconds: number): CivilTime {
  const days = Math.floor(seconds / DAY_SECONDS);
  const rest = seconds - days * DAY_SECONDS;
  const fromEpoch = days + EPOCH_DAYS;
  const era = Math.floor(fromEpoch / ERA_DAYS);
  const dayOfEra = fromEpoch - era * ERA_DAYS;
  const leapDays = Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096);
  const yearOfEra = Math.floor((dayOfEra - leapDays) / 365);
  const dayFromMarch = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const fromMarch = Math.floor((5 * dayFromMarch + 2) / 153);
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayFromMarch - Math.floor((153 * fromMarch + 2) / 5) + 1,
    hour: Math.floor(rest / 3600),
    minute: Math.floor(rest / 60) % 60,
    second: rest % 60,
  };
}

/** Sunday is 0. */
export function weekdayOf(seconds: number): number {
  const day = (Math.floor(seconds / DAY_SECONDS) + 4) % 7;
  return day < 0 ? day + 7 : day;
}

export function daysInMonth(year: number, month: number): number {
  return daysOf(year, month + 1, 1) - daysOf(year, month, 1);
}

/** 1 to 366. */
export function dayOfYear({ year, month, day }: CivilTime): number {
  return daysOf(year, month, day) - daysOf(year, 1, 1) + 1;
}
