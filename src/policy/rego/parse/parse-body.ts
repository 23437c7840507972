/** Bodies: expressions, each on a line of its own or with `;` between them. */
import type { Body, Expression } from '../syntax.ts';
import { Kind, TOKEN_TEXTS, type TokenKind } from './token-kind.ts';
import type { TokenStream } from './token-stream.ts';

export function parseBody(tokens: TokenStream, close: TokenKind): Body | undefined {
  if (tokens.at(close)) {
    const hint = close === Kind.rightBrace ? 'an empty object in a body is written `x == {}`' : undefined;
    return tokens.fail({
      code: 'rego/empty-body',
      message: 'a body needs at least one expression',
      hint,
      opa: 'found empty body',
      start: tokens.start,
      end: tokens.end,
    });
  }
  if (!tokens.enter()) return undefined;
  const body: Expression[] = [];
  let height = 0;
  for (;;) {
    const expression = tokens.grammar.parseExpression(tokens);
    if (expression === undefined) return undefined;
    height = Math.max(height, tokens.height);
    body.push(expression);
    if (tokens.accept(Kind.semicolon)) {
      if (tokens.at(close)) return refuseSemicolon(tokens);
      continue;
    }
    if (tokens.accept(close)) break;
    if (!tokens.beginsLine) return unexpectedInBody(tokens, close);
  }
  tokens.leave();
  tokens.height = height;
  return body;
}

function refuseSemicolon(tokens: TokenStream): undefined {
  return tokens.unexpected('an expression after `;`', {
    hint: 'leave out the last `;`: it stands between expressions',
  });
}

function unexpectedInBody(tokens: TokenStream, close: TokenKind): undefined {
  const text = TOKEN_TEXTS[close] ?? '';
  const missing = tokens.at(Kind.end) ? `\`${text}\`` : `an operator, a new line, \`;\` or \`${text}\``;
  return tokens.unexpected(missing, { opa: `expected \\n or ; or ${text}` });
}
