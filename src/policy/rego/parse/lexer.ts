/** Rego's text to tokens; comments and white space are passed over, what cannot be a token is reported. */
import { characterMistake, checkCharacters } from './characters.ts';
import { skipNumber } from './numbers.ts';
import type { ProblemList } from './problem-list.ts';
import { endOfRawTemplatePiece, endOfRawString, endOfString, endOfTemplatePiece } from './strings.ts';
import { KEYWORDS, Kind, type TokenKind } from './token-kind.ts';
import { Tokens } from './tokens.ts';

const TAB = 0x09;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const HASH = 0x23;
const DOLLAR = 0x24;
const EQUALS = 0x3d;
const BACKTICK = 0x60;
const LEFT_BRACE = 0x7b;
const RIGHT_BRACE = 0x7d;
const BYTE_ORDER_MARK = 0xfeff;

/** By character; those that an `=` may follow to make another token are in `BEFORE_EQUALS` too. */
const SINGLES: readonly (TokenKind | undefined)[] = tableOf([
  ['[', Kind.leftBracket],
  [']', Kind.rightBracket],
  ['{', Kind.leftBrace],
  ['}', Kind.rightBrace],
  ['(', Kind.leftParenthesis],
  [')', Kind.rightParenthesis],
  [',', Kind.comma],
  [':', Kind.colon],
  [';', Kind.semicolon],
  ['.', Kind.dot],
  ['=', Kind.unify],
  ['<', Kind.less],
  ['>', Kind.greater],
  ['+', Kind.plus],
  ['-', Kind.minus],
  ['*', Kind.times],
  ['/', Kind.divide],
  ['%', Kind.remainder],
  ['&', Kind.ampersand],
  ['|', Kind.bar],
]);

const BEFORE_EQUALS: readonly (TokenKind | undefined)[] = tableOf([
  [':', Kind.assign],
  ['=', Kind.equal],
  ['!', Kind.notEqual],
  ['<', Kind.lessOrEqual],
  ['>', Kind.greaterOrEqual],
]);

function tableOf(entries: readonly (readonly [string, TokenKind])[]): readonly (TokenKind | undefined)[] {
  const table = Array.from<TokenKind | undefined>({ length: 128 }).fill(undefined);
  for (const [character, kind] of entries) table[character.charCodeAt(0)] = kind;
  return table;
}

/** A template that waits for the `}` of the expression in it. */
type OpenTemplate = { readonly raw: boolean; readonly braces: number };

export function tokenize(text: string, problems: ProblemList): Tokens {
  checkCharacters(text, problems);
  return new Lexer(text, problems).run();
}

class Lexer {
  readonly #text: string;
  readonly #problems: ProblemList;
  readonly #tokens: Tokens;
  readonly #templates: OpenTemplate[] = [];
  /** How many braces are open. */
  #braces = 0;

  constructor(text: string, problems: ProblemList) {
    this.#text = text;
    this.#problems = problems;
    this.#tokens = new Tokens(text.length);
  }

  run(): Tokens {
    const text = this.#text;
    const { length } = text;
    let at = text.charCodeAt(0) === BYTE_ORDER_MARK ? 1 : 0;
    while (at < length) {
      const code = text.charCodeAt(at);
      if (code === SPACE || code === LINE_FEED || code === TAB || code === CARRIAGE_RETURN) at += 1;
      else if (isLetter(code)) at = this.#takeWord(at);
      else if (isDigit(code)) at = this.#takeNumber(at);
      else if (code === HASH) at = this.#skipComment(at);
      else if (code === QUOTE) at = this.#takeText(Kind.string, at, endOfString(text, at + 1, this.#problems));
      else if (code === BACKTICK) at = this.#takeText(Kind.rawString, at, endOfRawString(text, at + 1, this.#problems));
      else if (code === DOLLAR) at = this.#takeTemplate(at);
      else at = this.#takePunctuation(at, code);
    }
    this.#tokens.add(Kind.end, length, length);
    return this.#tokens;
  }

