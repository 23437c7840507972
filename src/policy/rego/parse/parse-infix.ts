/** Terms with infix operators between them, by precedence. */
import type { Term } from '../syntax.ts';
import { MEMBER, MEMBER_WITH_KEY, OPERAND_LEVEL, operatorOf } from './operators.ts';
import { parseTerm } from './parse-term.ts';
import { infixCall } from './terms.ts';
import { Kind } from './token-kind.ts';
import type { TokenStream } from './token-stream.ts';

export function parseInfix(tokens: TokenStream, pairs: boolean): Term | undefined {
  const { start } = tokens;
  const first = parseTerm(tokens);
  return first === undefined ? undefined : continueInfix(tokens, first, start, pairs);
}

/** As `parseInfix`, where the first operand was parsed and began at `start`. */
export function continueInfix(tokens: TokenStream, first: Term, start: number, pairs: boolean): Term | undefined {
  const left = continueBinary(tokens, first, start, OPERAND_LEVEL);
  if (left === undefined) return undefined;
  if (pairs && tokens.at(Kind.comma)) {
    const { height } = tokens;
    const pair = tokens.guess(() => parsePair(tokens, left, start, height));
    if (pair !== undefined) return continueMembership(tokens, pair, start);
    tokens.height = height;
  }
  return continueMembership(tokens, left, start);
}

/** `key, value in domain`, of which the key was parsed. */
function parsePair(tokens: TokenStream, key: Term, start: number, height: number): Term | undefined {
  tokens.advance();
  const value = parseBinary(tokens, OPERAND_LEVEL);
  if (value === undefined || !tokens.at(Kind.in)) return undefined;
  const highest = Math.max(height, tokens.height);
  const at = tokens.span;
  tokens.advance();
  const domain = parseBinary(tokens, OPERAND_LEVEL);
  if (domain === undefined || !tokens.grow(Math.max(highest, tokens.height))) return undefined;
  return infixCall(MEMBER_WITH_KEY, at, [key, value, domain], start, tokens.previousEnd);
}

function continueMembership(tokens: TokenStream, first: Term, start: number): Term | undefined {
  let left = first;
  for (;;) {
    // `in[1]` and `in.x` are references, on whose behalf the term ends here.
    if (tokens.keywordBeginsRef) tokens.readAsName();
    if (!tokens.at(Kind.in)) return left;
    const { height } = tokens;
    const at = tokens.span;
    tokens.advance();
    const domain = parseBinary(tokens, OPERAND_LEVEL);
    if (domain === undefined || !tokens.grow(Math.max(height, tokens.height))) return undefined;
    left = infixCall(MEMBER, at, [left, domain], start, tokens.previousEnd);
  }
}

function parseBinary(tokens: TokenStream, level: number): Term | undefined {
  const { start } = tokens;
  const first = parseTerm(tokens);
  return first === undefined ? undefined : continueBinary(tokens, first, start, level);
}

/** Takes operators of this level and tighter ones. */
function continueBinary(tokens: TokenStream, first: Term, start: number, level: number): Term | undefined {
  let left = first;
  for (;;) {
    const operator = operatorOf(tokens.kind);
    if (operator === undefined || operator.level < level) return left;
    const { height } = tokens;
    const at = tokens.span;
    tokens.advance();
    const right = parseBinary(tokens, operator.level + 1);
    if (right === undefined || !tokens.grow(Math.max(height, tokens.height))) return undefined;
    left = infixCall(operator, at, [left, right], start, tokens.previousEnd);
  }
}
