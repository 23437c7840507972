/** User text in a message: in backticks, on one line, and not too much of it. */

/** Enough to recognise what is meant, short enough for one line of a terminal. */
const MAX_QUOTED_CHARACTERS = 60;

// Lone surrogates are among them: a message must be writable as UTF-8.
const UNSHOWABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

export function quote(text: string): string {
  const shown = text.length > MAX_QUOTED_CHARACTERS ? `${text.slice(0, MAX_QUOTED_CHARACTERS)}…` : text;
  return `\`${shown.replaceAll(UNSHOWABLE, '\u{fffd}')}\``;
}

/** `a`, `b` or `c`. */
export function quoteList(texts: readonly string[], word = 'or'): string {
  const shown = texts.map(quote);
  const last = shown.pop() ?? 'nothing';
  return shown.length === 0 ? last : `${shown.join(', ')} ${word} ${last}`;
}
