/** Syntax tree to plan: entities and types are found in the store, and what is constant is computed once. */
import { extensionCalls } from '../extensions/functions.ts';
import { isLong } from '../long.ts';
import { type BinaryOperator, type Expression, EXTENSION_FUNCTIONS, type ExtensionFunction } from '../syntax.ts';
import { CedarRecord, CedarSet, Entity, type EntityType, type Value } from '../value.ts';
import { BINARY, isEmpty, negate } from './operations.ts';
import type { Kind, Plan, PlanOf } from './plan.ts';
import { TextPattern } from './text-pattern.ts';

/** Where the constants of policies live: in the store that the policies are decided against. */
export type Constants = {
  readonly entity: (type: string, id: string) => Entity;
  readonly entityType: (name: string) => EntityType;
};

export function planExpression(expression: Expression, constants: Constants): Plan {
  return fold(translate(expression, (part) => planExpression(part, constants), constants));
}

function translate(expression: Expression, plan: (part: Expression) => Plan, constants: Constants): Plan {
  const { span } = expression;
  switch (expression.kind) {
    case 'literal':
      return constant(span, expression.value);
    case 'entity':
      return constant(span, constants.entity(expression.uid.type, expression.uid.id));
    case 'variable':
      return {
        kind: 'variable',
        span,
        gives: expression.name === 'context' ? 'record' : 'entity',
        name: expression.name,
      };
    case 'and':
    case 'or':
      return { kind: expression.kind, span, gives: 'boolean', operands: expression.operands.map(plan) };
    case 'not':
    case 'isEmpty':
      return { kind: expression.kind, span, gives: 'boolean', operand: plan(expression.operand) };
    case 'negate':
      return { kind: 'negate', span, gives: 'long', operand: plan(expression.operand) };
    case 'binary': {
      const { operator } = expression;
      return {
        kind: 'binary',
        span,
        gives: OF_BINARY[operator],
        operator,
        left: plan(expression.left),
        right: plan(expression.right),
      };
    }
    case 'if': {
      const [consequent, alternate] = [plan(expression.consequent), plan(expression.alternate)];
      const gives = consequent.gives === alternate.gives ? consequent.gives : 'unknown';
      return { kind: 'if', span, gives, condition: plan(expression.condition), consequent, alternate };
    }
    case 'attribute':
      return { kind: 'attribute', span, gives: 'unknown', operand: plan(expression.operand), name: expression.name };
    case 'has':
      return { kind: 'has', span, gives: 'boolean', operand: plan(expression.operand), path: expression.path };
    case 'like':
      return {
        kind: 'like',
        span,
        gives: 'boolean',
        operand: plan(expression.operand),
        pattern: new TextPattern(expression.pattern),
      };
    case 'is': {
      const entityType = constants.entityType(expression.entityType);
      const base = { kind: 'is', span, gives: 'boolean', operand: plan(expression.operand), entityType } as const;
      return expression.in === undefined ? base : { ...base, in: plan(expression.in) };
    }
    case 'set':
      return { kind: 'set', span, gives: 'set', elements: expression.elements.map(plan) };
    case 'record':
      return {
        kind: 'record',
        span,
        gives: 'record',
        fields: expression.fields.map(({ name, value }) => ({ name, value: plan(value) })),
      };
    case 'call':
      return {
        kind: 'call',
        span,
        gives: OF_CALL[expression.name],
        name: expression.name,
        arguments: expression.arguments.map(plan),
      };
  }
}

function constant(span: Plan['span'], value: Value): Plan {
  return { kind: 'constant', span, gives: kindOf(value), value };
}

/** Whether the function is given as many arguments as it takes; otherwise the call errs, once its arguments are there. */
export function takesArguments({ name, arguments: given }: PlanOf<'call'>): boolean {
  return given.length === EXTENSION_FUNCTIONS[name].arity;
}

export function kindOf(value: Value): Kind {
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value === 'string') return 'string';
  if (isLong(value)) return 'long';
  if (value instanceof Entity) return 'entity';
  if (value instanceof CedarSet) return 'set';
  return value instanceof CedarRecord ? 'record' : 'extension';
}

/** Computes what depends on nothing but constants; what errs is left as it is, since it errs only when it is reached. */
function fold(plan: Plan): Plan {
  const value = constantValue(plan);
  return value === undefined ? plan : constant(plan.span, value);
}

function constantValue(plan: Plan): Value | undefined {
  switch (plan.kind) {
    case 'negate':
      return plan.operand.kind === 'constant' ? negate(plan.operand.value) : undefined;
    case 'isEmpty':
      return plan.operand.kind === 'constant' ? isEmpty(plan.operand.value) : undefined;
    case 'binary':
      // `in`, tags: entities change while the policy stays.
      if (plan.left.kind !== 'constant' || plan.right.kind !== 'constant' || OF_STORE.has(plan.operator))
        return undefined;
      return BINARY[plan.operator](plan.left.value, plan.right.value);
    case 'set': {
      const values = constantsOf(plan.elements);
      return values === undefined ? undefined : CedarSet.of(values);
    }
    case 'record': {
      const values = constantsOf(plan.fields.map((field) => field.value));
      return values && CedarRecord.of(plan.fields.map(({ name }, index) => [name, values[index] as Value]));
    }
    case 'call': {
      const values = constantsOf(plan.arguments);
      if (values === undefined || !takesArguments(plan)) return undefined;
      return extensionCalls[plan.name](values[0] as Value, values[1] as Value);
    }
    case 'constant':
    case 'variable':
    case 'and':
    case 'or':
    case 'not':
    case 'if':
    case 'attribute':
    case 'has':
    case 'like':
    case 'is':
      return undefined;
  }
}

function constantsOf(plans: readonly Plan[]): Value[] | undefined {
  const values: Value[] = [];
  for (const plan of plans) {
    if (plan.kind !== 'constant') return undefined;
    values.push(plan.value);
  }
  return values;
}

const OF_STORE: ReadonlySet<BinaryOperator> = new Set(['in', 'hasTag', 'getTag']);

const OF_BINARY: { readonly [O in BinaryOperator]: Kind } = {
  '==': 'boolean',
  '!=': 'boolean',
  '<': 'boolean',
  '<=': 'boolean',
  '>': 'boolean',
  '>=': 'boolean',
  '+': 'long',
  '-': 'long',
  '*': 'long',
  in: 'boolean',
  contains: 'boolean',
  containsAll: 'boolean',
  containsAny: 'boolean',
  hasTag: 'boolean',
  getTag: 'unknown',
};

const OF_CALL: { readonly [F in ExtensionFunction]: Kind } = {
  decimal: 'extension',
  lessThan: 'boolean',
  lessThanOrEqual: 'boolean',
  greaterThan: 'boolean',
  greaterThanOrEqual: 'boolean',
  ip: 'extension',
  isIpv4: 'boolean',
  isIpv6: 'boolean',
  isLoopback: 'boolean',
  isMulticast: 'boolean',
  isInRange: 'boolean',
  datetime: 'extension',
  offset: 'extension',
  durationSince: 'extension',
  toDate: 'extension',
  toTime: 'extension',
  duration: 'extension',
  toMilliseconds: 'long',
  toSeconds: 'long',
  toMinutes: 'long',
  toHours: 'long',
  toDays: 'long',
};
