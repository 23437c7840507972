/** User text in a message: in backticks, on one line, and not too much of it. */
import { MAX_QUOTED_CHARACTERS } from './limits.ts';

const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

export function quote(text: string): string {
  const shown = text.length > MAX_QUOTED_CHARACTERS ? `${text.slice(0, MAX_QUOTED_CHARACTERS)}…` : text;
  return `\`${shown.replaceAll(CONTROL, '\u{fffd}')}\``;
}

/** `a`, `b` or `c`; only the first few of a long list. */
export function quoteList(texts: readonly string[], word = 'or'): string {
  const most = 5;
  const shown = texts.slice(0, most).map(quote);
  if (texts.length > most) return `${shown.join(', ')} ${word} ${texts.length - most} more`;
  const last = shown.pop() ?? 'nothing';
  return shown.length === 0 ? last : `${shown.join(', ')} ${word} ${last}`;
}
