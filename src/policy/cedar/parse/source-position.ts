/** From offsets in a policy's text to the lines and columns that people and editors count in. */
import type { SourceSpan } from '../../../kernel/source-span.ts';
import type { PolicySource, Span } from '../syntax.ts';

/** A source that remembers where its lines begin, so that a thousand spans of one text cost one pass over it. */
export class SourceText implements PolicySource {
  readonly file: string;
  readonly text: string;
  /** Offsets of the first character of each line; made when the first position is asked for. */
  #lineStarts: readonly number[] | undefined;

  constructor(file: string, text: string) {
    this.file = file;
    this.text = text;
  }

  /** Both count from 1; an offset beyond the text is its end. */
  position(offset: number): { readonly line: number; readonly column: number } {
    const starts = (this.#lineStarts ??= lineStartsOf(this.text));
    const at = Math.max(0, Math.min(offset, this.text.length));
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((starts[middle] ?? 0) <= at) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: at - (starts[low] ?? 0) + 1 };
  }
}

/** Fast for the sources that the parser made; for any other it counts the lines each time. */
export function sourceSpan(source: PolicySource, span: Span): SourceSpan {
  const text = source instanceof SourceText ? source : new SourceText(source.file, source.text);
  const start = text.position(span.start);
  const end = text.position(span.end);
  return {
    file: text.file,
    line: start.line,
    column: start.column,
    endLine: end.line,
    endColumn: end.column,
  };
}

function lineStartsOf(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}
