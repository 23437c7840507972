/** Trees in Cedar's JSON form, to compare them with what cedar-wasm makes of the same text. */
import type { ActionConstraint, Expression, Pattern, PolicySyntax, ScopeConstraint, ScopeEntity } from '../syntax.ts';

type Json = { readonly [name: string]: unknown };

/**
 * The JSON form of a policy, but for what has several spellings: chains of `&&` and `||` are `{ chain, of }`, actions
 * are always a list, annotations are sorted. Integers beyond 2^53 are rounded, as cedar-wasm rounds them.
 */
export function jsonFormOf({ effect, principal, action, resource, conditions, annotations }: PolicySyntax): Json {
  return {
    effect,
    principal: ofConstraint(principal),
    action: ofActionConstraint(action),
    resource: ofConstraint(resource),
    conditions: conditions.map(({ kind, body }) => ({ kind, body: ofExpression(body) })),
    annotations: sorted([...annotations]),
  };
}

/** What cedar-wasm gave, in the same shape. */
export function normalized(policy: Json): Json {
  const action = policy['action'] as Json;
  const { entity, ...others } = action;
  const isOne = action['op'] === 'in' && entity !== undefined;
  const conditions = policy['conditions'] as readonly { readonly kind: string; readonly body: Json }[];
  const annotations = Object.entries(policy['annotations'] ?? {}).map(([name, value]) => [name, value ?? ''] as const);
  return {
    effect: policy['effect'],
    principal: policy['principal'],
    action: isOne ? { ...others, entities: [entity] } : action,
    resource: policy['resource'],
    conditions: conditions.map(({ kind, body }) => ({ kind, body: normalizedExpression(body) })),
    annotations: sorted(annotations),
  };
}

function sorted(entries: readonly (readonly [string, unknown])[]): unknown {
  return entries.toSorted(([a], [b]) => (a < b ? -1 : 1));
}

function normalizedExpression(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(normalizedExpression);
  if (typeof json !== 'object' || json === null) return json;
  const [[name, value] = ['', undefined]] = Object.entries(json);
  if (name === '&&' || name === '||')
    return { chain: name, of: operandsOf(json as Json, name).map(normalizedExpression) };
  // Names of fields are the policy's, and may be those of operators.
  if (name === 'Record') return { Record: mapped(value as Json) };
  if (name === 'like') {
    const { left, pattern } = value as { left: unknown; pattern: readonly (string | { Literal: string })[] };
    const parts = pattern.map((part) => (typeof part === 'string' ? null : part.Literal));
    return { like: { left: normalizedExpression(left), pattern: joined(parts) } };
  }
  return mapped(json as Json);
}

function mapped(json: Json): unknown {
  return Object.fromEntries(Object.entries(json).map(([name, part]) => [name, normalizedExpression(part)]));
}

function operandsOf(json: Json, name: '&&' | '||'): readonly unknown[] {
  const chain = json[name];
  if (chain === undefined) return [json];
  const { left, right } = chain as { readonly left: Json; readonly right: Json };
  return [...operandsOf(left, name), ...operandsOf(right, name)];
}

/** Cedar gives each character of a literal by itself. */
function joined(parts: Pattern): Pattern {
  const pattern: (string | null)[] = [];
  for (const part of parts) {
    const last = pattern.at(-1);
    if (part !== null && typeof last === 'string') pattern[pattern.length - 1] = last + part;
    else pattern.push(part);
  }
  return pattern;
}

function ofEntity(entity: ScopeEntity): Json {
  return typeof entity === 'string' ? { slot: entity } : { entity: { type: entity.type, id: entity.id } };
}

function ofConstraint(constraint: ScopeConstraint): Json {
  switch (constraint.kind) {
    case 'any':
      return { op: 'All' };
    case '==':
    case 'in':
      return { op: constraint.kind, ...ofEntity(constraint.entity) };
    case 'is': {
      const ancestor = constraint.in === undefined ? {} : { in: ofEntity(constraint.in) };
      return { op: 'is', entity_type: constraint.entityType, ...ancestor };
    }
  }
}

function ofActionConstraint(constraint: ActionConstraint): Json {
  switch (constraint.kind) {
    case 'any':
      return { op: 'All' };
    case '==':
      return { op: '==', ...ofEntity(constraint.entity) };
    case 'in':
      return { op: 'in', entities: constraint.entities.map(({ type, id }) => ({ type, id })) };
  }
}

function ofExpression(expression: Expression): Json {
  switch (expression.kind) {
    case 'literal':
      return { Value: typeof expression.value === 'bigint' ? Number(expression.value) : expression.value };
    case 'entity':
      return { Value: { __entity: { type: expression.uid.type, id: expression.uid.id } } };
    case 'variable':
      return { Var: expression.name };
    case 'and':
    case 'or':
      return { chain: expression.kind === 'and' ? '&&' : '||', of: expression.operands.map(ofExpression) };
    case 'not':
      return { '!': { arg: ofExpression(expression.operand) } };
    case 'negate':
      return { neg: { arg: ofExpression(expression.operand) } };
    case 'isEmpty':
      return { isEmpty: { arg: ofExpression(expression.operand) } };
    case 'binary':
      return { [expression.operator]: { left: ofExpression(expression.left), right: ofExpression(expression.right) } };
    case 'if': {
      const { condition, consequent, alternate } = expression;
      const parts = [['if', condition] as const, ['then', consequent] as const, ['else', alternate] as const];
      return { 'if-then-else': Object.fromEntries(parts.map(([name, part]) => [name, ofExpression(part)])) };
    }
    case 'attribute':
      return { '.': { left: ofExpression(expression.operand), attr: expression.name } };
    case 'has': {
      const { path } = expression;
      return { has: { left: ofExpression(expression.operand), attr: path.length === 1 ? path[0] : path } };
    }
    case 'like':
      return { like: { left: ofExpression(expression.operand), pattern: expression.pattern } };
    case 'is': {
      const ancestor = expression.in === undefined ? {} : { in: ofExpression(expression.in) };
      return { is: { left: ofExpression(expression.operand), entity_type: expression.entityType, ...ancestor } };
    }
    case 'set':
      return { Set: expression.elements.map(ofExpression) };
    case 'record':
      return { Record: Object.fromEntries(expression.fields.map(({ name, value }) => [name, ofExpression(value)])) };
    case 'call':
      return { [expression.name]: expression.arguments.map(ofExpression) };
  }
}
