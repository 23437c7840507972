/** From text to tokens, by SpiceDB's rules: a line ends a statement behind a word, `}`, `)` or `*`. */
import type { ProblemList } from './problem-list.ts';
import type { Token, TokenKind } from './token.ts';

/** One token or comment at the place where the match is tried. Each alternative is linear. */
const TOKEN = new RegExp(
  [
    String.raw`(?<space>[ \t]+)`,
    String.raw`(?<line>[\r\n])`,
    String.raw`(?<comment>\/\/[^\r\n]*|\/\*[^]*?\*\/)`,
    String.raw`(?<word>[_\p{L}\p{Nd}]+)`,
    String.raw`(?<symbol>\.\.\.|\|\||&&|[!<>=]=|->|[{}()+|&?![\]%<>,=:;#*.\-/])`,
  ].join('|'),
  'uy',
);

/** Behind these a line ends a statement; `...` only where it names the object itself (`group#...`). */
const ENDS_STATEMENT: ReadonlySet<string> = new Set(['}', ')', '*']);

export function tokenize(text: string, problems: ProblemList): readonly Token[] {
  const tokens: Token[] = [];
  let comments: string[] = [];
  const push = (kind: TokenKind, start: number, end: number): void => {
    tokens.push({ kind, text: text.slice(start, end), start, end, comments });
    comments = [];
  };
  let at = 0;
  while (at < text.length) {
    const start = at;
    TOKEN.lastIndex = start;
    const groups = TOKEN.exec(text)?.groups;
    if (groups === undefined) {
      at = readOther(text, start, isRawPrefix(tokens.at(-1), start), problems);
      push(text[start] === '"' || text[start] === "'" ? 'string' : 'invalid', start, at);
      continue;
    }
    at = TOKEN.lastIndex;
    if (groups['comment'] !== undefined) comments.push(groups['comment']);
    else if (groups['word'] !== undefined) push('word', start, at);
    else if (groups['symbol'] !== undefined) {
      // `/*` without an end reads as a division and a star.
      if (text.startsWith('/*', start)) {
        problems.add({ code: 'relations/syntax', message: 'the comment has no end', start, end: start + 2 });
        at = text.length;
      } else push('symbol', start, at);
    } else if (groups['line'] !== undefined && endsStatement(tokens)) push('newline', start, at);
  }
  push('end', text.length, text.length);
  return tokens;
}

function endsStatement(tokens: readonly Token[]): boolean {
  const last = tokens.at(-1);
  if (last === undefined) return false;
  if (last.kind === 'word' || ENDS_STATEMENT.has(last.text)) return true;
  return last.text === '...' && tokens.at(-2)?.text === '#';
}

/** `r"…"` of CEL: no escapes in it. */
function isRawPrefix(token: Token | undefined, at: number): boolean {
  return token !== undefined && token.end === at && /^(?:[rR][bB]?|[bB][rR])$/u.test(token.text);
}

/** A string, or a character that has no meaning; returns where it ends. */
function readOther(text: string, start: number, raw: boolean, problems: ProblemList): number {
  const quote = text[start];
  if (quote !== '"' && quote !== "'") {
    const character = String.fromCodePoint(text.codePointAt(start) ?? 0);
    const end = start + character.length;
    problems.add({
      code: 'relations/syntax',
      message: `there is no place for the character ${describeCharacter(character)} in a schema`,
      start,
      end,
    });
    return end;
  }
  const triple = text.startsWith(quote.repeat(3), start);
  const terminator = triple ? quote.repeat(3) : quote;
  for (let at = start + terminator.length; at < text.length; at += 1) {
    if (text.startsWith(terminator, at)) return at + terminator.length;
    const character = text[at];
    if (character === '\\' && !raw) at += 1;
    if (!triple && (character === '\n' || character === '\r')) {
      problems.add({ code: 'relations/syntax', message: 'the string has no end on its line', start, end: at });
      return at;
    }
  }
  problems.add({ code: 'relations/syntax', message: 'the string has no end', start, end: start + 1 });
  return text.length;
}

function describeCharacter(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return /[\p{C}\p{Z}]/u.test(character) ? `U+${code}` : `\`${character}\` (U+${code})`;
}
