/** One argument formatted by one verb, as Go's `fmt` does it: integers, doubles and strings. */
import { quote } from '../values/text.ts';
import { formatFloat, formatFloatBase2, type FloatVerb } from './go-float.ts';
import { codePoints } from './string-shapes.ts';

/** What stands between `%` and the verb. */
export type Flags = {
  readonly plus: boolean;
  readonly minus: boolean;
  readonly sharp: boolean;
  readonly space: boolean;
  readonly zero: boolean;
  readonly width: number | undefined;
  readonly precision: number | undefined;
  /** `+` and `#` before `v`, where they mean something else. */
  readonly plusV: boolean;
  readonly sharpV: boolean;
};

/** The Go type of a value decides what a verb makes of it; `wide` is `*big.Int`. */
export type Argument =
  | { readonly kind: 'integer'; readonly value: bigint }
  | { readonly kind: 'wide'; readonly value: bigint }
  | { readonly kind: 'float'; readonly value: number }
  /** `type`: of what only looks like a string, a template's number, boolean or nil. */
  | { readonly kind: 'text'; readonly value: string; readonly type?: 'json.Number' | 'bool' | 'nil' };

const TYPE_NAMES = { integer: 'int64', wide: '*big.Int', float: 'float64', text: 'string' } as const;

export function typeNameOf(argument: Argument): string {
  return argument.kind === 'text' ? (argument.type ?? TYPE_NAMES.text) : TYPE_NAMES[argument.kind];
}

export function formatArgument(argument: Argument, verb: string, flags: Flags): string {
  if (argument.kind === 'text' && argument.type === 'nil')
    return verb === 'v' ? pad('<nil>', flags) : `%!${verb}(<nil>)`;
  if (verb === 'T') return formatText(typeNameOf(argument), 's', flags) ?? '';
  return formatByKind(argument, verb, flags) ?? badVerb(argument, verb, flags);
}

/** Undefined: the verb is none for the type. */
function formatByKind(argument: Argument, verb: string, flags: Flags): string | undefined {
  switch (argument.kind) {
    case 'integer':
      return formatInteger(argument.value, verb, flags);
    case 'wide':
      return formatWide(argument.value, verb, flags);
    case 'float':
      return formatDouble(argument.value, verb, flags);
    case 'text':
      return formatText(argument.value, verb === 't' && argument.type === 'bool' ? 'v' : verb, flags);
  }
}

function badVerb(argument: Argument, verb: string, flags: Flags): string {
  if (argument.kind === 'wide') return `%!${verb}(big.Int=${argument.value})`;
  return `%!${verb}(${typeNameOf(argument)}=${formatByKind(argument, 'v', flags) ?? ''})`;
}

function pad(text: string, flags: Flags): string {
  if (flags.width === undefined) return text;
  const missing = flags.width - codePoints(text).length;
  if (missing <= 0) return text;
  if (flags.minus) return text + ' '.repeat(missing);
  return (flags.zero ? '0' : ' ').repeat(missing) + text;
}

const RADIX: ReadonlyMap<string, number> = new Map([
  ['v', 10],
  ['d', 10],
  ['b', 2],
  ['o', 8],
  ['O', 8],
  ['x', 16],
  ['X', 16],
]);

const MAX_CODE_POINT = 0x10ffffn;

function formatInteger(value: bigint, verb: string, flags: Flags): string | undefined {
  const radix = RADIX.get(verb);
  if (radix !== undefined) return formatDigits(value, verb, radix, flags);
  if (verb === 'c') return pad(character(value), flags);
  if (verb === 'q') {
    const quoted = quoteCharacter(character(value));
    return pad(flags.plus ? toAscii(quoted) : quoted, flags);
  }
  return verb === 'U' ? formatCodePoint(value, flags) : undefined;
}

function character(value: bigint): string {
  const isValid = value >= 0n && value <= MAX_CODE_POINT && (value < 0xd800n || value > 0xdfffn);
  return isValid ? String.fromCodePoint(Number(value)) : '\ufffd';
}

function quoteCharacter(text: string): string {
  if (text === '"') return `'"'`;
  return text === "'" ? String.raw`'\''` : `'${quote(text).slice(1, -1)}'`;
}

function formatCodePoint(value: bigint, flags: Flags): string {
  const digits = BigInt.asUintN(64, value).toString(16).toUpperCase();
  const text = `U+${digits.padStart(Math.max(flags.precision ?? 4, 4), '0')}`;
  const letter = character(value);
  const shown =
    flags.sharp && BigInt(letter.codePointAt(0) ?? 0) === value && isPrintable(letter) ? ` '${letter}'` : '';
  return pad(text + shown, { ...flags, zero: false });
}

function isPrintable(text: string): boolean {
  return quote(text).length === text.length + 2 || text === '"' || text === '\\';
}

function prefixOf(verb: string, flags: Flags, digits: string): string {
  const octal = flags.sharp && !digits.startsWith('0') ? '0' : '';
  if (verb === 'O') return `0o${octal}`;
  if (verb === 'o') return octal;
  if (!flags.sharp) return '';
  if (verb === 'b') return '0b';
  return verb === 'x' || verb === 'X' ? `0${verb}` : '';
}

function signOf(negative: boolean, plus: boolean, space: boolean): string {
  if (negative) return '-';
  if (plus) return '+';
  return space ? ' ' : '';
}

function digitsOf(value: bigint, verb: string, radix: number): string {
  const digits = (value < 0n ? -value : value).toString(radix);
  return verb === 'X' ? digits.toUpperCase() : digits;
}

