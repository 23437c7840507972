/** `sprintf` with the verbs, flags and complaints of Go's `fmt`. */
import { bigIntegerOf, formatNumber } from '../values/number.ts';
import { toText } from '../values/text.ts';
import { isArray, isNumber, type RegoNumber, type RegoValue } from '../values/value.ts';
import type { Builtin, BuiltinOutcome } from './builtin.ts';
import { formatArgument, typeNameOf, type Argument, type Flags } from './go-verb.ts';
import { operandTypeError } from './operand-error.ts';
import { ANY_ARRAY } from './rego-type.ts';

/** Composites, booleans and null are strings by then. */
function argumentOf(value: RegoValue): Argument {
  if (typeof value === 'string') return { kind: 'text', value };
  return isNumber(value) ? numericArgument(value) : { kind: 'text', value: toText(value) };
}

function numericArgument(number: RegoNumber): Argument {
  const integer = bigIntegerOf(number);
  if (integer === undefined) return { kind: 'float', value: Number(formatNumber(number)) };
  return { kind: BigInt.asIntN(64, integer) === integer ? 'integer' : 'wide', value: integer };
}

/** Go's own bound of a width or precision. */
const MAX_SIZE = 1_000_000;

const NO_FLAGS: Flags = {
  plus: false,
  minus: false,
  sharp: false,
  space: false,
  zero: false,
  width: undefined,
  precision: undefined,
  plusV: false,
  sharpV: false,
};

const SIMPLE = /^[^%]*(?:%[vsd][^%]*)*$/;

export function sprintf(format: string, args: readonly Argument[]): string {
  return SIMPLE.test(format) ? sprintfSimple(format, args) : new Formatter(format, args).format();
}

/** Verbs without flags, which nearly every format has: the text is cut at the verbs. */
function sprintfSimple(format: string, args: readonly Argument[]): string {
  const [first = '', ...pieces] = format.split('%');
  let text = first;
  for (const [index, piece] of pieces.entries()) {
    const argument = args[index];
    const verb = piece.charAt(0);
    text += argument === undefined ? `%!${verb}(MISSING)` : formatArgument(argument, verb, NO_FLAGS);
    text += piece.slice(1);
  }
  return text + extra(args.slice(pieces.length));
}

function extra(args: readonly Argument[]): string {
  if (args.length === 0) return '';
  const shown = args.map((argument) => `${typeNameOf(argument)}=${formatArgument(argument, 'v', NO_FLAGS)}`);
  return `%!(EXTRA ${shown.join(', ')})`;
}

class Formatter {
  readonly #format: string;
  readonly #args: readonly Argument[];
  #at = 0;
  #next = 0;
  #text = '';
  /** The arguments were named out of order: then nobody counts the ones that are left. */
  #isReordered = false;
  #isGoodIndex = true;
  #isAfterIndex = false;

  constructor(format: string, args: readonly Argument[]) {
    this.#format = format;
    this.#args = args;
  }

  format(): string {
    while (this.#at < this.#format.length) {
      const percent = this.#format.indexOf('%', this.#at);
      const end = percent < 0 ? this.#format.length : percent;
      this.#text += this.#format.slice(this.#at, end);
      this.#at = end + 1;
      if (percent >= 0) this.#formatVerb();
    }
    return this.#isReordered ? this.#text : this.#text + extra(this.#args.slice(this.#next));
  }

