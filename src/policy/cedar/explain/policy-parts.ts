/** A policy split into what can be evaluated by itself: the tests of its scope, and the conjuncts of its conditions. */
import type { CompiledPolicy } from '../authorize/policy-index.ts';
import { describeValue } from '../emit/describe-value.ts';
import type { ScopeTest } from '../emit/policy-function.ts';
import { sourceText } from './source-text.ts';
import type { Plan } from '../plan/plan.ts';
import type { Expression, PolicySyntax, Span } from '../syntax.ts';

export type PolicyPart = {
  /** `==` fixes who asks or what is asked about: farther away than any group or condition. */
  readonly origin: '==' | 'in' | 'condition';
  readonly span: Span;
  readonly plan: Plan;
  /** What the policy needs it to be. */
  readonly wanted: boolean;
  /** As its author wrote it. */
  readonly text: () => string;
};

/** In the order in which they are evaluated; the action and types are not among them. */
export function partsOfPolicy(policy: CompiledPolicy): readonly PolicyPart[] {
  const parts = scopeTests(policy).map((test) => scopePart(policy.syntax, test));
  for (const [index, { body, wanted }] of policy.planned.conditions.entries()) {
    const condition = policy.syntax.conditions[index];
    if (condition !== undefined) collect(parts, policy.syntax, condition.body, body, wanted);
  }
  return parts;
}

function scopeTests({ scope }: CompiledPolicy): readonly ScopeTest[] {
  const tests = scope.lookup === undefined ? scope.tests : [scope.lookup, ...scope.tests];
  return tests.toSorted((one, other) => (one.variable < other.variable ? -1 : Number(one.variable > other.variable)));
}

function scopePart(syntax: PolicySyntax, { variable, relation, entity }: ScopeTest): PolicyPart {
  const { span } = syntax[variable];
  return {
    origin: relation,
    span,
    plan: planOfTest({ variable, relation, entity }, span),
    wanted: true,
    text: () => `${variable} ${relation} ${describeValue(entity)}`,
  };
}

/** A test of the scope is an expression like any other. */
function planOfTest({ variable, relation, entity }: ScopeTest, span: Span): Plan {
  return {
    kind: 'binary',
    span,
    gives: 'boolean',
    operator: relation,
    left: { kind: 'variable', span, gives: 'entity', name: variable },
    right: { kind: 'constant', span, gives: 'entity', value: entity },
  };
}

/** `a && b` that must hold is two parts, and so is `a || b` that must not. */
function collect(parts: PolicyPart[], syntax: PolicySyntax, expression: Expression, plan: Plan, wanted: boolean): void {
  const splits = wanted ? 'and' : 'or';
  if (expression.kind === splits && plan.kind === splits) {
    for (const [index, operand] of plan.operands.entries()) {
      collect(parts, syntax, expression.operands[index] ?? expression, operand, wanted);
    }
  } else if (expression.kind === 'not' && plan.kind === 'not' && isChain(plan.operand, !wanted)) {
    collect(parts, syntax, expression.operand, plan.operand, !wanted);
  } else {
    const text = (): string => sourceText(syntax.source, expression);
    parts.push({ origin: 'condition', span: expression.span, plan, wanted, text });
  }
}

/** Whether it falls into several parts. */
function isChain(plan: Plan, wanted: boolean): boolean {
  return plan.kind === 'not' ? isChain(plan.operand, !wanted) : plan.kind === (wanted ? 'and' : 'or');
}