function formatDigits(value: bigint, verb: string, radix: number, flags: Flags): string {
  const sign = signOf(value < 0n, flags.plus, flags.space);
  const { precision, width } = flags;
  if (precision === 0 && value === 0n) return ' '.repeat(width ?? 0);
  const byWidth = flags.zero && !flags.minus && width !== undefined ? width - sign.length : 0;
  const digits = digitsOf(value, verb, radix).padStart(precision ?? byWidth, '0');
  return pad(sign + prefixOf(verb, flags, digits) + digits, { ...flags, zero: false });
}

/** As `big.Int` formats itself: `s` too, and zeros of the width are counted with the prefix. */
function formatWide(value: bigint, verb: string, flags: Flags): string | undefined {
  const radix = verb === 's' ? 10 : RADIX.get(verb);
  if (radix === undefined) return undefined;
  const sign = signOf(value < 0n, flags.plus || flags.plusV, flags.space);
  const plain = digitsOf(value, verb, radix);
  const prefix = verb === 'O' ? '0o' : prefixOf(verb, flags, plain);
  const byWidth = flags.zero && !flags.minus ? (flags.width ?? 0) - sign.length - prefix.length : 0;
  return pad(sign + prefix + plain.padStart(flags.precision ?? byWidth, '0'), { ...flags, zero: false });
}

function formatDouble(value: number, verb: string, flags: Flags): string | undefined {
  const unsigned = formatUnsigned(Math.abs(value), verb, flags);
  if (unsigned === undefined) return undefined;
  const sign = signOf(value < 0, flags.plus, flags.space);
  if (sign !== '' && flags.zero && !flags.minus && flags.width !== undefined) {
    return sign + unsigned.padStart(flags.width - 1, '0');
  }
  return pad(sign + unsigned, flags);
}

function formatUnsigned(value: number, verb: string, flags: Flags): string | undefined {
  const { precision } = flags;
  switch (verb) {
    case 'v':
      return withPoint(formatFloat(value, 'g', precision ?? -1), 'g', flags);
    case 'e':
    case 'f':
      return withPoint(formatFloat(value, verb, precision ?? 6), verb, flags);
    case 'g':
      return withPoint(formatFloat(value, 'g', precision ?? -1), 'g', flags);
    case 'E':
    case 'G':
    case 'F': {
      const name = verb.toLowerCase() as FloatVerb;
      return withPoint(formatFloat(value, name, precision ?? (name === 'g' ? -1 : 6)), name, flags).toUpperCase();
    }
    case 'b':
      return formatFloatBase2(value, 'b', -1);
    case 'x':
    case 'X': {
      const text = withPoint(formatFloatBase2(value, 'x', precision ?? -1), verb, flags);
      return verb === 'X' ? text.toUpperCase() : text;
    }
    default:
      return undefined;
  }
}

/** With `#` there is always a point, and `g` keeps its trailing zeros; so does `x`, whose prefix counts as a digit. */
function withPoint(text: string, verb: FloatVerb | 'x' | 'X', flags: Flags): string {
  if (!flags.sharp) return text;
  const [, mantissa = '', power = ''] =
    (verb === 'x' || verb === 'X' ? /^([^p]*)(.*)$/ : /^([^e]*)(.*)$/).exec(text) ?? [];
  const pointed = mantissa.includes('.') ? mantissa : `${mantissa}.`;
  const significant = pointed.replace('.', '').replace(/^0+/, '').length;
  const present = significant === 0 && mantissa === '0' ? 1 : significant;
  const wanted = verb === 'g' || verb === 'x' ? (flags.precision ?? 6) - present : 0;
  return pointed + '0'.repeat(Math.max(wanted, 0)) + power;
}

function formatText(value: string, verb: string, flags: Flags): string | undefined {
  const { precision } = flags;
  switch (verb) {
    case 'v':
      if (flags.sharpV) return pad(quote(cut(value, precision)), flags);
      return pad(cut(value, precision), flags);
    case 's':
      return pad(cut(value, precision), flags);
    case 'q': {
      const text = cut(value, precision);
      if (flags.sharp && canBackquote(text)) return pad(`\`${text}\``, flags);
      return pad(flags.plus ? toAscii(quote(text)) : quote(text), flags);
    }
    case 'x':
    case 'X':
      return pad(formatBytes(value, verb, flags), flags);
    default:
      return undefined;
  }
}

function cut(text: string, precision: number | undefined): string {
  return precision === undefined ? text : codePoints(text).slice(0, precision).join('');
}

function canBackquote(text: string): boolean {
  // oxlint-disable-next-line no-control-regex -- control characters are what it looks for
  return !/[\u0000-\u0008\u000a-\u001f`\u007f\ufeff]/.test(text);
}

function toAscii(text: string): string {
  return text.replaceAll(/[^ -~]/gu, (letter) => {
    const hex = (letter.codePointAt(0) ?? 0).toString(16);
    return hex.length <= 4 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
  });
}

function formatBytes(value: string, verb: 'x' | 'X', flags: Flags): string {
  const bytes = new TextEncoder().encode(value).subarray(0, flags.precision);
  const prefix = flags.sharp && bytes.length > 0 ? `0${verb}` : '';
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).map((pair) =>
    verb === 'X' ? pair.toUpperCase() : pair,
  );
  return prefix + digits.join(flags.space ? ` ${prefix}` : '');
}