  #formatVerb(): void {
    this.#isGoodIndex = true;
    this.#isAfterIndex = false;
    const flags = this.#flags();
    this.#index();
    const width = this.#width();
    const precision = this.#precision();
    if (!this.#isAfterIndex) this.#index();
    const verb = String.fromCodePoint(this.#format.codePointAt(this.#at) ?? 0);
    if (this.#at >= this.#format.length) {
      this.#text += '%!(NOVERB)';
      return;
    }
    this.#at += verb.length;
    const minus = flags.includes('-') || (width ?? 0) < 0;
    this.#text += this.#formatNext(verb, {
      plus: flags.includes('+') && verb !== 'v' && verb !== 'w',
      plusV: flags.includes('+') && (verb === 'v' || verb === 'w'),
      sharp: flags.includes('#') && verb !== 'v' && verb !== 'w',
      sharpV: flags.includes('#') && (verb === 'v' || verb === 'w'),
      minus,
      space: flags.includes(' '),
      zero: flags.includes('0'),
      width: width === undefined ? undefined : Math.abs(width),
      precision,
    });
  }

  #formatNext(verb: string, flags: Flags): string {
    if (verb === '%') return '%';
    if (!this.#isGoodIndex) return `%!${verb}(BADINDEX)`;
    const argument = this.#args[this.#next];
    if (argument === undefined) return `%!${verb}(MISSING)`;
    this.#next += 1;
    return formatArgument(argument, verb, flags);
  }

  #flags(): string {
    const start = this.#at;
    while (this.#at < this.#format.length && '#0+- '.includes(this.#format.charAt(this.#at))) this.#at += 1;
    return this.#format.slice(start, this.#at);
  }

  #width(): number | undefined {
    if (this.#format[this.#at] === '*') {
      this.#at += 1;
      const width = this.#sizeArgument();
      if (width === undefined) this.#text += '%!(BADWIDTH)';
      this.#isAfterIndex = false;
      return width;
    }
    const width = this.#digits();
    if (this.#isAfterIndex && width !== undefined) this.#isGoodIndex = false;
    return width;
  }

  #precision(): number | undefined {
    if (this.#format[this.#at] !== '.' || this.#at + 1 >= this.#format.length) return undefined;
    this.#at += 1;
    if (this.#isAfterIndex) this.#isGoodIndex = false;
    this.#index();
    if (this.#format[this.#at] !== '*') return this.#digits() ?? 0;
    this.#at += 1;
    const size = this.#sizeArgument();
    const precision = size !== undefined && size < 0 ? undefined : size;
    if (precision === undefined) this.#text += '%!(BADPREC)';
    this.#isAfterIndex = false;
    return precision;
  }

  /** Too many digits swallow the rest of the format. */
  #digits(): number | undefined {
    let number: number | undefined;
    for (; this.#at < this.#format.length; this.#at += 1) {
      const digit = this.#format.charCodeAt(this.#at) - 0x30;
      if (digit < 0 || digit > 9) return number;
      if (number !== undefined && number > MAX_SIZE) {
        this.#at = this.#format.length;
        return undefined;
      }
      number = (number ?? 0) * 10 + digit;
    }
    return number;
  }

  #sizeArgument(): number | undefined {
    const argument = this.#args[this.#next];
    if (argument === undefined) return undefined;
    this.#next += 1;
    const size = argument.kind === 'integer' ? Number(argument.value) : undefined;
    return size === undefined || Math.abs(size) > MAX_SIZE ? undefined : size;
  }

  /** `[3]`: the argument to go on with. */
  #index(): void {
    this.#isAfterIndex = false;
    if (this.#format[this.#at] !== '[') return;
    this.#isReordered = true;
    const close = this.#format.indexOf(']', this.#at);
    if (close < 0 || this.#format.length - this.#at < 3) {
      this.#isGoodIndex = false;
      this.#at += 1;
      return;
    }
    const inside = this.#format.slice(this.#at + 1, close);
    this.#at = close + 1;
    const index = /^\d+$/.test(inside) ? Number(inside) - 1 : -1;
    if (index >= 0 && index < this.#args.length) {
      this.#next = index;
      this.#isAfterIndex = true;
    } else {
      this.#isGoodIndex = false;
      this.#isAfterIndex = /^\d+$/.test(inside);
    }
  }
}

/** Strings and safe integers in `%v`, `%s` and `%d`: what most messages are made of; undefined for all else. */
function sprintfPlain(format: string, values: readonly RegoValue[]): string | undefined {
  let [text, from] = ['', 0];
  for (let index = 0; index < values.length; index += 1) {
    const at = format.indexOf('%', from);
    const [verb, value] = [at < 0 ? 0 : format.charCodeAt(at + 1), values[index]];
    if (typeof value === 'string') {
      if (verb !== LETTER_V && verb !== LETTER_S) return undefined;
    } else if (typeof value !== 'number' || !Number.isSafeInteger(value) || (verb !== LETTER_V && verb !== LETTER_D)) {
      return undefined;
    }
    text += format.slice(from, at) + String(value);
    from = at + 2;
  }
  return format.includes('%', from) ? undefined : text + format.slice(from);
}

const [LETTER_D, LETTER_S, LETTER_V] = [0x64, 0x73, 0x76];

function call(format: RegoValue, values: RegoValue): BuiltinOutcome {
  if (typeof format !== 'string') return operandTypeError(1, format, 'string');
  if (!isArray(values)) return operandTypeError(2, values, 'array');
  return sprintfPlain(format, values) ?? sprintf(format, values.map(argumentOf));
}

export const SPRINTF_BUILTINS: readonly Builtin[] = [
  { name: 'sprintf', parameters: ['string', ANY_ARRAY], result: 'string', call: (_, a, b) => call(a, b) },
];
