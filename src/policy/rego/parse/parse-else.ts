/** `else` with a value, a body or both, in any number. */
import type { Alternative, Body, Term } from '../syntax.ts';
import { missingIf } from './missing-if.ts';
import type { Mistake } from './problem-list.ts';
import { Kind } from './token-kind.ts';
import type { TokenStream } from './token-stream.ts';

/** The stream is at the first `else`. */
export function parseAlternatives(tokens: TokenStream, v1Mistakes: Mistake[]): readonly Alternative[] | undefined {
  const alternatives: Alternative[] = [];
  while (tokens.at(Kind.else) && !tokens.keywordBeginsRef) {
    const alternative = parseAlternative(tokens, v1Mistakes);
    if (alternative === undefined) return undefined;
    alternatives.push(alternative);
    // Without a body it holds always: nothing can come after it.
    if (alternative.body.length === 0) break;
  }
  return alternatives;
}

function parseAlternative(tokens: TokenStream, v1Mistakes: Mistake[]): Alternative | undefined {
  const { start, end } = tokens;
  tokens.advance();
  const assignment = tokens.at(Kind.assign) ? ':=' : tokens.at(Kind.unify) ? '=' : undefined;
  let value: Term | undefined = { kind: 'boolean', start, end, value: true };
  if (assignment !== undefined) {
    tokens.advance();
    value = tokens.grammar.parseInfix(tokens, true);
    if (value === undefined) return undefined;
  } else if (!tokens.at(Kind.if) && !tokens.at(Kind.leftBrace)) {
    return tokens.unexpected('`:=` and a value, or `if` and a body', { opa: 'expected else value term or rule body' });
  }
  const bodyAt = tokens.span;
  const hasIf = tokens.accept(Kind.if);
  if (!hasIf && tokens.at(Kind.leftBrace)) v1Mistakes.push(missingIf(bodyAt.start, bodyAt.end, false));
  const body = hasIf || tokens.at(Kind.leftBrace) ? parseElseBody(tokens) : [];
  if (body === undefined) return undefined;
  return { start, end: tokens.previousEnd, value, ...(assignment === undefined ? {} : { assignment }), body };
}

/** Unlike behind the `if` of a head, braces are a body here even where they could be an object. */
function parseElseBody(tokens: TokenStream): Body | undefined {
  if (tokens.accept(Kind.leftBrace)) return tokens.grammar.parseBody(tokens, Kind.rightBrace);
  if (tokens.at(Kind.end)) return tokens.unexpected('a body after `if`', { opa: 'rule body expected' });
  const expression = tokens.grammar.parseExpression(tokens);
  return expression === undefined ? undefined : [expression];
}
