/** Terms without infix operators: scalars, variables, collections, and the references and calls that begin with them. */
import type { ScalarTerm, Term } from '../syntax.ts';
import { MINUS } from './operators.ts';
import { parseArray, parseSetOrObject } from './parse-collection.ts';
import { parseNumber, parseString } from './parse-scalar.ts';
import { parseTemplate } from './parse-template.ts';
import { finishTerm } from './parse-ref.ts';
import { infixCall, takeVariable } from './terms.ts';
import { Kind } from './token-kind.ts';
import type { TokenStream } from './token-stream.ts';

export function parseTerm(tokens: TokenStream): Term | undefined {
  const { kind } = tokens;
  tokens.height = 1;
  if (kind === Kind.name || kind === Kind.contains) return finishTerm(tokens, takeVariable(tokens));
  if (kind === Kind.string || kind === Kind.rawString) return finishTerm(tokens, parseString(tokens));
  if (kind === Kind.number || kind === Kind.dot) return finishTerm(tokens, parseNumber(tokens));
  if (kind === Kind.true || kind === Kind.false || kind === Kind.null) return finishTerm(tokens, takeConstant(tokens));
  if (kind === Kind.minus) return parseNegative(tokens);
  if (kind === Kind.leftBrace || kind === Kind.leftBracket || kind === Kind.leftParenthesis)
    return parseBracketed(tokens);
  if (kind >= Kind.templatePart && kind <= Kind.rawTemplateEnd) return finishTerm(tokens, parseTemplate(tokens));
  if (kind === Kind.and || kind === Kind.or) {
    // Where a term is expected they can be no operators: the built-ins `and` and `or` are called.
    if (tokens.nextKind === Kind.leftParenthesis && tokens.nextIsAdjacent) {
      return finishTerm(tokens, takeVariable(tokens));
    }
  }
  return tokens.unexpected('a term', { hint: hintForKeyword(tokens) });
}

function hintForKeyword(tokens: TokenStream): string | undefined {
  if (!tokens.atKeyword) return undefined;
  if (tokens.at(Kind.not)) return '`not` stands before a whole expression';
  if (tokens.at(Kind.some) || tokens.at(Kind.every)) return 'it begins an expression of its own';
  return 'keywords cannot name variables, only parts of references: `input.if`';
}

function takeConstant(tokens: TokenStream): ScalarTerm {
  const { kind, start, end } = tokens;
  tokens.advance();
  if (kind === Kind.null) return { kind: 'null', start, end };
  return { kind: 'boolean', start, end, value: kind === Kind.true };
}

/** `-1`, or `-x` which is `0 - x`. */
function parseNegative(tokens: TokenStream): Term | undefined {
  const { start, end, nextKind } = tokens;
  if (nextKind === Kind.number || nextKind === Kind.dot) return finishTerm(tokens, parseNumber(tokens));
  tokens.advance();
  if (!tokens.at(Kind.name) && !tokens.at(Kind.contains)) {
    return tokens.unexpected('a number or a reference after `-`', { opa: 'expected number' });
  }
  const term = finishTerm(tokens, takeVariable(tokens));
  if (term === undefined || !tokens.grow(tokens.height)) return undefined;
  const zero: Term = { kind: 'number', start, end, text: '0' };
  return infixCall(MINUS, { start, end }, [zero, term], start, tokens.previousEnd);
}

function parseBracketed(tokens: TokenStream): Term | undefined {
  const recalled = tokens.recall();
  if (recalled !== undefined) return recalled.term;
  const { position } = tokens;
  if (!tokens.enter()) return undefined;
  const term = parseInBrackets(tokens);
  tokens.leave();
  const finished = finishTerm(tokens, term);
  tokens.remember(position, finished);
  return finished;
}

function parseInBrackets(tokens: TokenStream): Term | undefined {
  if (tokens.at(Kind.leftBracket)) return parseArray(tokens);
  if (tokens.at(Kind.leftBrace)) return parseSetOrObject(tokens);
  tokens.advance();
  const term = tokens.grammar.parseInfix(tokens, true);
  if (term === undefined) return undefined;
  if (!tokens.accept(Kind.rightParenthesis))
    return tokens.unexpected('an operator or `)`', { opa: 'non-terminated expression' });
  return term;
}
