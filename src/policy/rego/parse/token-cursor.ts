/** Where a parser stands in its tokens, and what a word is there: keyword or name. */
import type { PolicySource, Span } from '../../source-position.ts';
import type { RegoVersion } from '../syntax.ts';
import { tokenize } from './lexer.ts';
import type { ProblemList } from './problem-list.ts';
import { FIRST_KEYWORD, FIRST_SOFT_KEYWORD, Kind, KEYWORDS_OF_V1, type TokenKind } from './token-kind.ts';
import type { Tokens } from './tokens.ts';

const LINE_FEED = 0x0a;

export class TokenCursor {
  readonly source: PolicySource;
  /** Template strings are a part of v1. */
  readonly allowsTemplates: boolean;
  readonly #tokens: Tokens;
  /** What the token is here: a keyword that is not active is a name. */
  kind: TokenKind = Kind.end;
  /** Which token is read, counted from 0. */
  position = 0;
  /** How many wildcards there were so far. */
  wildcards = 0;
  #negationHasBody = false;
  #keywords = 0;
  /** A keyword at this position is read as a name. */
  #nameAt = -1;

  constructor(source: PolicySource, version: RegoVersion, problems: ProblemList) {
    this.source = source;
    this.allowsTemplates = version === 'v1';
    this.#tokens = tokenize(source.text, problems);
    if (version === 'v1') for (const keyword of KEYWORDS_OF_V1) this.activate(keyword);
    this.#read();
  }

  get lineComments(): readonly number[] {
    return this.#tokens.lineComments;
  }

  /** From here on the word is a keyword; `not`, which is one, takes bodies. */
  activate(keyword: TokenKind): void {
    if (keyword === Kind.not) this.#negationHasBody = true;
    else this.#keywords |= 1 << (keyword - FIRST_SOFT_KEYWORD);
    this.#read();
  }

  /** `future.keywords.not`: a negation has a body of its own. */
  get negationHasBody(): boolean {
    return this.#negationHasBody;
  }

  isActive(keyword: TokenKind): boolean {
    return keyword < FIRST_SOFT_KEYWORD || (this.#keywords & (1 << (keyword - FIRST_SOFT_KEYWORD))) !== 0;
  }

  #read(): void {
    const kind = this.#tokens.kindAt(this.position);
    this.kind = kind >= FIRST_SOFT_KEYWORD && !this.isActive(kind) ? Kind.name : kind;
    if (this.position === this.#nameAt) this.kind = Kind.name;
  }

  get start(): number {
    return this.#tokens.starts[this.position] ?? 0;
  }

  get end(): number {
    return this.#tokens.ends[this.position] ?? 0;
  }

  /** Where the token before ended. */
  get previousEnd(): number {
    return this.position === 0 ? 0 : (this.#tokens.ends[this.position - 1] ?? 0);
  }

  /** What the token looks like in the text. */
  get text(): string {
    return this.source.text.slice(this.start, this.end);
  }

  get span(): Span {
    return { start: this.start, end: this.end };
  }

  /** Whether nothing stands between the token before and this one. */
  get adjacent(): boolean {
    return this.start === this.previousEnd;
  }

  /** Whether the token is the first of its line. */
  get beginsLine(): boolean {
    const { start } = this;
    const { text } = this.source;
    for (let at = this.previousEnd; at < start; at += 1) if (text.charCodeAt(at) === LINE_FEED) return true;
    return false;
  }

  advance(): void {
    if (this.position < this.#tokens.count - 1) this.position += 1;
    this.#read();
  }

  at(kind: TokenKind): boolean {
    return this.kind === kind;
  }

  accept(kind: TokenKind): boolean {
    if (this.kind !== kind) return false;
    this.advance();
    return true;
  }

  /** The kind of the token after this one; a keyword that is not active counts as a keyword. */
  get nextKind(): TokenKind {
    return this.#tokens.kindAt(this.position + 1);
  }

  get nextIsAdjacent(): boolean {
    return this.#tokens.starts[this.position + 1] === this.end;
  }

  get atKeyword(): boolean {
    return this.kind >= FIRST_KEYWORD;
  }

  /** Whether a reference begins with the keyword here: `.` or `[` stands directly behind it. */
  get keywordBeginsRef(): boolean {
    if (!this.atKeyword || !this.nextIsAdjacent) return false;
    return this.nextKind === Kind.dot || this.nextKind === Kind.leftBracket;
  }

  /** Reads the keyword here as a name, now and after coming back to it. */
  readAsName(): void {
    this.#nameAt = this.position;
    this.kind = Kind.name;
  }

  wildcard(): string {
    const name = `$${this.wildcards}`;
    this.wildcards += 1;
    return name;
  }

  /** Where the innermost bracket opens that is still open here. */
  openBracket(): Span | undefined {
    const open: number[] = [];
    for (let index = 0; index < this.position; index += 1) {
      const kind = this.#tokens.kindAt(index);
      if (kind === Kind.leftBrace || kind === Kind.leftBracket || kind === Kind.leftParenthesis) open.push(index);
      else if (kind === Kind.rightBrace || kind === Kind.rightBracket || kind === Kind.rightParenthesis) open.pop();
    }
    const innermost = open.at(-1);
    if (innermost === undefined) return undefined;
    return { start: this.#tokens.starts[innermost] ?? 0, end: this.#tokens.ends[innermost] ?? 0 };
  }

  /** To a token that was read before, or that is known to be there. */
  seek(position: number, wildcards: number): void {
    this.position = position;
    this.wildcards = wildcards;
    this.#read();
  }

  /** To the next line that begins with the first word of a statement, or to the end. */
  skipToStatement(): void {
    const { text } = this.source;
    do this.advance();
    while (this.kind !== Kind.end && !(isStatementStart(this.kind) && text.charCodeAt(this.start - 1) === LINE_FEED));
  }
}

function isStatementStart(kind: TokenKind): boolean {
  return kind === Kind.name || kind === Kind.default || kind === Kind.import || kind === Kind.package;
}
