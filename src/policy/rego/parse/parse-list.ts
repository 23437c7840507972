/** Terms with commas between them, and one behind the last if one likes. */
import type { ObjectEntry, Term } from '../syntax.ts';
import { Kind, TOKEN_TEXTS, type TokenKind } from './token-kind.ts';
import type { TokenStream } from './token-stream.ts';

/** From here to `close`, which is taken, onto those that were parsed; the height is then the highest one's. */
export function parseTermList(tokens: TokenStream, close: TokenKind, elements: Term[]): Term[] | undefined {
  let { height } = tokens;
  if (elements.length === 0) height = 0;
  while (!tokens.at(close)) {
    const element = tokens.grammar.parseInfix(tokens, false);
    if (element === undefined) return undefined;
    elements.push(element);
    height = Math.max(height, tokens.height);
    if (!tokens.accept(Kind.comma)) break;
  }
  if (!tokens.accept(close)) return unexpectedInList(tokens, close);
  tokens.height = height;
  return elements;
}

export function parseEntryList(tokens: TokenStream, entries: ObjectEntry[]): ObjectEntry[] | undefined {
  let { height } = tokens;
  while (!tokens.at(Kind.rightBrace)) {
    const key = tokens.grammar.parseInfix(tokens, false);
    if (key === undefined) return undefined;
    height = Math.max(height, tokens.height);
    if (!tokens.accept(Kind.colon)) return tokens.unexpected('`:` and a value', { opa: 'expected ":"' });
    const value = tokens.grammar.parseInfix(tokens, false);
    if (value === undefined) return undefined;
    height = Math.max(height, tokens.height);
    entries.push({ key, value });
    if (!tokens.accept(Kind.comma)) break;
  }
  if (!tokens.accept(Kind.rightBrace)) return unexpectedInList(tokens, Kind.rightBrace);
  tokens.height = height;
  return entries;
}

function unexpectedInList(tokens: TokenStream, close: TokenKind): undefined {
  const text = TOKEN_TEXTS[close] ?? '';
  return tokens.unexpected(`\`,\` or \`${text}\``, { opa: `expected "," or ${JSON.stringify(text)}` });
}
