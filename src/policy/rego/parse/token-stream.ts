/** What the parsers read from: one token, what was expected instead of it, and the way back from a wrong guess. */
import type { PolicySource, Span } from '../../source-position.ts';
import type { Body, Expression, RegoVersion, Term } from '../syntax.ts';
import { describeToken, hintForToken, opaTokenName } from './describe-token.ts';
import { tokenize } from './lexer.ts';
import { MAX_NESTING } from './limits.ts';
import type { Mistake, ProblemList } from './problem-list.ts';
import { FIRST_KEYWORD, FIRST_SOFT_KEYWORD, Kind, KEYWORDS_OF_V1, type TokenKind } from './token-kind.ts';
import type { Tokens } from './tokens.ts';

/** The parts of the grammar that contain one another; given to the stream, since modules may not form a circle. */
export type Grammar = {
  /** A term without infix operators. */
  readonly parseTerm: (tokens: TokenStream) => Term | undefined;
  /** A term with them; with `pairs` also `key, value in domain`. */
  readonly parseInfix: (tokens: TokenStream, pairs: boolean) => Term | undefined;
  /** As `parseInfix`, where the first operand was parsed and began at `start`. */
  readonly continueInfix: (tokens: TokenStream, first: Term, start: number, pairs: boolean) => Term | undefined;
  readonly parseExpression: (tokens: TokenStream) => Expression | undefined;
  /** Expressions up to the closing token, which is taken; what opens them was taken. */
  readonly parseBody: (tokens: TokenStream, close: TokenKind) => Body | undefined;
};

const LINE_FEED = 0x0a;

type Remembered = {
  readonly term: Term;
  readonly position: number;
  readonly wildcards: number;
  readonly height: number;
};

/**
 * After `fail` the parsers return undefined up to whoever can recover: the parser of the next statement, or whoever
 * guessed. What is reported is the first failure outside of any guess.
 */
export class TokenStream {
  readonly source: PolicySource;
  readonly grammar: Grammar;
  readonly problems: ProblemList;
  /** Template strings are a part of v1. */
  readonly allowsTemplates: boolean;
  readonly #tokens: Tokens;
  /** What the token is here: a keyword that is not active is a name. */
  kind: TokenKind = Kind.end;
  /** Which token is read, counted from 0. */
  position = 0;
  /** How many wildcards there were so far. */
  wildcards = 0;
  /** How high the tree is that was parsed last. */
  height = 0;
  #negationHasBody = false;
  #keywords = 0;
  #depth = 0;
  #guesses = 0;
  #trials = 0;
  #failed = false;
  /** A keyword at this position is read as a name. */
  #nameAt = -1;
  readonly #remembered = new Map<number, Remembered>();

  constructor(source: PolicySource, version: RegoVersion, problems: ProblemList, grammar: Grammar) {
    this.source = source;
    this.grammar = grammar;
    this.problems = problems;
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

  /** `wanted` is prose such as "`,` or `]`"; `opa` is OPA's note for the same. */
  unexpected(wanted: string, options: { readonly hint?: string | undefined; readonly opa?: string } = {}): undefined {
    if (this.#failed) return undefined;
    this.#failed = true;
    if (this.#guesses > 0) return undefined;
    // The lexer has reported what is no token.
    if (this.kind === Kind.illegal && this.problems.problems.length > 0) return undefined;
    const opa = opaTokenName(this.kind);
    this.problems.add({
      code: 'rego/syntax',
      message: `expected ${wanted}, found ${describeToken(this.kind, this.text)}`,
      hint: options.hint ?? hintForToken(this.kind, this.text, this.source.text.slice(this.end, this.end + 1)),
      opa: options.opa === undefined ? opa : `${opa}: ${options.opa}`,
      start: this.start,
      end: this.end,
    });
    return undefined;
  }

  fail(mistake: Mistake): undefined {
    if (this.#failed) return undefined;
    this.#failed = true;
    if (this.#guesses === 0) this.problems.add(mistake);
    return undefined;
  }

  /** For what is well formed but not allowed: the text is refused, and parsing goes on. */
  report(mistake: Mistake): void {
    if (this.#guesses === 0) this.problems.add(mistake);
  }

  get failed(): boolean {
    return this.#failed;
  }

  /** After a failure: as if nothing had been read since `position`. */
  backTo(position: number, wildcards: number): void {
    this.position = position;
    this.wildcards = wildcards;
    this.#failed = false;
    this.#read();
  }

  /** What `parse` gives; where it gives nothing, everything is as before, and nothing is reported. */
  guess<T>(parse: () => T | undefined): T | undefined {
    const { position, wildcards } = this;
    const depth = this.#depth;
    this.#guesses += 1;
    const result = parse();
    this.#guesses -= 1;
    this.#depth = depth;
    if (result === undefined) this.backTo(position, wildcards);
    return result;
  }

  /**
   * As `guess` where it failed at a token of this kind, where the caller knows another reading; a failure anywhere
   * else is one.
   */
  guessUnlessAt<T>(kind: TokenKind, parse: () => T | undefined): T | undefined {
    const { position, wildcards } = this;
    const depth = this.#depth;
    const reported = this.problems.problems.length;
    this.#trials += 1;
    const result = parse();
    this.#trials -= 1;
    this.#depth = depth;
    if (result === undefined && this.kind === kind) {
      this.problems.dropAfter(reported);
      this.backTo(position, wildcards);
    }
    return result;
  }

  /**
   * What was parsed within a guess that failed is not parsed again: guesses nest, and would double the work each time.
   */
  recall(): Term | undefined {
    const found = this.#remembered.get(this.position);
    if (found === undefined) return undefined;
    this.position = found.position;
    this.wildcards = found.wildcards;
    this.height = found.height;
    this.#read();
    return found.term;
  }

  remember(start: number, term: Term): void {
    if (this.#guesses + this.#trials === 0) return;
    this.#remembered.set(start, { term, position: this.position, wildcards: this.wildcards, height: this.height });
  }

  /** Called where brackets open, so that they cannot drive the parser beyond its stack; false when they are too deep. */
  enter(): boolean {
    this.#depth += 1;
    if (this.#depth <= MAX_NESTING) return true;
    this.#failTooDeep();
    return false;
  }

  leave(): void {
    this.#depth -= 1;
  }

  /** Called for a node whose highest child is so high; false when the tree is too high. */
  grow(height: number): boolean {
    this.height = height + 1;
    if (this.height <= MAX_NESTING) return true;
    this.#failTooDeep();
    return false;
  }

  #failTooDeep(): void {
    this.fail({
      code: 'rego/too-deep',
      message: `terms nest at most ${MAX_NESTING} deep, a chain of operators included`,
      hint: 'give a part of it a name: `part := …`',
      opa: 'max parsing recursion depth exceeded',
      start: this.start,
      end: this.end,
    });
  }

  /** Goes on after a failure, at the next line that begins with a word; at most once for each statement. */
  recover(): void {
    this.#failed = false;
    this.#depth = 0;
    this.#remembered.clear();
    const { text } = this.source;
    do this.advance();
    while (this.kind !== Kind.end && !(isStatementStart(this.kind) && text.charCodeAt(this.start - 1) === LINE_FEED));
  }

  /** Nothing that was parsed so far is parsed again. */
  forget(): void {
    if (this.#remembered.size > 0) this.#remembered.clear();
  }
}

function isStatementStart(kind: TokenKind): boolean {
  return kind === Kind.name || kind === Kind.default || kind === Kind.import || kind === Kind.package;
}
