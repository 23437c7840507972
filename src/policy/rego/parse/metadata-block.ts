/** `# METADATA` blocks: comments at the beginning of lines, from that word on to the first line that is none. */
import type { Span } from '../../source-position.ts';

/** `yaml` is what stands in the comments; `lines` are the offsets of the comments that its lines come from. */
export type MetadataBlock = Span & { readonly yaml: string; readonly lines: readonly number[] };

/** `comments`: start and end of each comment that begins its line, one after the other. */
export function metadataBlocks(text: string, comments: readonly number[]): readonly MetadataBlock[] {
  const blocks: MetadataBlock[] = [];
  for (let index = 0; index < comments.length; index += 2) {
    const start = comments[index] ?? 0;
    let end = comments[index + 1] ?? 0;
    if (!opensBlock(text, start, end)) continue;
    let yaml = '';
    const lines: number[] = [];
    // The next comment belongs to it when only a line feed stands between.
    while (comments[index + 2] === end + 1) {
      const lineStart = comments[index + 2] ?? 0;
      const lineEnd = comments[index + 3] ?? 0;
      if (opensBlock(text, lineStart, lineEnd)) break;
      yaml += `${text
        .slice(lineStart + 1, lineEnd)
        .replace(/^ /u, '')
        .replace(/\r+$/u, '')}\n`;
      lines.push(lineStart);
      end = lineEnd;
      index += 2;
    }
    blocks.push({ start, end, yaml, lines });
  }
  return blocks;
}

function opensBlock(text: string, start: number, end: number): boolean {
  return /^[\t\v\f\r \u0085\u00a0]*METADATA/u.test(text.slice(start + 1, Math.min(end, start + 64)));
}
