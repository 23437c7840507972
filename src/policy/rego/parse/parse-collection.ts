/** Arrays, objects, sets and comprehensions. */
import type { Body, ObjectEntry, Term } from '../syntax.ts';
import { parseEntryList, parseTermList } from './parse-list.ts';
import { Kind, type TokenKind } from './token-kind.ts';
import type { TokenStream } from './token-stream.ts';

export function parseArray(tokens: TokenStream): Term | undefined {
  const { start } = tokens;
  tokens.advance();
  if (tokens.accept(Kind.rightBracket)) return { kind: 'array', start, end: tokens.previousEnd, elements: [] };
  const mayBeComprehension = !tokens.accept(Kind.comma);
  const firstStart = tokens.start;
  const first = tokens.grammar.parseTerm(tokens);
  if (first === undefined) return undefined;
  const { height } = tokens;
  const body = mayBeComprehension ? tryBody(tokens, Kind.rightBracket) : undefined;
  if (tokens.failed) return undefined;
  if (body !== undefined) {
    if (!tokens.grow(Math.max(height, tokens.height))) return undefined;
    return { kind: 'arrayComprehension', start, end: tokens.previousEnd, element: first, body };
  }
  const element = tokens.grammar.continueInfix(tokens, first, firstStart, false);
  return element === undefined ? undefined : parseElements(tokens, 'array', element, start);
}

/** From behind the first element on. */
function parseElements(tokens: TokenStream, kind: 'array' | 'set', first: Term, start: number): Term | undefined {
  const close = kind === 'array' ? Kind.rightBracket : Kind.rightBrace;
  const elements = [first];
  if (!tokens.accept(Kind.comma) && !tokens.at(close)) {
    const wanted = kind === 'array' ? 'an operator, `,` or `]`' : 'an operator, `,`, `:` or `}`';
    return tokens.unexpected(wanted, { opa: kind === 'array' ? 'expected "," or "]"' : 'non-terminated set' });
  }
  if (parseTermList(tokens, close, elements) === undefined || !tokens.grow(tokens.height)) return undefined;
  return { kind, start, end: tokens.previousEnd, elements };
}

export function parseSetOrObject(tokens: TokenStream): Term | undefined {
  const { start } = tokens;
  tokens.advance();
  if (tokens.accept(Kind.rightBrace)) return { kind: 'object', start, end: tokens.previousEnd, entries: [] };
  const mayBeComprehension = !tokens.accept(Kind.comma);
  const firstStart = tokens.start;
  const first = tokens.grammar.parseTerm(tokens);
  if (first === undefined) return undefined;
  const { height } = tokens;
  const body = mayBeComprehension ? tryBody(tokens, Kind.rightBrace) : undefined;
  if (tokens.failed) return undefined;
  if (body !== undefined) {
    if (!tokens.grow(Math.max(height, tokens.height))) return undefined;
    return { kind: 'setComprehension', start, end: tokens.previousEnd, element: first, body };
  }
  const key = tokens.grammar.continueInfix(tokens, first, firstStart, false);
  if (key === undefined) return undefined;
  if (tokens.at(Kind.colon)) return parseObject(tokens, key, mayBeComprehension, start);
  return parseElements(tokens, 'set', key, start);
}

/** From the colon behind the first key on. */
function parseObject(tokens: TokenStream, key: Term, mayBeComprehension: boolean, start: number): Term | undefined {
  let { height } = tokens;
  tokens.advance();
  const firstStart = tokens.start;
  const first = tokens.grammar.parseTerm(tokens);
  if (first === undefined) return undefined;
  height = Math.max(height, tokens.height);
  const body = mayBeComprehension ? tryBody(tokens, Kind.rightBrace) : undefined;
  if (tokens.failed) return undefined;
  if (body !== undefined) {
    if (!tokens.grow(Math.max(height, tokens.height))) return undefined;
    return { kind: 'objectComprehension', start, end: tokens.previousEnd, key, value: first, body };
  }
  const value = tokens.grammar.continueInfix(tokens, first, firstStart, false);
  if (value === undefined) return undefined;
  if (!tokens.accept(Kind.comma) && !tokens.at(Kind.rightBrace)) {
    return tokens.unexpected('an operator, `,` or `}`', { opa: 'non-terminated object' });
  }
  tokens.height = Math.max(height, tokens.height);
  const entries: ObjectEntry[] = [{ key, value }];
  if (parseEntryList(tokens, entries) === undefined || !tokens.grow(tokens.height)) return undefined;
  return { kind: 'object', start, end: tokens.previousEnd, entries };
}

/**
 * The body of a comprehension behind a `|`. Where it ends at a comma, the `|` was the union of two sets in a list: then
 * the stream is back at the `|`, and has not failed.
 */
function tryBody(tokens: TokenStream, close: TokenKind): Body | undefined {
  if (!tokens.at(Kind.bar)) return undefined;
  const { height } = tokens;
  const body = tokens.guessUnlessAt(Kind.comma, () => {
    tokens.advance();
    return tokens.grammar.parseBody(tokens, close);
  });
  if (body === undefined) tokens.height = height;
  return body;
}
