/** A place in a text that a user wrote: what every reason and every problem of a policy points at. */

/** `line` and `column` count from 1, columns in UTF-16 units; the end is exclusive. */
export type SourceSpan = {
  /** As the user named it, relative to the folder that was given. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
};

/** `file:line:column`, which editors and terminals turn into a link. */
export function formatSpan(span: SourceSpan): string {
  return `${span.file}:${span.line}:${span.column}`;
}

/** The line of the text with carets below the span's first line; empty when the span is outside the text. */
export function excerpt(text: string, span: SourceSpan): string {
  const line = text.split(/\r?\n/u)[span.line - 1];
  if (line === undefined) return '';
  const number = String(span.line);
  const end = span.endLine === span.line ? span.endColumn : line.length + 1;
  // Tabs are kept in the margin, so that the caret stands below the same character on any tab width.
  const margin = line.slice(0, span.column - 1).replaceAll(/[^\t]/gu, ' ');
  const carets = '^'.repeat(Math.max(1, Math.min(end, line.length + 1) - span.column));
  return `${number} | ${line}\n${' '.repeat(number.length)} | ${margin}${carets}`;
}
