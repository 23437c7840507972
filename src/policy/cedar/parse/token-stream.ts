/** What the parsers read from: one token ahead, what was expected instead, and how to go on after a mistake. */
import { MAX_EXPRESSION_DEPTH } from '../limits.ts';
import type { PolicySource, Span } from '../syntax.ts';
import { describeToken, hintForToken } from './describe-token.ts';
import { Lexer, type Punctuation, type TokenKind } from './lexer.ts';
import type { Report } from './problem-list.ts';

/**
 * After `fail` it stands at the `;` that ends the policy and stays there, whatever is asked of it, and drops further
 * problems: so a parser just goes on, finds nothing more to take, and comes back to whoever calls `recover`.
 */
export class TokenStream {
  readonly source: PolicySource;
  readonly #lexer: Lexer;
  readonly #report: Report;
  #failed = false;
  #refused = false;
  /** How high the expression is that was parsed last, in nodes. */
  height = 0;
  #brackets = 0;
  #operands = 0;

  constructor(source: PolicySource, report: Report) {
    this.source = source;
    this.#lexer = new Lexer(source.text);
    this.#report = report;
  }

  get kind(): TokenKind {
    return this.#lexer.kind;
  }

  get start(): number {
    return this.#lexer.start;
  }

  get end(): number {
    return this.#lexer.end;
  }

  /** Where the token before ended. */
  get previousEnd(): number {
    return this.#lexer.previousEnd;
  }

  get span(): Span {
    return { start: this.start, end: this.end };
  }

  /** What the token looks like in the text. */
  get text(): string {
    return this.source.text.slice(this.start, this.end);
  }

  spanFrom(start: number): Span {
    return { start, end: Math.max(start, this.previousEnd) };
  }

  advance(): void {
    if (!this.#failed) this.#lexer.advance();
  }

  at(kind: TokenKind): boolean {
    return this.#lexer.kind === kind;
  }

  atWord(word: string): boolean {
    const lexer = this.#lexer;
    return (
      lexer.kind === 'identifier' &&
      lexer.end - lexer.start === word.length &&
      this.source.text.startsWith(word, lexer.start)
    );
  }

  accept(kind: Punctuation): boolean {
    if (!this.at(kind) || this.#failed) return false;
    this.advance();
    return true;
  }

  acceptWord(word: string): boolean {
    if (!this.atWord(word) || this.#failed) return false;
    this.advance();
    return true;
  }

  /** Takes the token, or fails; `wanted` is prose such as "`,` or `)`". */
  expect(kind: Punctuation, wanted: string = `\`${kind}\``): void {
    if (!this.accept(kind)) this.unexpected(wanted);
  }

  unexpected(wanted: string, hint?: string): void {
    const found = describeToken(this.kind, this.text);
    this.fail('cedar/syntax', `expected ${wanted}, found ${found}`, this.span, hint ?? hintForToken(this));
  }

  /** For what is well formed but not allowed: the policy is refused, and parsing goes on. */
  report(code: `cedar/${string}`, message: string, span: Span, hint?: string): void {
    this.#refused = true;
    if (!this.#failed) this.#report(code, message, span, hint);
  }

  /** For what leaves open how to go on: the rest of the policy is passed over. */
  fail(code: `cedar/${string}`, message: string, span: Span, hint?: string): void {
    this.report(code, message, span, hint);
    while (!this.at(';') && !this.at('end')) this.advance();
    this.#failed = true;
  }

  /** Around an expression that stands by itself or in brackets, so that none can drive the parser beyond its stack. */
  enterBrackets(): void {
    this.#brackets += 1;
    if (this.#brackets > MAX_EXPRESSION_DEPTH) this.#failTooDeep();
  }

  leaveBrackets(): void {
    this.#brackets -= 1;
  }

  /** Around a right operand, for the same reason: each lies one node deeper than its operator. */
  enterOperand(): void {
    this.#operands += 1;
    if (this.#operands > MAX_EXPRESSION_DEPTH) this.#failTooDeep();
  }

  leaveOperand(): void {
    this.#operands -= 1;
  }

  /** Called for a node whose highest operand is so high. */
  grow(height: number): void {
    this.height = height + 1;
    if (this.height > MAX_EXPRESSION_DEPTH) this.#failTooDeep();
  }

  #failTooDeep(): void {
    const message = `an expression nests at most ${MAX_EXPRESSION_DEPTH} deep`;
    this.fail('cedar/too-deep', message, this.span, 'only `&&` and `||` may be chained without end');
  }

  /** Whether `fail` was called since the last `recover`. */
  get failed(): boolean {
    return this.#failed;
  }

  /** Goes on after the `;`; tells whether there were no problems since it was called the last time. */
  recover(): boolean {
    const clean = !this.#refused;
    if (this.#failed) {
      this.#failed = false;
      this.accept(';');
    }
    this.#refused = false;
    this.height = 0;
    this.#brackets = 0;
    this.#operands = 0;
    return clean;
  }
}
