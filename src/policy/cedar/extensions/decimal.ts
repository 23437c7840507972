/** Cedar's decimals: fixed point with four digits after the point, in 64 bits. */
import { longOf, type Long } from '../long.ts';
import { extensionJson, type ExtensionJson } from './extension-json.ts';

const FORM = /^(-?)([0-9]+)\.([0-9]+)$/u;
const MAX_FRACTION_DIGITS = 4;

/** Digits of the largest whole part that fits, 922337203685477: more, without leading zeros, overflow. */
const MAX_WHOLE_DIGITS = 15;

export class Decimal {
  /** The value times 10^4. */
  readonly scaled: Long;
  readonly key: string;

  private constructor(scaled: Long) {
    this.scaled = scaled;
    this.key = `decimal:${scaled}`;
  }

  static of(scaled: Long): Decimal {
    return new Decimal(scaled);
  }

  /** One to four digits after the point, at least one before it; undefined for anything else and for overflow. */
  static parse(text: string): Decimal | undefined {
    const scaled = scaledOf(text);
    return typeof scaled === 'string' ? undefined : new Decimal(scaled);
  }

  /** Why `parse` refuses the text. */
  static whyNot(text: string): string {
    const scaled = scaledOf(text);
    return typeof scaled === 'string' ? scaled : '';
  }

  #text(): string {
    const scaled = BigInt(this.scaled);
    const digits = String(scaled < 0n ? -scaled : scaled).padStart(MAX_FRACTION_DIGITS + 1, '0');
    const fraction = digits.slice(-MAX_FRACTION_DIGITS).replace(/0{1,3}$/u, '');
    return `${scaled < 0n ? '-' : ''}${digits.slice(0, -MAX_FRACTION_DIGITS)}.${fraction}`;
  }

  /** As it is written in a policy: `decimal("1.5")`. */
  toString(): string {
    return `decimal("${this.#text()}")`;
  }

  toJson(): ExtensionJson {
    return extensionJson('decimal', this.#text());
  }
}

/** The value times 10^4, or what is wrong with the text. */
function scaledOf(text: string): Long | string {
  const [, sign, whole = '', fraction = ''] = FORM.exec(text) ?? [];
  if (sign === undefined) return 'a decimal is digits, a point and one to four digits, such as `12.34`';
  if (fraction.length > MAX_FRACTION_DIGITS) {
    return `a decimal has at most ${MAX_FRACTION_DIGITS} digits after the point, this one has ${fraction.length}`;
  }
  const significant = whole.replace(/^0+/u, '');
  const magnitude = significant.length > MAX_WHOLE_DIGITS ? undefined : BigInt(significant + fraction.padEnd(4, '0'));
  const scaled = magnitude === undefined ? undefined : longOf(sign === '-' ? -magnitude : magnitude);
  return scaled ?? 'a decimal is between -922337203685477.5808 and 922337203685477.5807';
}
