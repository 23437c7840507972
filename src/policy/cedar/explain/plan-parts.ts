/** Walking plans: the parts of one, how many there are, and the paths by which it reads what it is about. */
import { describeValue } from '../emit/describe-value.ts';
import { quoteString } from '../parse/escapes.ts';
import type { Plan, PlanOf } from '../plan/plan.ts';
import type { Variable } from '../syntax.ts';
import { Entity } from '../value.ts';

/** In the order of their text. */
export function partsOf(plan: Plan): readonly Plan[] {
  switch (plan.kind) {
    case 'constant':
    case 'variable':
      return [];
    case 'and':
    case 'or':
      return plan.operands;
    case 'not':
    case 'negate':
    case 'isEmpty':
    case 'attribute':
    case 'has':
    case 'like':
      return [plan.operand];
    case 'binary':
      return [plan.left, plan.right];
    case 'if':
      return [plan.condition, plan.consequent, plan.alternate];
    case 'is':
      return plan.in === undefined ? [plan.operand] : [plan.operand, plan.in];
    case 'set':
      return plan.elements;
    case 'record':
      return plan.fields.map(({ value }) => value);
    case 'call':
      return plan.arguments;
  }
}

/**
 * Something that can be otherwise without the policy being so: a variable, an attribute or a tag, reached by names
 * alone. As text `context.ip`, `principal.manager["full name"]`, `resource.getTag("owner")`.
 */
export function pathOf(plan: Plan): string | undefined {
  if (plan.kind === 'variable') return plan.name;
  if (plan.kind === 'attribute') {
    const owner = ownerOf(plan.operand);
    return owner === undefined ? undefined : `${owner}${selector(plan.name)}`;
  }
  if (plan.kind !== 'binary' || plan.operator !== 'getTag' || plan.right.kind !== 'constant') return undefined;
  const owner = ownerOf(plan.left);
  return owner === undefined ? undefined : `${owner}.getTag(${describeValue(plan.right.value)})`;
}

function ownerOf(plan: Plan): string | undefined {
  if (plan.kind === 'constant') return plan.value instanceof Entity ? describeValue(plan.value) : undefined;
  return pathOf(plan);
}

function selector(name: string): string {
  return /^[_a-zA-Z][_a-zA-Z0-9]*$/u.test(name) ? `.${name}` : `[${quoteString(name)}]`;
}

/** What a `has` asks about, as if it were read. */
export function attributeOfHas({ operand, path, span }: PlanOf<'has'>): Plan {
  return path.reduce<Plan>(
    (owner, name) => ({ kind: 'attribute', span, gives: 'unknown', operand: owner, name }),
    operand,
  );
}

export function tagOf({ left, right, span }: PlanOf<'binary'>): Plan {
  return { kind: 'binary', span, gives: 'unknown', operator: 'getTag', left, right };
}

/** The longest paths that a plan reads; each once, in the order of the text, up to the limit. */
export function pathsIn(plan: Plan, limit: number): readonly Plan[] {
  const found = new Map<string, Plan>();
  const visit = (part: Plan): void => {
    if (found.size >= limit) return;
    const read = readOf(part);
    const path = pathOf(read);
    if (path === undefined) for (const inner of partsOf(part)) visit(inner);
    else if (!found.has(path)) found.set(path, read);
  };
  visit(plan);
  return [...found.values()];
}

function readOf(plan: Plan): Plan {
  if (plan.kind === 'has') return attributeOfHas(plan);
  return plan.kind === 'binary' && plan.operator === 'hasTag' ? tagOf(plan) : plan;
}

export function variablesIn(plan: Plan): ReadonlySet<Variable> {
  const found = new Set<Variable>();
  const visit = (part: Plan): void => {
    if (part.kind === 'variable') found.add(part.name);
    for (const inner of partsOf(part)) visit(inner);
  };
  visit(plan);
  return found;
}
