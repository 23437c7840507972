/** Cedar's text as tokens: where each begins and ends; white space and comments are passed over. */

const SINGLES = [
  '@',
  '.',
  ',',
  ';',
  ':',
  '(',
  ')',
  '{',
  '}',
  '[',
  ']',
  '<',
  '>',
  '+',
  '-',
  '*',
  '/',
  '%',
  '!',
  '=',
] as const;
const DOUBLES = ['==', '!=', '<=', '>=', '&&', '||', '::'] as const;

export type Punctuation = (typeof SINGLES)[number] | (typeof DOUBLES)[number];

/** `unknown` is a character that begins no token; `unclosed` a string without an end, up to the end of its line. */
export type TokenKind = Punctuation | 'identifier' | 'number' | 'string' | 'slot' | 'unknown' | 'unclosed' | 'end';

const SINGLE_BY_CODE: ReadonlyMap<number, Punctuation> = new Map(SINGLES.map((text) => [text.charCodeAt(0), text]));
const DOUBLE_BY_CODES: ReadonlyMap<number, Punctuation> = new Map(
  DOUBLES.map((text) => [pairOf(text.charCodeAt(0), text.charCodeAt(1)), text]),
);

function pairOf(first: number, second: number): number {
  return first * 128 + second;
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const QUOTE = 0x22;
const SLASH = 0x2f;
const QUESTION_MARK = 0x3f;
const BACKSLASH = 0x5c;

/** Holds one token at a time; what it says of the token before is `previousEnd` alone. */
export class Lexer {
  readonly text: string;
  kind: TokenKind = 'end';
  start = 0;
  end = 0;
  previousEnd = 0;

  constructor(text: string) {
    this.text = text;
    this.advance();
  }

  /** To the next token; beyond the last it stays at the end. */
  advance(): void {
    const { text } = this;
    this.previousEnd = this.end;
    const start = skipTrivia(text, this.end);
    this.start = start;
    if (start >= text.length) {
      this.end = text.length;
      this.kind = 'end';
      return;
    }
    const code = text.charCodeAt(start);
    if (isLetter(code)) this.#take('identifier', endOfWord(text, start + 1));
    else if (isDigit(code)) this.#take('number', endOfNumber(text, start + 1));
    else if (code === QUOTE) this.#takeString();
    else if (code === QUESTION_MARK && isLetter(text.charCodeAt(start + 1)))
      this.#take('slot', endOfWord(text, start + 2));
    else this.#takePunctuation(code);
  }

  #take(kind: TokenKind, end: number): void {
    this.kind = kind;
    this.end = end;
  }

  #takeString(): void {
    const { text, start } = this;
    for (let at = start + 1; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      if (code === QUOTE) return this.#take('string', at + 1);
      if (code !== BACKSLASH) continue;
      at += 1;
      // An escaped line feed is no escape, and ends what can be a string.
      if (text.charCodeAt(at) === LINE_FEED) break;
    }
    const lineEnd = text.indexOf('\n', start);
    this.#take('unclosed', lineEnd === -1 ? text.length : lineEnd);
  }

  #takePunctuation(code: number): void {
    const { text, start } = this;
    const double = DOUBLE_BY_CODES.get(pairOf(code, text.charCodeAt(start + 1)));
    if (double !== undefined) return this.#take(double, start + 2);
    const single = SINGLE_BY_CODE.get(code);
    if (single !== undefined) return this.#take(single, start + 1);
    this.#take('unknown', start + ((text.codePointAt(start) ?? 0) > 0xffff ? 2 : 1));
  }
}

function isLetter(code: number): boolean {
  // Setting the bit 0x20 makes lower case of upper case.
  const lower = code | 0x20;
  return (lower >= 0x61 && lower <= 0x7a) || code === 0x5f;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function endOfWord(text: string, from: number): number {
  let at = from;
  for (let code = text.charCodeAt(at); isLetter(code) || isDigit(code); code = text.charCodeAt(at)) at += 1;
  return at;
}

function endOfNumber(text: string, from: number): number {
  let at = from;
  while (isDigit(text.charCodeAt(at))) at += 1;
  return at;
}

function skipTrivia(text: string, from: number): number {
  let at = from;
  for (;;) {
    const code = text.charCodeAt(at);
    if (isSpace(code)) at += 1;
    else if (code === SLASH && text.charCodeAt(at + 1) === SLASH) at = endOfComment(text, at + 2);
    else return at;
  }
}

function endOfComment(text: string, from: number): number {
  let at = from;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === LINE_FEED || code === CARRIAGE_RETURN) return at;
    at += 1;
  }
  return at;
}

/** Unicode's `White_Space`, which is not what JavaScript's `\s` means: it has U+0085 and has no byte order mark. */
function isSpace(code: number): boolean {
  if (code <= 0x20) return code === 0x20 || (code >= 0x09 && code <= 0x0d);
  if (code < 0x80) return false;
  return /\p{White_Space}/u.test(String.fromCharCode(code));
}
