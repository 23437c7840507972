/**
 * `getHours()` and its kin on timestamps. The library's go through the zone of the machine, and are wrong where that
 * one skips an hour; these count in UTC throughout.
 */
import { celMethod, CelScalar, objectType, type CelFunc, type CelObjectType } from '@bufbuild/cel';
import { DurationSchema, type Timestamp, TimestampSchema } from '@bufbuild/protobuf/wkt';

export const TIMESTAMP: CelObjectType<typeof TimestampSchema> = objectType(TimestampSchema);
export const DURATION: CelObjectType<typeof DurationSchema> = objectType(DurationSchema);

const MILLIS_PER_DAY = 86_400_000;

const METHODS: Readonly<Record<string, (date: Date) => number>> = {
  getFullYear: (date) => date.getUTCFullYear(),
  getMonth: (date) => date.getUTCMonth(),
  getDate: (date) => date.getUTCDate(),
  getDayOfMonth: (date) => date.getUTCDate() - 1,
  getDayOfWeek: (date) => date.getUTCDay(),
  getDayOfYear: (date) => Math.floor((date.getTime() - startOfYear(date)) / MILLIS_PER_DAY),
  getHours: (date) => date.getUTCHours(),
  getMinutes: (date) => date.getUTCMinutes(),
  getSeconds: (date) => date.getUTCSeconds(),
  getMilliseconds: (date) => date.getUTCMilliseconds(),
};

export const TIMESTAMP_METHODS: readonly CelFunc[] = Object.entries(METHODS).flatMap(([name, read]) => [
  celMethod(name, TIMESTAMP, [], CelScalar.INT, function () {
    return BigInt(read(dateOf(this.message)));
  }),
  celMethod(name, TIMESTAMP, [CelScalar.STRING], CelScalar.INT, function (zone) {
    return BigInt(read(inZone(this.message, zone)));
  }),
]);

/** Down to the millisecond: rounded up, the last one of a day would belong to the next. */
function dateOf({ seconds, nanos }: Timestamp): Date {
  return new Date(Number(seconds) * 1000 + Math.floor(nanos / 1_000_000));
}

function startOfYear(date: Date): number {
  const start = new Date(0);
  return start.setUTCFullYear(date.getUTCFullYear(), 0, 1);
}

/** A date whose parts in UTC are those of the zone: a name of the IANA, or `+02:00`. */
function inZone(timestamp: Timestamp, zone: string): Date {
  const date = dateOf(timestamp);
  const fixed = /^(?<sign>[+-]?)(?<hours>\d\d):(?<minutes>\d\d)$/u.exec(zone)?.groups;
  if (fixed !== undefined) {
    const minutes = Number(fixed['hours']) * 60 + Number(fixed['minutes']);
    return new Date(date.getTime() + (fixed['sign'] === '-' ? -1 : 1) * minutes * 60_000);
  }
  // The offset, as `GMT+02:00`, since the parts of a date are given in eras for the time before Christ.
  const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
  const name = format.formatToParts(date).find(({ type }) => type === 'timeZoneName')?.value ?? 'GMT';
  const offset = /^GMT(?:(?<sign>[+-])(?<hours>\d\d):(?<minutes>\d\d)(?::(?<seconds>\d\d))?)?$/u.exec(name)?.groups;
  if (offset === undefined) throw new Error(`the zone \`${zone}\` is not known`);
  const { sign = '+', hours = '0', minutes = '0', seconds = '0' } = offset;
  const total = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  return new Date(date.getTime() + (sign === '-' ? -1 : 1) * total * 1000);
}
