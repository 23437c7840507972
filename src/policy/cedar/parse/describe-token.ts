/** A token in words, and what its author most likely meant. */
import type { TokenKind } from './lexer.ts';
import { quote } from './quote.ts';

export function describeToken(kind: TokenKind, text: string): string {
  if (kind === 'end') return 'the end of the text';
  if (kind === 'unclosed') return `a string that is not closed: ${quote(text)}`;
  if (kind === 'string') return `the string ${quote(text)}`;
  if (kind === 'number') return `the number ${quote(text)}`;
  return kind === 'unknown' ? describeCharacter(text) : quote(text);
}

function describeCharacter(text: string): string {
  const code = (text.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return /^[!-~]$/u.test(text) ? quote(text) : `the character ${quote(text)} (U+${code})`;
}

/** What the mistakes of those look like who come from other languages, or from a word processor. */
const HINTS: Readonly<Record<string, string>> = {
  '&': 'the operator is `&&`',
  '|': 'the operator is `||`',
  "'": 'strings stand in double quotes',
  '`': 'strings stand in double quotes',
  '“': 'these are typographic quotes: a string stands in `"`',
  '”': 'these are typographic quotes: a string stands in `"`',
  '„': 'these are typographic quotes: a string stands in `"`',
  '‘': 'these are typographic quotes: a string stands in `"`',
  '’': 'these are typographic quotes: a string stands in `"`',
  '\u{feff}': 'save the file as UTF-8 without a byte order mark',
  '=': 'equality is `==`',
  '#': 'comments begin with `//`',
  '/': 'comments begin with `//`, there are no others; division is not supported',
  '?': 'a slot is `?principal` or `?resource`; a choice is `if … then … else …`',
  and: 'the operator is `&&`',
  or: 'the operator is `||`',
  not: 'negation is `!`',
  AND: 'the operator is `&&`',
  OR: 'the operator is `||`',
  NOT: 'negation is `!`',
};

type TokenPlace = {
  readonly kind: TokenKind;
  readonly text: string;
  readonly start: number;
  readonly previousEnd: number;
  readonly source: { readonly text: string };
};

export function hintForToken(token: TokenPlace): string | undefined {
  const { kind, text, start, previousEnd } = token;
  const before = token.source.text.charAt(previousEnd - 1);
  if (kind === 'unclosed') return 'a `"` is missing at its end, or somewhere before';
  // In `"alice, … "bob`: what was meant to open a string closed the one before.
  const closesTooLate = before === '"' && previousEnd === start && kind === 'identifier';
  if (closesTooLate) return 'the string before it ends here: a `"` is missing somewhere before';
  if (kind === 'unknown' && text === '\\') return 'a backslash stands in strings only';
  return Object.hasOwn(HINTS, text) ? HINTS[text] : undefined;
}
