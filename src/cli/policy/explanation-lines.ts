/** Why an answer of Rego is what it is, for a terminal. */
import type { RegoExplanation } from '../../policy/rego/explain/explanation.ts';
import { printExplanation } from '../../policy/rego/explain/print-explanation.ts';
import { harmless } from '../terminal.ts';

/** Every rule with its bodies, and the expressions that failed marked below their lines. */
export function explanationLines(
  explanation: RegoExplanation<unknown>,
  textOf: (file: string) => string | undefined,
): readonly string[] {
  const files = new Set(explanation.rules.flatMap(({ bodies }) => bodies.map(({ at }) => at.file)));
  if (explanation.query !== undefined) files.add(explanation.query.at.file);
  const sources = [...files].map((file) => ({ file, text: textOf(file) ?? '' }));
  const lines = printExplanation(explanation, sources).split('\n').slice(0, -1);
  return lines.map((line) => harmless(line.replaceAll('\t', '  ')));
}
