/** Durations as Go writes them, `1h30m` or `-1.5s`, with days, weeks and years of 365 days beside its units. */
import { err, ok, type Result } from '../../../kernel/result.ts';
import { quote } from '../values/text.ts';
import { quoteBytes } from './go-quote.ts';

const UNIT_NANOSECONDS: ReadonlyMap<string, bigint> = new Map([
  ['ns', 1n],
  ['us', 1000n],
  ['\u00b5s', 1000n],
  ['\u03bcs', 1000n],
  ['ms', 1_000_000n],
  ['s', 1_000_000_000n],
  ['m', 60_000_000_000n],
  ['h', 3_600_000_000_000n],
]);

const LONG_UNIT_HOURS: ReadonlyMap<string, number> = new Map([
  ['d', 24],
  ['w', 7 * 24],
  ['y', 365 * 24],
]);

const LIMIT = 2n ** 63n;

/** Nanoseconds of 64 bits, or what is wrong, as OPA words it. */
export function parseDuration(text: string): Result<bigint, string> {
  if (text !== '' && !/[dwy]/u.test(text)) return parsePlain(text, quoteBytes(text));
  const rewritten = rewriteLongUnits(text);
  return rewritten === undefined ? invalid(quote(text)) : parsePlain(rewritten, quote(text));
}

function invalid(quoted: string): Result<bigint, string> {
  return err(`time: invalid duration ${quoted}`);
}

/** Days, weeks and years as hours; undefined when a part is no number with a unit. */
function rewriteLongUnits(text: string): string | undefined {
  const parts = /^([+-]?)((?:[0-9.]+(?:ms|us|\u00b5s|ns|[a-z]))+)$/u.exec(text);
  if (parts === null) return undefined;
  const [, sign = '', segments = ''] = parts;
  let rewritten = sign;
  for (const [segment, digits = '', unit = ''] of segments.matchAll(/([0-9.]+)(ms|us|\u00b5s|ns|[a-z])/gu)) {
    const hours = LONG_UNIT_HOURS.get(unit);
    if (hours === undefined) rewritten += segment;
    else if (!/\d/u.test(digits) || (digits.match(/\./gu) ?? []).length > 1) return undefined;
    else rewritten += `${plainDigits(Number(digits) * hours)}h`;
  }
  return rewritten;
}

/** The fewest digits, without an exponent. */
function plainDigits(number: number): string {
  const text = String(number);
  const [mantissa = '', power] = text.split('e');
  if (power === undefined) return text;
  const digits = mantissa.replace('.', '');
  const point = Number(power) + 1;
  return point <= 0 ? `0.${'0'.repeat(-point)}${digits}` : digits.padEnd(point, '0');
}

/** `original`: the text as it came, in quotes. */
function parsePlain(text: string, original: string): Result<bigint, string> {
  const negative = text.startsWith('-');
  let rest = /^[+-]/u.test(text) ? text.slice(1) : text;
  if (rest === '0') return ok(0n);
  if (rest === '') return invalid(original);
  let total = 0n;
  while (rest !== '') {
    const [number = '', whole = '', fraction = ''] = /^(\d*)(?:\.(\d*))?/u.exec(rest) ?? [];
    if (whole === '' && fraction === '') return invalid(original);
    rest = rest.slice(number.length);
    const name = /^[^.\d]*/u.exec(rest)?.[0] ?? '';
    if (name === '') return err(`time: missing unit in duration ${original}`);
    const unit = UNIT_NANOSECONDS.get(name);
    if (unit === undefined) return err(`time: unknown unit ${quoteBytes(name)} in duration ${original}`);
    rest = rest.slice(name.length);
    total += BigInt(whole === '' ? '0' : whole) * unit + fractionOf(fraction, unit);
    if (total > LIMIT) return invalid(original);
  }
  if (negative) return ok(-total);
  return total === LIMIT ? invalid(original) : ok(total);
}

/** As a double, as Go computes it; digits that its integers do not hold are dropped. */
function fractionOf(digits: string, unit: bigint): bigint {
  const kept = digits.slice(0, 18);
  return kept === '' ? 0n : BigInt(Math.trunc(Number(kept) * (Number(unit) / 10 ** kept.length)));
}
