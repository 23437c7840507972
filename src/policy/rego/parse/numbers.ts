/** Numbers as they are written: where one ends, and whether it is one that can be computed with. */
import { MAX_NUMBER_EXPONENT } from './limits.ts';
import type { ProblemList } from './problem-list.ts';
import { quote } from './quote.ts';

/** Past digits, a fraction, an exponent, and letters that follow them by mistake, which are reported. */
export function skipNumber(text: string, start: number, problems: ProblemList): number {
  let at = skipDigits(text, start);
  let mistake: string | undefined;
  if (text.charCodeAt(at) === 0x2e) {
    const end = skipDigits(text, at + 1);
    if (end === at + 1) mistake = 'has no digits after its point';
    at = end;
  }
  if ((text.charCodeAt(at) | 0x20) === 0x65) {
    const sign = text.charCodeAt(at + 1);
    const digits = sign === 0x2b || sign === 0x2d ? at + 2 : at + 1;
    const end = skipDigits(text, digits);
    if (end === digits) mistake ??= 'has no digits in its exponent';
    at = end;
  }
  let end = at;
  while (/^\w$/u.test(text.charAt(end))) end += 1;
  if (end > at) mistake = 'is followed by letters';
  if (mistake !== undefined) {
    const hint = /^0[xXoObB]/u.test(text.slice(start, end)) ? 'numbers are decimal' : undefined;
    const message = `the number ${quote(text.slice(start, end))} ${mistake}`;
    problems.add({ code: 'rego/bad-number', message, start, end, hint });
  }
  return end;
}

function skipDigits(text: string, from: number): number {
  let at = from;
  for (let code = text.charCodeAt(at); code >= 0x30 && code <= 0x39; code = text.charCodeAt(at)) at += 1;
  return at;
}

const NUMBER = /^-?(\d*)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/u;

/** What is wrong with a number, sign and point before it included; undefined for a good one. */
export function problemOfNumber(text: string): 'malformed' | 'leading-zero' | 'too-big' | undefined {
  // Up to 15 digits need no closer look.
  if (text.length < 16 && /^(?:0|[1-9]\d*)$/u.test(text)) return undefined;
  const match = NUMBER.exec(text);
  const [, whole = '', fraction = '', exponent = '0'] = match ?? [];
  if (match === null || whole + fraction === '') return 'malformed';
  if (whole.length > 1 && whole.startsWith('0')) return 'leading-zero';
  return Math.abs(binaryExponent(whole + fraction, Number(exponent) - fraction.length)) > MAX_NUMBER_EXPONENT
    ? 'too-big'
    : undefined;
}

/** The exponent of two of a number `digits` times ten to the `exponent`, where its mantissa is below one; 0 for 0. */
function binaryExponent(digits: string, exponent: number): number {
  const significant = digits.replace(/^0+/u, '');
  if (significant === '') return 0;
  const leading = significant.slice(0, 17);
  const power = exponent + significant.length - leading.length;
  return Math.floor(Math.log2(Number(leading)) + power * Math.LOG2E * Math.LN10) + 1;
}