  #takeWord(start: number): number {
    const end = endOfWord(this.#text, start + 1);
    // Keywords have two to eight letters, all of them small.
    const length = end - start;
    const kind = length > 1 && length < 9 ? (KEYWORDS.get(this.#text.slice(start, end)) ?? Kind.name) : Kind.name;
    this.#tokens.add(kind, start, end);
    return end;
  }

  #takeNumber(start: number): number {
    const end = skipNumber(this.#text, start, this.#problems);
    this.#tokens.add(Kind.number, start, end);
    return end;
  }

  #skipComment(start: number): number {
    const text = this.#text;
    const lineEnd = text.indexOf('\n', start);
    const end = lineEnd === -1 ? text.length : lineEnd;
    if (start === 0 || text.charCodeAt(start - 1) === LINE_FEED) this.#tokens.lineComments.push(start, end);
    return end;
  }

  /** `end` is undefined where the string is not closed, which was reported: the rest of the text then means nothing. */
  #takeText(kind: TokenKind, start: number, end: number | undefined): number {
    if (end === undefined) return this.#takeUnclosed(start);
    this.#tokens.add(kind, start, end);
    return end;
  }

  #takeUnclosed(start: number): number {
    const text = this.#text;
    const lineEnd = text.indexOf('\n', start);
    const end = lineEnd === -1 ? text.length : lineEnd;
    this.#tokens.add(Kind.illegal, start, end);
    return end;
  }

  #takeTemplate(start: number): number {
    const next = this.#text.charCodeAt(start + 1);
    if (next === QUOTE) return this.#takeTemplatePiece(start, start + 2, false);
    if (next === BACKTICK) return this.#takeTemplatePiece(start, start + 2, true);
    return this.#takeIllegal(start);
  }

  #takeTemplatePiece(start: number, from: number, raw: boolean): number {
    const text = this.#text;
    const end = raw
      ? endOfRawTemplatePiece(text, from, this.#problems)
      : endOfTemplatePiece(text, from, this.#problems);
    if (end === undefined) return this.#takeUnclosed(start);
    const opens = text.charCodeAt(end - 1) === LEFT_BRACE;
    if (opens) {
      this.#templates.push({ raw, braces: this.#braces });
      this.#tokens.add(raw ? Kind.rawTemplatePart : Kind.templatePart, start, end);
    } else this.#tokens.add(raw ? Kind.rawTemplateEnd : Kind.templateEnd, start, end);
    return end;
  }

  #takePunctuation(start: number, code: number): number {
    if (this.#text.charCodeAt(start + 1) === EQUALS && code < 128) {
      const pair = BEFORE_EQUALS[code];
      if (pair !== undefined) {
        this.#tokens.add(pair, start, start + 2);
        return start + 2;
      }
    }
    const kind = code < 128 ? SINGLES[code] : undefined;
    if (kind === undefined) return this.#takeIllegal(start);
    this.#tokens.add(kind, start, start + 1);
    if (code === LEFT_BRACE) this.#braces += 1;
    else if (code === RIGHT_BRACE) {
      const template = this.#templates.at(-1);
      if (template !== undefined && template.braces === this.#braces) {
        this.#templates.pop();
        return this.#takeTemplatePiece(start + 1, start + 1, template.raw);
      }
      if (this.#braces > 0) this.#braces -= 1;
    }
    return start + 1;
  }

  #takeIllegal(start: number): number {
    const end = start + ((this.#text.codePointAt(start) ?? 0) > 0xffff ? 2 : 1);
    const mistake = characterMistake(this.#text, start, end);
    if (mistake !== undefined) this.#problems.add(mistake);
    this.#tokens.add(Kind.illegal, start, end);
    return end;
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

/** A name goes on with letters of ASCII and with the decimal digits of any script. */
function endOfWord(text: string, from: number): number {
  let at = from;
  for (;;) {
    const code = text.charCodeAt(at);
    if (isLetter(code) || isDigit(code)) at += 1;
    else if (code < 0x80 || Number.isNaN(code)) return at;
    else {
      const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
      if (!/^\p{Nd}$/u.test(character)) return at;
      at += character.length;
    }
  }
}
