/** GraphQL text as tokens (GraphQL October 2021 §2.1), each with the comments before it. */

export type TokenKind =
  | '<Invalid>'
  | '<EOF>'
  | 'Name'
  | 'Int'
  | 'Float'
  | 'String'
  | 'BlockString'
  | '!'
  | '$'
  | '&'
  | '('
  | ')'
  | '...'
  | ':'
  | '='
  | '@'
  | '['
  | ']'
  | '{'
  | '}'
  | '|';

/** From 1; columns count code points. */
export type Place = { readonly line: number; readonly column: number };

export type Token = {
  readonly kind: TokenKind;
  /** Of names, numbers and strings, which have been unescaped. */
  readonly value: string;
  readonly place: Place;
  /** With their `#`. */
  readonly comments: readonly string[];
};

const PUNCTUATORS = new Set<string>(['!', '$', '&', '(', ')', ':', '=', '@', '[', ']', '{', '}', '|']);

const IGNORED = /[\t ,\ufeff]+/uy;
const LINE_END = /\r\n|\r|\n/uy;
const COMMENT = /#[\t\u0020-\u{10ffff}]*/uy;
const NAME = /[_A-Za-z][_A-Za-z0-9]*/uy;
const WHOLE = /-?([0-9]*)/uy;
const FRACTION = /\.([0-9]*)/uy;
const EXPONENT = /[eE][+-]?([0-9]*)/uy;

const QUOTES = /"+/uy;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const TAB = 0x09;

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

function isDigit(character: string): boolean {
  return character >= '0' && character <= '9';
}

export class Lexer {
  readonly #text: string;
  #at = 0;
  #line = 1;
  /** Where the line began. */
  #lineStart = 0;
  /** The column of an offset; of the line that it is in, if that is still the line that has been reached. */
  #counted = { at: 0, column: 1 };

  constructor(text: string) {
    this.#text = text;
  }

  next(): Token {
    const comments: string[] = [];
    for (;;) {
      if (this.#match(IGNORED) !== undefined) continue;
      if (this.#match(LINE_END) !== undefined) {
        this.#line += 1;
        this.#lineStart = this.#at;
        continue;
      }
      const comment = this.#match(COMMENT);
      if (comment === undefined) break;
      comments.push(comment[0]);
    }
    return this.#token(comments);
  }

  #token(comments: readonly string[]): Token {
    const place = this.#place();
    const make = (kind: TokenKind, value: string = ''): Token => ({ kind, value, place, comments });
    const first = this.#text[this.#at];
    if (first === undefined) return make('<EOF>');
    if (PUNCTUATORS.has(first)) {
      this.#at += 1;
      return make(first as TokenKind);
    }
    if (this.#text.startsWith('...', this.#at)) {
      this.#at += 3;
      return make('...');
    }
    const name = this.#match(NAME);
    if (name !== undefined) return make('Name', name[0]);
    if (first === '-' || isDigit(first)) return this.#number(make, comments);
    if (this.#text.startsWith('"""', this.#at)) return this.#block(comments);
    if (first === '"') return this.#string(comments);
    return make('<Invalid>');
  }

  #number(make: (kind: TokenKind, value?: string) => Token, comments: readonly string[]): Token {
    const start = this.#at;
    const digits = this.#match(WHOLE)?.[1] ?? '';
    if (digits === '' || (digits.startsWith('0') && digits !== '0')) {
      this.#at -= Math.max(digits.length - 1, 0);
      return this.#invalid(comments);
    }
    const [fraction, exponent] = [this.#match(FRACTION), this.#match(EXPONENT)];
    if (fraction?.[1] === '' || exponent?.[1] === '') return this.#invalid(comments);
    const isFloat = fraction !== undefined || exponent !== undefined;
    return make(isFloat ? 'Float' : 'Int', this.#text.slice(start, this.#at));
  }

  /** Its place is after its first quote, or where it goes wrong. */
  #string(comments: readonly string[]): Token {
    this.#at += 1;
    const place = this.#place();
    const start = this.#at;
    let value = '';
    let copied = start;
    for (;;) {
      const unit = this.#text.charCodeAt(this.#at);
      if (unit === QUOTE) break;
      // Not a number at the end of the text.
      if (!(unit >= 0x20 || unit === TAB)) return this.#invalid(comments);
      if (unit !== BACKSLASH) {
        this.#at += 1;
        continue;
      }
      const escape = unescape(this.#text, this.#at + 1);
      if (escape === undefined) return this.#invalid(comments);
      value += this.#text.slice(copied, this.#at) + escape.value;
      this.#at += escape.length;
      copied = this.#at;
    }
    value += this.#text.slice(copied, this.#at);
    this.#at += 1;
    return { kind: 'String', value, place, comments };
  }

  #invalid(comments: readonly string[]): Token {
    return { kind: '<Invalid>', value: '', place: this.#place(), comments };
  }

  /** Its place is on its last line, as far from that line's start as its first quotes are. */
  #block(comments: readonly string[]): Token {
    const start = this.#at + 3;
    let raw = '';
    for (this.#at = start; this.#at < this.#text.length;) {
      const unit = this.#text.charCodeAt(this.#at);
      if (unit === QUOTE) {
        const quotes = this.#match(QUOTES)?.[0].length ?? 1;
        raw += '"'.repeat(quotes < 3 ? quotes : quotes - 3);
        if (quotes < 3) continue;
        const { line, column } = this.#placeAt(start);
        return { kind: 'BlockString', value: blockValue(raw), place: { line, column }, comments };
      }
      if (this.#match(LINE_END) !== undefined) {
        this.#line += 1;
        this.#lineStart = this.#at;
        raw += '\n';
      } else if (this.#text.startsWith('\\"""', this.#at)) {
        this.#at += 4;
        raw += '"""';
      } else if (unit >= 0x20 || unit === TAB) {
        raw += this.#text.charAt(this.#at);
        this.#at += 1;
      } else {
        break;
      }
    }
    return this.#invalid(comments);
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match === null) return undefined;
    this.#at += match[0].length;
    return match;
  }

