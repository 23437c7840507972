/** String literals and `like` patterns: from source text to characters, and back. */
import type { Pattern, Span } from '../syntax.ts';
import { quote } from './quote.ts';

export type EscapeProblem = { readonly message: string; readonly span: Span; readonly hint?: string };

type Refuse = (problem: EscapeProblem) => void;

/** A backslash and what belongs to it, or the one character that may not stand in a literal as it is. */
const SPECIAL = /^(?:\\(?:x[0-9a-fA-F]{0,2}|u\{[0-9a-fA-F_]*\}?|[^])|[^])/u;
const SIMPLE: Readonly<Record<string, string>> = {
  '\\n': '\n',
  '\\r': '\r',
  '\\t': '\t',
  '\\0': '\0',
  '\\\\': '\\',
  '\\"': '"',
  "\\'": "'",
};
const HINT =
  'escapes are `\\n`, `\\r`, `\\t`, `\\\\`, `\\0`, `\\"`, `\\\'`, `\\x7f` and `\\u{1f600}`; a backslash itself is `\\\\`';

/** The string that the characters from `start` to `end` of the text spell: what stands between the quotes. */
export function unescapeString(text: string, start: number, end: number, refuse: Refuse): string {
  let result = '';
  let plain = start;
  for (let at = nextSpecial(text, start, end); at < end; at = nextSpecial(text, plain, end)) {
    const escape = escapeAt(text, at, end);
    result += text.slice(plain, at) + (charactersOf(escape, at, refuse) ?? '');
    plain = at + escape.length;
  }
  return plain === start ? text.slice(start, end) : result + text.slice(plain, end);
}

/** The same for the right side of `like`: `*` is the wildcard however it is spelt, except as `\*`. */
export function unescapePattern(text: string, start: number, end: number, refuse: Refuse): Pattern {
  const pattern: (string | null)[] = [];
  let literal = '';
  const add = (characters: string): void => {
    const [first = '', ...others] = characters.split('*');
    literal += first;
    for (const other of others) {
      if (literal !== '') pattern.push(literal);
      pattern.push(null);
      literal = other;
    }
  };
  let plain = start;
  for (let at = nextSpecial(text, start, end); at < end; at = nextSpecial(text, plain, end)) {
    const escape = escapeAt(text, at, end);
    add(text.slice(plain, at));
    if (escape === '\\*') literal += '*';
    else add(charactersOf(escape, at, refuse) ?? '');
    plain = at + escape.length;
  }
  add(text.slice(plain, end));
  if (literal !== '') pattern.push(literal);
  return pattern;
}

function nextSpecial(text: string, from: number, end: number): number {
  for (let at = from; at < end; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === 0x5c || unit === 0x0d) return at;
  }
  return end;
}

function escapeAt(text: string, at: number, end: number): string {
  return SPECIAL.exec(text.slice(at, end))?.[0] ?? text.charAt(at);
}

function charactersOf(escape: string, at: number, refuse: Refuse): string | undefined {
  const simple = SIMPLE[escape];
  if (simple !== undefined) return simple;
  const span = { start: at, end: at + escape.length };
  if (escape === '\r') {
    const hint = 'write it as `\\r`, or end the lines of the file with a line feed alone';
    refuse({ message: 'a carriage return cannot stand in a string', span, hint });
    return undefined;
  }
  const character = /^\\x[0-7][0-9a-fA-F]$/u.test(escape)
    ? String.fromCharCode(Number.parseInt(escape.slice(2), 16))
    : unicodeOf(escape);
  if (character === undefined) refuse({ message: `${quote(escape)} is not an escape`, span, hint: hintOf(escape) });
  return character;
}

function unicodeOf(escape: string): string | undefined {
  if (!/^\\u\{[0-9a-fA-F][0-9a-fA-F_]*\}$/u.test(escape)) return undefined;
  const digits = escape.slice(3, -1).replaceAll('_', '');
  const codePoint = digits.length > 6 ? Number.POSITIVE_INFINITY : Number.parseInt(digits, 16);
  const isSurrogate = codePoint >= 0xd800 && codePoint <= 0xdfff;
  return codePoint > 0x10ffff || isSurrogate ? undefined : String.fromCodePoint(codePoint);
}

function hintOf(escape: string): string {
  if (escape === '\\*') return '`\\*` is for the patterns of `like` only: here it is `*`';
  if (escape.startsWith('\\x')) return '`\\x` takes two hexadecimal digits up to 7f; for others there is `\\u{…}`';
  if (escape.startsWith('\\u'))
    return '`\\u` takes up to six hexadecimal digits in braces, up to 10ffff, no surrogates';
  return HINT;
}

/** A literal of exactly these characters, in double quotes. */
export function quoteString(value: string): string {
  return `"${escapeCharacters(value)}"`;
}

export function quotePattern(pattern: Pattern): string {
  const parts = pattern.map((part) => (part === null ? '*' : escapeCharacters(part).replaceAll('*', '\\*')));
  return `"${parts.join('')}"`;
}

/** Besides what must be escaped: what a terminal would obey, or a reader not see. */
const TO_ESCAPE = /[\\"\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;
const SHORT: ReadonlyMap<string, string> = new Map(Object.entries(SIMPLE).map(([escape, value]) => [value, escape]));

function escapeCharacters(value: string): string {
  return value.replaceAll(
    TO_ESCAPE,
    (character) => SHORT.get(character) ?? `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
