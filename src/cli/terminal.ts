/** Where the command line writes: plain text, coloured on a terminal that wants it, and tables. */
import { stripVTControlCharacters, styleText } from 'node:util';

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

export type Terminal = {
  readonly print: (line: string) => void;
  readonly complain: (line: string) => void;
  readonly style: (style: Style, text: string) => string;
};

export type Streams = {
  readonly out: { readonly write: (text: string) => unknown };
  readonly err: { readonly write: (text: string) => unknown };
  readonly color: boolean;
};

export function terminal({ out, err, color }: Streams): Terminal {
  return {
    print: (line) => void out.write(`${line}\n`),
    complain: (line) => void err.write(`${line}\n`),
    style: (style, text) => (color ? styleText(style, text, { validateStream: false }) : text),
  };
}

/** Columns as wide as their widest cell; colours do not count. The last column is not padded. */
export function table(rows: readonly (readonly string[])[], indent = ''): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) {
      widths[column] = Math.max(widths[column] ?? 0, stripVTControlCharacters(cell).length);
    }
  }
  return rows.map((row) => {
    const cells = row.map((cell, column) => {
      if (column === row.length - 1) return cell;
      return cell + ' '.repeat((widths[column] ?? 0) - stripVTControlCharacters(cell).length);
    });
    return `${indent}${cells.join('  ')}`.trimEnd();
  });
}

/**
 * Text that came from a caller or a file, made fit for a terminal: control characters are shown, not obeyed, so that
 * a request's path cannot move the cursor or set the title.
 */
export function harmless(text: string): string {
  return text.replaceAll(UNFIT, escaped);
}

/** One line of JSON for machines, of which a terminal that happens to show it obeys nothing either. */
export function jsonLine(value: unknown): string {
  return harmlessJson(JSON.stringify(value));
}

/** The same of one line of JSON that was written already: what it means stays. */
export function harmlessJson(line: string): string {
  return line.replaceAll(UNFIT, escaped);
}

/** Controls, formatting (direction, width zero), and what ends a line elsewhere. */
const UNFIT = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** As JSON writes it: a pair of surrogates is two escapes. */
function escaped(character: string): string {
  const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}

/** Wall time of the day, for a person watching. */
export function clockTime(milliseconds: number): string {
  return new Date(milliseconds).toTimeString().slice(0, 8);
}
