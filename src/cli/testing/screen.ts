/** A terminal whose output can be read: what an operator would have seen. */
import { terminal as makeTerminal, type Terminal } from '../terminal.ts';

export type Screen = {
  readonly terminal: Terminal;
  /** Everything that was written to standard output, and to standard error. */
  readonly out: () => string;
  readonly err: () => string;
};

export function screen(color = false): Screen {
  const [out, err]: [string[], string[]] = [[], []];
  const terminal = makeTerminal({
    out: { write: (text) => out.push(text) },
    err: { write: (text) => err.push(text) },
    color,
  });
  return { terminal, out: () => out.join(''), err: () => err.join('') };
}

/** What moves the cursor, changes the direction of text, or cannot be seen. A line that was printed holds none. */
export const UNFIT_FOR_LINES: RegExp = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
