/** What cedar-wasm says is wrong, as a problem of ours: its sentence, its help as the hint, its place in our text. */
import type { Problem } from '../../../kernel/problem.ts';
import type { Span } from '../syntax.ts';
import type { CedarWasm } from './load-cedar-wasm.ts';

/** A hint is one sentence, and the help of a parser may list all that could have stood there. */
const MAX_LENGTH = 500;

export function problemOf(code: string, error: CedarWasm.DetailedError): Omit<Problem, 'at'> {
  const labels = (error.sourceLocations ?? []).map(({ label }) => label);
  const hint = error.help ?? labels.find((label) => label !== null && label !== undefined);
  const message = cut(error.message);
  return hint === undefined ? { code, message } : { code, message, hint: cut(hint) };
}

/** Lower case, without a full stop; Cedar's own sentences are so already, but for names that begin them. */
function cut(text: string): string {
  const line = text.replaceAll(/\s*\n\s*/gu, ' ').replace(/\.$/u, '');
  return line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH).toWellFormed()}…` : line;
}

/**
 * The first of its places that lies in the text, in bytes. A name that Cedar made itself, of a part of the schema, has
 * a place in that name and not in the text: it begins at 0, where no text of a user has a name.
 */
export function placeOf(
  error: CedarWasm.DetailedError,
  text: string,
  toUnits: (byte: number) => number,
): Span | undefined {
  for (const { start, end } of error.sourceLocations ?? []) {
    const span = { start: toUnits(start), end: toUnits(end) };
    if (span.start > text.length || span.end < span.start) continue;
    if (start === 0 && !/\s/u.test(text.slice(0, span.end))) continue;
    return span;
  }
  return undefined;
}
