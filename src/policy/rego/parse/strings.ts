/** Strings as they are written: where one ends, and what it means; the same for the pieces of templates. */
import type { ProblemList } from './problem-list.ts';
import { quote } from './quote.ts';

const LINE_FEED = 0x0a;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LEFT_BRACE = 0x7b;
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

/** Behind the closing quote; undefined where there is none on the line, which is reported. */
export function endOfString(text: string, from: number, problems: ProblemList): number | undefined {
  for (let at = from; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at + 1;
    if (code === LINE_FEED) break;
    if (code === BACKSLASH) at += skipEscape(text, at, problems);
  }
  reportUnclosed(text, from - 1, 'a string must be closed on its line', problems);
  return undefined;
}

export function endOfRawString(text: string, from: number, problems: ProblemList): number | undefined {
  const end = text.indexOf('`', from);
  if (end !== -1) return end + 1;
  reportUnclosed(text, from - 1, 'a raw string goes up to the next backtick', problems);
  return undefined;
}

/** Behind the `{` that opens an expression, or behind the closing quote. */
export function endOfTemplatePiece(text: string, from: number, problems: ProblemList): number | undefined {
  for (let at = from; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE || code === LEFT_BRACE) return at + 1;
    if (code === LINE_FEED) break;
    if (code !== BACKSLASH) continue;
    if (text.charCodeAt(at + 1) === LEFT_BRACE) at += 1;
    else at += skipEscape(text, at, problems);
  }
  reportUnclosed(text, from - 1, 'a template string must be closed on its line', problems);
  return undefined;
}

export function endOfRawTemplatePiece(text: string, from: number, problems: ProblemList): number | undefined {
  for (let at = from; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '`' || character === '{') return at + 1;
    if (character === '\\' && text.charAt(at + 1) === '{') at += 1;
  }
  reportUnclosed(text, from - 1, 'a raw template string goes up to the next backtick', problems);
  return undefined;
}

/** How many characters after the backslash belong to it. */
function skipEscape(text: string, at: number, problems: ProblemList): number {
  const next = text.charAt(at + 1);
  if (ESCAPES.has(next)) return 1;
  if (next === 'u' && /^[0-9a-fA-F]{4}$/u.test(text.slice(at + 2, at + 6))) return 5;
  const hint =
    next === 'u'
      ? '`\\u` takes four hexadecimal digits'
      : 'a backslash is written `\\\\`; in a raw string, in backticks, it stands for itself';
  const message = `there is no escape ${quote(text.slice(at, at + 2))}`;
  problems.add({ code: 'rego/bad-escape', message, start: at, end: at + 2, hint });
  // The line feed and the quote behind a wrong escape still end the string.
  return next === '\n' || next === 'u' ? 0 : 1;
}

function reportUnclosed(text: string, start: number, hint: string, problems: ProblemList): void {
  const lineEnd = text.indexOf('\n', start);
  const end = lineEnd === -1 ? text.length : lineEnd;
  const message = `the string ${quote(text.slice(start, end))} is not closed`;
  problems.add({ code: 'rego/unclosed-string', message, start, end, hint, opa: 'non-terminated string' });
}

/**
 * What stands between the quotes, unescaped. A string with an escape is JSON, so that a control character must be
 * escaped as well: undefined for one that is not. Half of a surrogate pair becomes U+FFFD, as OPA has it.
 */
export function unescape(content: string): string | undefined {
  if (!content.includes('\\')) return content;
  // oxlint-disable-next-line no-control-regex -- they are what JSON refuses
  if (/[\0-\u001f]/u.test(content)) return undefined;
  // The lexer has reported what is no escape.
  const text = content.replaceAll(/\\(?:u([0-9a-fA-F]{4})|([^]))/gu, (escape, hex?: string, letter = '') =>
    hex === undefined ? (ESCAPES.get(letter) ?? escape) : String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return text.toWellFormed();
}

/** A piece of a template, in which `\{` is `{`. */
export function unescapeTemplatePiece(content: string): string | undefined {
  if (!content.includes('\\')) return content;
  return unescape(content.replaceAll(/\\(?:\{|[^])/gu, (escape) => (escape === '\\{' ? '{' : escape)));
}

export function unescapeRawTemplatePiece(content: string): string {
  return content.replaceAll('\\{', '{');
}
