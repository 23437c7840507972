/** An expression as its author wrote it, cut where it grows long. */
import { printExpression } from '../parse/print.ts';
import type { Expression, PolicySource } from '../syntax.ts';
import { MAX_CONDITION_LENGTH } from './limits.ts';

/** Policies in JSON form are shown in the text form: that is what people read. */
export function sourceText({ file, text }: PolicySource, expression: Expression): string {
  const { start, end } = expression.span;
  const shown = file.endsWith('.json')
    ? printExpression(expression)
    : text.slice(start, Math.min(end, start + MAX_CONDITION_LENGTH + 1));
  return shown.length > MAX_CONDITION_LENGTH ? `${shown.slice(0, MAX_CONDITION_LENGTH).toWellFormed()}…` : shown;
}
