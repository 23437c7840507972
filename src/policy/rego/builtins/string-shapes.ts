/** Letters and spaces as Go's Unicode tables have them, a code point at a time. */
import { isFlat } from '../values/code-points.ts';

export function codePoints(text: string): string[] {
  return isFlat(text) ? text.split('') : Array.from(text);
}

// oxlint-disable-next-line no-control-regex -- the whole range of ASCII is meant
const ASCII = /^[\u0000-\u007f]*$/;

export function lower(text: string): string {
  return ASCII.test(text) ? text.toLowerCase() : mapLetters(text, (letter) => letter.toLowerCase());
}

export function upper(text: string): string {
  return ASCII.test(text) ? text.toUpperCase() : mapLetters(text, (letter) => letter.toUpperCase());
}

/** Long texts in pieces, since most pieces have no letter that is special. */
const PIECE_LENGTH = 4096;

/** A letter becomes one letter: `ß` has no capital, and `Σ` at the end of a word is like any other. */
function mapLetters(text: string, map: (letters: string) => string): string {
  if (text.length <= PIECE_LENGTH) return mapPiece(text, map);
  let mapped = '';
  for (let start = 0; start < text.length;) {
    const last = text.charCodeAt(start + PIECE_LENGTH - 1);
    // A pair of surrogates is one letter.
    const end = start + PIECE_LENGTH - (last >= 0xd800 && last <= 0xdbff ? 1 : 0);
    mapped += mapPiece(text.slice(start, end), map);
    start = end;
  }
  return mapped;
}

/** No letter becomes shorter: where the length is the same, every letter became one. */
function mapPiece(piece: string, map: (letters: string) => string): string {
  const whole = map(piece);
  if (whole.length === piece.length && !piece.includes('Σ')) return whole;
  return Array.from(piece, (letter) => {
    const mapped = map(letter);
    return mapped.length === letter.length ? mapped : (SINGLE.get(letter) ?? letter);
  }).join('');
}

/** Letters that JavaScript makes two of, and Unicode's simple mapping one. */
const SINGLE: ReadonlyMap<string, string> = new Map([['İ', 'i']]);

const SPACE_AT_START = /^[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/;
const SPACE = /[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;

export function trimSpace(text: string): string {
  const start = text.replace(SPACE_AT_START, '');
  let end = start.length;
  while (end > 0 && SPACE.test(start.charAt(end - 1))) end -= 1;
  return start.slice(0, end);
}

/** Without the leading characters that `cutset` has. */
export function trimLeft(text: string, cutset: string): string {
  const cut = new Set(codePoints(cutset));
  let start = 0;
  for (const character of text) {
    if (!cut.has(character)) break;
    start += character.length;
  }
  return text.slice(start);
}

export function trimRight(text: string, cutset: string): string {
  const cut = new Set(codePoints(cutset));
  let end = text.length;
  while (end > 0) {
    const isPair = end > 1 && (text.codePointAt(end - 2) ?? 0) > 0xffff;
    const start = end - (isPair ? 2 : 1);
    if (!cut.has(text.slice(start, end))) break;
    end = start;
  }
  return text.slice(0, end);
}
