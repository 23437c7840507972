/** Cedar's durations: signed milliseconds in 64 bits, written in days, hours, minutes, seconds and milliseconds. */
import { longOf, type Long } from '../long.ts';
import { extensionJson, type ExtensionJson } from './extension-json.ts';

const FORM = /^(-?)(?:([0-9]+)d)?(?:([0-9]+)h)?(?:([0-9]+)m)?(?:([0-9]+)s)?(?:([0-9]+)ms)?$/u;
const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
] as const;

/** Digits of 2^63; a longer number overflows, and turning it into a bigint first would take time. */
const MAX_DIGITS = 19;

export class Duration {
  readonly milliseconds: Long;

  private constructor(milliseconds: Long) {
    this.milliseconds = milliseconds;
  }

  static of(milliseconds: Long): Duration {
    return new Duration(milliseconds);
  }

  /** `-1d2h3m4s5ms`: units in this order, each at most once, at least one; undefined also for overflow. */
  static parse(text: string): Duration | undefined {
    const milliseconds = millisecondsOf(text);
    return typeof milliseconds === 'string' ? undefined : new Duration(milliseconds);
  }

  /** Why `parse` refuses the text. */
  static whyNot(text: string): string {
    const milliseconds = millisecondsOf(text);
    return typeof milliseconds === 'string' ? milliseconds : '';
  }

  // Not kept: most durations are compared by their milliseconds and never asked for it.
  get key(): string {
    return `duration:${this.milliseconds}`;
  }

  toMilliseconds(): Long {
    return this.milliseconds;
  }

  toSeconds(): Long {
    return divide(this.milliseconds, 1000);
  }

  toMinutes(): Long {
    return divide(this.milliseconds, 60_000);
  }

  toHours(): Long {
    return divide(this.milliseconds, 3_600_000);
  }

  toDays(): Long {
    return divide(this.milliseconds, 86_400_000);
  }

  #text(): string {
    const total = BigInt(this.milliseconds);
    let rest = total < 0n ? -total : total;
    let text = '';
    for (const [unit, milliseconds] of UNITS) {
      const count = rest / BigInt(milliseconds);
      rest %= BigInt(milliseconds);
      if (count > 0n) text += `${count}${unit}`;
    }
    return text === '' ? '0ms' : `${total < 0n ? '-' : ''}${text}`;
  }

  /** As it is written in a policy: `duration("1d12h")`. */
  toString(): string {
    return `duration("${this.#text()}")`;
  }

  toJson(): ExtensionJson {
    return extensionJson('duration', this.#text());
  }
}

/** Rounds towards zero. The remainder of doubles is exact, their quotient is not. */
function divide(milliseconds: Long, unit: number): Long {
  if (typeof milliseconds === 'number') return (milliseconds - (milliseconds % unit)) / unit;
  return longOf(milliseconds / BigInt(unit)) ?? 0;
}

/** The milliseconds, or what is wrong with the text. */
function millisecondsOf(text: string): Long | string {
  const [, sign, ...counts] = FORM.exec(text) ?? [];
  if (sign === undefined || counts.every((count) => count === undefined)) {
    return 'a duration is numbers with the units `d`, `h`, `m`, `s` and `ms` in this order, such as `1h30m`';
  }
  let total = 0n;
  for (const [index, [, milliseconds]] of UNITS.entries()) {
    const digits = (counts[index] ?? '0').replace(/^0+(?=[0-9])/u, '');
    if (digits.length > MAX_DIGITS) return TOO_LARGE;
    total += BigInt(digits) * BigInt(milliseconds);
  }
  return longOf(sign === '-' ? -total : total) ?? TOO_LARGE;
}

const TOO_LARGE = 'a duration in milliseconds must fit 64 bits';
