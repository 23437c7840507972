/** Where the parser stands in its tokens, and which words are keywords there. */
import type { PolicySource, Span } from '../../source-position.ts';
import { tokenize } from './lexer.ts';
import { ProblemList } from './problem-list.ts';
import type { Token } from './token.ts';

/** What `use` switches on, with the words that it makes keywords. */
export const FLAGS: Readonly<Record<string, readonly string[]>> = {
  expiration: ['expiration', 'and'],
  import: ['import'],
  partial: ['partial'],
  self: ['self'],
  typechecking: ['typechecking'],
};

const KEYWORDS = ['definition', 'caveat', 'relation', 'permission', 'nil', 'with'];

export class TokenCursor {
  readonly source: PolicySource;
  readonly problems: ProblemList;
  readonly flags: Set<string> = new Set<string>();
  readonly #tokens: readonly Token[];
  readonly #keywords = new Set(KEYWORDS);
  #position = 0;

  constructor(source: PolicySource) {
    this.source = source;
    this.problems = new ProblemList(source);
    this.#tokens = tokenize(source.text, this.problems);
  }

  get token(): Token {
    const token = this.#tokens[this.#position];
    if (token === undefined) throw new Error('INVARIANT (cursor): the last token is never passed');
    return token;
  }

  /** Where the token before ended. */
  get previousEnd(): number {
    return this.#tokens[this.#position - 1]?.end ?? 0;
  }

  get atEnd(): boolean {
    return this.token.kind === 'end';
  }

  /** Whether the token is the first of its line. */
  get beginsLine(): boolean {
    return /[\r\n]/u.test(this.source.text.slice(this.previousEnd, this.token.start)) || this.previousIsNewline;
  }

  get previousIsNewline(): boolean {
    return this.#tokens[this.#position - 1]?.kind === 'newline';
  }

  use(flag: string): void {
    this.flags.add(flag);
    for (const keyword of FLAGS[flag] ?? []) this.#keywords.add(keyword);
  }

  advance(): Token {
    const { token } = this;
    if (token.kind !== 'end') this.#position += 1;
    return token;
  }

  atSymbol(text: string): boolean {
    return this.token.kind === 'symbol' && this.token.text === text;
  }

  accept(symbol: string): boolean {
    if (!this.atSymbol(symbol)) return false;
    this.advance();
    return true;
  }

  atKeyword(word: string): boolean {
    return this.token.kind === 'word' && this.token.text === word && this.#keywords.has(word);
  }

  acceptKeyword(word: string): boolean {
    if (!this.atKeyword(word)) return false;
    this.advance();
    return true;
  }

  /** A word that is no keyword here. */
  get atIdentifier(): boolean {
    return this.token.kind === 'word' && !this.#keywords.has(this.token.text);
  }

  /** The symbol, or a problem that says what should stand there. */
  expect(symbol: string, hint?: string): boolean {
    if (this.accept(symbol)) return true;
    this.#expected(`\`${symbol}\``, hint);
    return false;
  }

  identifier(what: string): Token | undefined {
    if (this.atIdentifier) return this.advance();
    this.#expected(what, this.#keywordHint());
    return undefined;
  }

  /** `a`, `a/b`. */
  path(what: string): (Span & { readonly text: string }) | undefined {
    const first = this.identifier(what);
    if (first === undefined) return undefined;
    let { text } = first;
    while (this.accept('/')) {
      const segment = this.identifier('the rest of the name');
      if (segment === undefined) return undefined;
      text += `/${segment.text}`;
    }
    return { text, start: first.start, end: this.previousEnd };
  }

  fail(message: string, hint?: string, span: Span = this.token): void {
    // What the lexer reported already is not worth a second problem.
    if (this.token.kind === 'invalid') return;
    this.problems.add({ code: 'relations/syntax', message, hint, start: span.start, end: span.end });
  }

  #expected(what: string, hint?: string): void {
    this.fail(`expected ${what}, found ${describe(this.token)}`, hint);
  }

  failExpected(what: string, hint?: string): void {
    this.#expected(what, hint);
  }

  #keywordHint(): string | undefined {
    const { kind, text } = this.token;
    if (kind !== 'word') return undefined;
    const flag = Object.entries(FLAGS).find(([name, words]) => this.flags.has(name) && words.includes(text))?.[0];
    return flag === undefined
      ? `\`${text}\` is a keyword and no name`
      : `\`use ${flag}\` makes \`${text}\` a keyword, which is no name`;
  }

  /** What ends a statement: `;`, or a line behind a word, `}`, `)` or `*`. */
  acceptTerminator(): boolean {
    let found = false;
    while (this.token.kind === 'newline' || this.atSymbol(';')) {
      this.advance();
      found = true;
    }
    return found;
  }

  /** To the end of a statement, or before the `}` around it. */
  skipStatement(): void {
    let depth = 0;
    while (!this.atEnd) {
      if (this.token.kind === 'newline' || this.atSymbol(';')) return;
      if (this.atSymbol('{') || this.atSymbol('(')) depth += 1;
      if (this.atSymbol('}') || this.atSymbol(')')) depth -= 1;
      if (depth < 0 && this.atSymbol('}')) return;
      // Never out of the definition, however many brackets are missing.
      if (this.beginsLine && this.atTopLevelKeyword) return;
      this.advance();
    }
  }

  get atTopLevelKeyword(): boolean {
    return this.atKeyword('definition') || this.atKeyword('caveat') || this.atKeyword('partial');
  }

  /** To the next line that begins with a definition, a caveat or a partial. */
  skipToTopLevel(): void {
    while (!this.atEnd && !(this.beginsLine && this.atTopLevelKeyword)) this.advance();
  }
}

function describe(token: Token): string {
  if (token.kind === 'end') return 'the end of the text';
  if (token.kind === 'newline') return 'the end of the line';
  return `\`${token.text.length > 40 ? `${token.text.slice(0, 40)}…` : token.text}\``;
}
