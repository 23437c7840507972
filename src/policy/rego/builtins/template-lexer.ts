/** The text of a template cut into what is copied, and the tokens of its actions. */
import { err, ok, type Result } from '../../../kernel/result.ts';

export type Token = {
  readonly kind: 'word' | 'field' | 'variable' | 'string' | 'raw' | 'character' | 'number' | 'mark' | 'dot' | 'space';
  readonly text: string;
};

export type Piece = {
  readonly line: number;
  /** Of text: what is copied. */
  readonly text?: string;
  readonly tokens?: readonly Token[];
};

const TOKEN =
  /(?<space>[ \t\r\n]+)|(?<string>"(?:[^"\\\n]|\\.)*")|(?<raw>`[^`]*`)|(?<character>'(?:[^'\\\n]|\\[^\n]+?)')|(?<number>[+-]?(?:0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?))|(?<field>\.[\p{L}_][\p{L}\p{Nd}_]*)|(?<variable>\$[\p{L}\p{Nd}_]*)|(?<word>[\p{L}_][\p{L}\p{Nd}_]*)|(?<mark>:=|[=|(),])|(?<dot>\.)/uy;

/** Pieces in order, or the first problem in the words of Go. */
export function lexTemplate(text: string): Result<readonly Piece[], string> {
  const pieces: Piece[] = [];
  let [at, line, trims] = [0, 1, false];
  for (;;) {
    const open = text.indexOf('{{', at);
    const end = open < 0 ? text.length : open;
    const trimsBefore = open >= 0 && /^\{\{-[ \t\r\n]/.test(text.slice(open, open + 4));
    let copied = text.slice(at, end);
    if (trims) copied = copied.replace(/^[ \t\r\n]+/, '');
    if (trimsBefore) copied = copied.replace(/[ \t\r\n]+$/, '');
    if (copied !== '') pieces.push({ line, text: copied });
    line += linesIn(text, at, end);
    if (open < 0) return ok(pieces);
    const start = open + (trimsBefore ? 4 : 2);
    const action = text.startsWith('/*', start) ? lexComment(text, start) : lexAction(text, start);
    if (typeof action === 'string') return err(`template: template:${line}: ${action}`);
    if (action.tokens.length > 0) pieces.push({ line, tokens: action.tokens });
    line += linesIn(text, end, action.end);
    [at, trims] = [action.end, action.trims];
  }
}

function linesIn(text: string, from: number, to: number): number {
  return text.slice(from, to).split('\n').length - 1;
}

type Action = { readonly tokens: readonly Token[]; readonly end: number; readonly trims: boolean };

function lexComment(text: string, start: number): Action | string {
  const close = text.indexOf('*/', start);
  if (close < 0) return 'unclosed comment';
  const after = /^(?:[ \t\r\n]-)?\}\}/.exec(text.slice(close + 2, close + 6))?.[0];
  if (after === undefined) return 'comment ends before closing delimiter';
  return { tokens: [], end: close + 2 + after.length, trims: after.length > 2 };
}

function lexAction(text: string, start: number): Action | string {
  const tokens: Token[] = [];
  for (let at = start; ;) {
    const close = /^(?:[ \t\r\n]-)?\}\}/.exec(text.slice(at, at + 4))?.[0];
    if (close !== undefined) {
      return { tokens: withoutOuterSpace(tokens), end: at + close.length, trims: close.length > 2 };
    }
    if (at >= text.length) return 'unclosed action';
    TOKEN.lastIndex = at;
    const found = TOKEN.exec(text);
    if (found === null) return unexpected(text, at);
    const [kind] = Object.entries(found.groups ?? {}).find(([, part]) => part !== undefined) ?? ['mark'];
    tokens.push({ kind: kind as Token['kind'], text: found[0] });
    at += found[0].length;
  }
}

function unexpected(text: string, at: number): string {
  const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
  if (character === '"') return 'unterminated quoted string';
  if (character === '`') return 'unterminated raw quoted string';
  if (character === "'") return 'unterminated character constant';
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return `bad character U+${code} '${character}'`;
}

function withoutOuterSpace(tokens: readonly Token[]): readonly Token[] {
  const start = tokens[0]?.kind === 'space' ? 1 : 0;
  return tokens.slice(start, tokens.at(-1)?.kind === 'space' ? -1 : undefined);
}
