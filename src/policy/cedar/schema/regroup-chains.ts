/** Long chains of `&&` and `||` as trees of short ones: the same policy, for readers that recurse along a chain. */
import type { Expression, PolicySyntax, Span } from '../syntax.ts';

/** Two levels of such groups hold ten thousand operands. */
const GROUP = 100;

/** The policy itself where no chain is long. Only what is joined by `&&`, `||` and `!` is looked into. */
export function regroupChains(policy: PolicySyntax): PolicySyntax {
  const conditions = policy.conditions.map((condition) => {
    const body = regroup(condition.body);
    return body === condition.body ? condition : { ...condition, body };
  });
  return conditions.every((condition, index) => condition === policy.conditions[index])
    ? policy
    : { ...policy, conditions };
}

function regroup(expression: Expression): Expression {
  switch (expression.kind) {
    case 'and':
    case 'or': {
      const { kind, span } = expression;
      let operands = expression.operands.map(regroup);
      const isSame = operands.every((operand, index) => operand === expression.operands[index]);
      if (isSame && operands.length <= GROUP) return expression;
      while (operands.length > GROUP) operands = groupsOf(operands, kind, span);
      return { kind, operands, span };
    }
    case 'not': {
      const operand = regroup(expression.operand);
      return operand === expression.operand ? expression : { ...expression, operand };
    }
    case 'literal':
    case 'entity':
    case 'variable':
    case 'negate':
    case 'isEmpty':
    case 'binary':
    case 'if':
    case 'attribute':
    case 'has':
    case 'like':
    case 'is':
    case 'set':
    case 'record':
    case 'call':
      return expression;
  }
}

function groupsOf(operands: readonly Expression[], kind: 'and' | 'or', span: Span): Expression[] {
  const groups: Expression[] = [];
  for (let start = 0; start < operands.length; start += GROUP) {
    const group = operands.slice(start, start + GROUP);
    const [only] = group;
    groups.push(only !== undefined && group.length === 1 ? only : { kind, operands: group, span });
  }
  return groups;
}
