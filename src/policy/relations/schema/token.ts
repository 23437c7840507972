/** The pieces of a schema's text. */
import type { Span } from '../../source-position.ts';

/**
 * `symbol`: punctuation and operators, those of CEL among them, which stands in caveats. `newline`: a line that ends a
 * statement, as `;` does. `invalid`: what no token is; the lexer has reported it.
 */
export type TokenKind = 'word' | 'symbol' | 'string' | 'newline' | 'invalid' | 'end';

export type Token = Span & {
  readonly kind: TokenKind;
  readonly text: string;
  /** The comments that stand between the token before and this one, as they were written. */
  readonly comments: readonly string[];
};
