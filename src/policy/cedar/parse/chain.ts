/** Chains of `&&` and of `||`: one node each, however they were written. */
import type { Expression, Span } from '../syntax.ts';

/**
 * The node over the operands. Operands that are chains of the same kind become part of it, which both operators allow
 * because they are associative, errors and the types of what is evaluated included: `a && (b && c)` is `a && b && c`.
 */
export function chainNode(kind: 'and' | 'or', operands: readonly Expression[], span: Span): Expression {
  if (!operands.some((operand) => operand.kind === kind)) return { span, kind, operands };
  const flat: Expression[] = [];
  for (const operand of operands) {
    if (operand.kind === kind) for (const inner of operand.operands) flat.push(inner);
    else flat.push(operand);
  }
  return { span, kind, operands: flat };
}
