/** Durations in Go's notation and timestamps of RFC 3339, as CEL counts them: seconds and nanoseconds. */
import { create } from '@bufbuild/protobuf';
import { type Duration, DurationSchema, type Timestamp, TimestampSchema } from '@bufbuild/protobuf/wkt';

const NANOS_PER_SECOND = 1_000_000_000n;

const UNITS: ReadonlyMap<string, bigint> = new Map([
  ['ns', 1n],
  ['us', 1000n],
  ['µs', 1000n],
  ['μs', 1000n],
  ['ms', 1_000_000n],
  ['s', NANOS_PER_SECOND],
  ['m', 60n * NANOS_PER_SECOND],
  ['h', 3600n * NANOS_PER_SECOND],
]);

/** Go's `time.ParseDuration`: `1h30m`, `-1.5s`, `0`; undefined when it is none or beyond 64 bits of nanoseconds. */
export function parseDuration(text: string): Duration | undefined {
  if (text.length > 200) return undefined;
  const [, sign = '', body = ''] = /^(?<sign>[-+]?)(?<body>.*)$/su.exec(text) ?? [];
  let nanos = 0n;
  if (body !== '0') {
    if (!/^(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/u.test(body)) return undefined;
    for (const [, whole = '', fraction = '', unit = ''] of body.matchAll(/(\d*)\.?(\d*)(ns|us|µs|μs|ms|s|m|h)/gu)) {
      const size = UNITS.get(unit) ?? 0n;
      nanos += BigInt(whole || '0') * size;
      if (fraction !== '') nanos += (BigInt(fraction) * size) / 10n ** BigInt(fraction.length);
    }
  }
  if (sign === '-') nanos = -nanos;
  if (BigInt.asIntN(64, nanos) !== nanos) return undefined;
  return create(DurationSchema, { seconds: nanos / NANOS_PER_SECOND, nanos: Number(nanos % NANOS_PER_SECOND) });
}

const RFC3339 =
  /^(?<date>\d{4}-\d{2}-\d{2})T(?<time>\d{2}:\d{2}:\d{2})(?:[.,](?<fraction>\d+))?(?<zone>Z|[+-]\d{2}:\d{2})$/u;

/** Undefined when it is none: a day that the month lacks, a zone that is missing. */
export function parseTimestamp(text: string): Timestamp | undefined {
  if (text.length > 100) return undefined;
  const groups = RFC3339.exec(text)?.groups;
  if (groups === undefined) return undefined;
  const { date = '', time = '', fraction = '', zone = '' } = groups;
  const utc = Date.parse(`${date}T${time}Z`);
  // Dates such as the 30th of February roll over; printed, they differ. `24:00:00` does as well.
  if (Number.isNaN(utc) || new Date(utc).toISOString().slice(0, 19) !== `${date}T${time}`) return undefined;
  const [hours, minutes] = zone === 'Z' ? [0, 0] : [Number(zone.slice(1, 3)), Number(zone.slice(4))];
  if (hours > 23 || minutes > 59) return undefined;
  const offset = (zone.startsWith('-') ? -1 : 1) * (hours * 3600 + minutes * 60);
  const nanos = Number(fraction.slice(0, 9).padEnd(9, '0'));
  return create(TimestampSchema, { seconds: BigInt(utc / 1000 - offset), nanos });
}
