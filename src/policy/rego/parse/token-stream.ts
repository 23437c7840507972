/** What the parsers read from: one token, what was expected instead of it, and the way back from a wrong guess. */
import { sourceSpan, type PolicySource } from '../../source-position.ts';
import type { Body, Expression, RegoVersion, Term } from '../syntax.ts';
import { describeToken, hintForToken, opaTokenName } from './describe-token.ts';
import { MAX_NESTING } from './limits.ts';
import type { Mistake, ProblemList } from './problem-list.ts';
import { quote } from './quote.ts';
import { TokenCursor } from './token-cursor.ts';
import { Kind, type TokenKind } from './token-kind.ts';

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

/** What came of a term that began somewhere: itself and what follows it, or the mistake in it and where that is. */
type Remembered = {
  readonly term: Term | undefined;
  readonly mistake: Mistake | undefined;
  readonly position: number;
  readonly wildcards: number;
  readonly height: number;
};

/**
 * After `fail` the parsers return undefined up to whoever can recover: the parser of the next statement, or whoever
 * guessed. What is reported is the first failure outside of any guess.
 */
export class TokenStream extends TokenCursor {
  readonly grammar: Grammar;
  readonly problems: ProblemList;
  /** How high the tree is that was parsed last. */
  height = 0;
  #depth = 0;
  #guesses = 0;
  #trials = 0;
  #failed = false;
  #mistake: Mistake | undefined;
  readonly #remembered = new Map<number, Remembered>();

  constructor(source: PolicySource, version: RegoVersion, problems: ProblemList, grammar: Grammar) {
    super(source, version, problems);
    this.grammar = grammar;
    this.problems = problems;
  }

  /** `wanted` is prose such as "`,` or `]`"; `opa` is OPA's note for the same. */
  unexpected(wanted: string, options: { readonly hint?: string | undefined; readonly opa?: string } = {}): undefined {
    if (this.#failed) return undefined;
    // The lexer has reported what is no token.
    if (this.kind === Kind.illegal) return this.#failAt(undefined);
    const opa = opaTokenName(this.kind);
    return this.#failAt({
      code: 'rego/syntax',
      message: `expected ${wanted}, found ${describeToken(this.kind, this.text)}`,
      hint: options.hint ?? this.#hint(),
      opa: options.opa === undefined ? opa : `${opa}: ${options.opa}`,
      start: this.start,
      end: this.end,
    });
  }

  #hint(): string | undefined {
    // Not within a guess, where nobody would see it.
    const bracket = this.kind === Kind.end && this.#guesses === 0 ? this.openBracket() : undefined;
    if (bracket === undefined) return hintForToken(this.kind, this.text, this.source.text.charAt(this.end));
    const { line, column } = sourceSpan(this.source, bracket);
    return `the ${quote(this.source.text.slice(bracket.start, bracket.end))} of line ${line}, column ${column}, is not closed`;
  }

  fail(mistake: Mistake): undefined {
    return this.#failed ? undefined : this.#failAt(mistake);
  }

  #failAt(mistake: Mistake | undefined): undefined {
    this.#failed = true;
    this.#mistake = mistake;
    if (this.#guesses === 0 && mistake !== undefined) this.problems.add(mistake);
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
    this.seek(position, wildcards);
    this.#failed = false;
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
   * What was parsed within a guess is not parsed again, were it only to find the same mistake: guesses nest, and would
   * double the work each time. Undefined where nothing is known; else the stream is behind the term, or has failed.
   */
  recall(): Remembered | undefined {
    const found = this.#remembered.get(this.position);
    if (found === undefined) return undefined;
    this.seek(found.position, found.wildcards);
    this.height = found.height;
    if (found.term === undefined) this.#failAt(found.mistake);
    return found;
  }

  /** `term` is what came of parsing one at `start`: undefined when that failed. */
  remember(start: number, term: Term | undefined): void {
    if (this.#guesses + this.#trials === 0) return;
    const { position, wildcards, height } = this;
    this.#remembered.set(start, { term, mistake: this.#mistake, position, wildcards, height });
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
    this.skipToStatement();
  }

  /** Nothing that was parsed so far is parsed again. */
  forget(): void {
    if (this.#remembered.size > 0) this.#remembered.clear();
  }
}
