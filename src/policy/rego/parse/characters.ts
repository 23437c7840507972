/** Characters that cannot stand where they stand, or nowhere at all, and what their author most likely meant. */
import type { Mistake, ProblemList } from './problem-list.ts';
import { quote } from './quote.ts';

/** NUL, half of a surrogate pair, and a byte order mark anywhere but first are refused in comments and strings too. */
export function checkCharacters(text: string, problems: ProblemList): void {
  for (let at = text.indexOf('\0'); at !== -1 && !problems.full; at = text.indexOf('\0', at + 1)) {
    const hint = 'in a string write `\\u0000`';
    problems.add({
      code: 'rego/illegal-character',
      message: 'the text contains a NUL character',
      start: at,
      end: at + 1,
      hint,
    });
  }
  for (let at = text.indexOf('\u{feff}', 1); at !== -1 && !problems.full; at = text.indexOf('\u{feff}', at + 1)) {
    const hint = 'a byte order mark may stand at the very beginning only; in a string write `\\ufeff`';
    const message = 'the text contains a byte order mark';
    problems.add({ code: 'rego/illegal-character', message, start: at, end: at + 1, hint });
  }
  if (!text.isWellFormed()) reportSurrogates(text, problems);
}

function reportSurrogates(text: string, problems: ProblemList): void {
  for (const match of text.matchAll(/\p{Cs}/gu)) {
    if (problems.full) return;
    const message = `the text is not valid Unicode: it contains ${quote(match[0])}, half of a pair`;
    problems.add({ code: 'rego/illegal-character', message, start: match.index, end: match.index + 1 });
  }
}

/** What the mistakes of those look like who come from other languages, or from a word processor. */
const HINTS: Readonly<Record<string, string>> = {
  '!': 'negation is `not`, inequality is `!=`',
  $: 'a template string is written `$"…{x}…"`',
  "'": 'strings stand in double quotes or in backticks',
  '“': 'these are typographic quotes: a string stands in `"`',
  '”': 'these are typographic quotes: a string stands in `"`',
  '„': 'these are typographic quotes: a string stands in `"`',
  '‘': 'these are typographic quotes: a string stands in `"`',
  '’': 'these are typographic quotes: a string stands in `"`',
  '\u{a0}': 'this is a non-breaking space: write a regular one',
  '?': 'there is no conditional expression: write `else`, or two rules',
  '^': 'there is no power operator; exclusive or is `bits.xor`',
  '~': 'the complement of bits is `bits.negate`',
  '\\': 'an expression may go on in the next line as it is',
};

/** Undefined where `checkCharacters` has reported it. */
export function characterMistake(text: string, start: number, end: number): Mistake | undefined {
  const character = text.slice(start, end);
  if (character === '\0' || character === '\u{feff}' || !character.isWellFormed()) return undefined;
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  const shown = /^[!-~]$/u.test(character) ? quote(character) : `${quote(character)} (U+${code})`;
  const hint =
    HINTS[character] ??
    (/\p{L}/u.test(character) ? 'names consist of `a` to `z`, `A` to `Z`, `0` to `9` and `_`' : undefined);
  return { code: 'rego/illegal-character', message: `the character ${shown} cannot stand here`, start, end, hint };
}
