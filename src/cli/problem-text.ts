/** A problem as a person reads it: what, where with an excerpt, and what to do next. */
import type { Problem } from '../kernel/problem.ts';
import { excerpt, formatSpan } from '../kernel/source-span.ts';
import { harmless, type Terminal } from './terminal.ts';

/** `textOf` gives the text of a file that a problem points into, if it can be read. */
export function problemLines(
  problem: Problem,
  { style }: Pick<Terminal, 'style'>,
  textOf: (file: string) => string | undefined = () => undefined,
): string[] {
  const { at } = problem;
  const lines = [
    `${style('red', 'error')}: ${harmless(problem.message)} ${style('dim', `[${harmless(problem.code)}]`)}`,
  ];
  if (at !== undefined) {
    lines.push(`  at ${style('cyan', harmless(formatSpan(at)))}`);
    const text = textOf(at.file);
    const shown = text === undefined ? '' : excerpt(text, at);
    if (shown !== '') lines.push(...shown.split('\n').map((line) => `    ${harmless(line.replaceAll('\t', '  '))}`));
  }
  if (problem.hint !== undefined) lines.push(`  ${style('bold', 'hint')}: ${harmless(problem.hint)}`);
  return lines;
}