  #place(): Place {
    return this.#placeAt(this.#at);
  }

  /** Of an offset seen from the line that has been reached; columns are counted on from the last that was asked for. */
  #placeAt(offset: number): Place {
    if (offset < this.#lineStart) return { line: this.#line, column: offset - this.#lineStart + 1 };
    const isBefore = this.#counted.at < this.#lineStart || this.#counted.at > offset;
    let { at, column } = isBefore ? { at: this.#lineStart, column: 1 } : this.#counted;
    for (; at < offset; at += 1) if ((this.#text.charCodeAt(at) & 0xfc00) !== 0xdc00) column += 1;
    this.#counted = { at, column };
    return { line: this.#line, column };
  }
}

/** What stands after a backslash, as long as it is with it; half a surrogate pair stands for nothing that is known. */
function unescape(text: string, at: number): { readonly value: string; readonly length: number } | undefined {
  const letter = text.charAt(at);
  if (letter !== 'u') {
    const value = '"\\/'.includes(letter) && letter !== '' ? letter : ESCAPES.get(letter);
    return value === undefined ? undefined : { value, length: 2 };
  }
  const hex = text.slice(at + 1, at + 5);
  if (!/^[0-9a-fA-F]{4}$/u.test(hex)) return undefined;
  return { value: String.fromCharCode(Number.parseInt(hex, 16)).toWellFormed(), length: 6 };
}

/** Without the indentation that all lines have in common, which the first one keeps, and without empty lines around. */
function blockValue(raw: string): string {
  const lines = raw.split('\n');
  const indents = lines.map((line) => line.search(/[^\t ]/u));
  const common = Math.min(...indents.filter((indent) => indent !== -1));
  const cut = lines.map((line, index) =>
    index === 0 || common === Number.POSITIVE_INFINITY ? line : line.slice(common),
  );
  const isBlank = (line: string): boolean => !/[^\t ]/u.test(line);
  const first = cut.findIndex((line) => !isBlank(line));
  const last = cut.findLastIndex((line) => !isBlank(line));
  return first === -1 ? '' : cut.slice(first, last + 1).join('\n');
}
