/**
 * The closure back end: each part of a plan becomes a function over the environment. It needs no code generation, says
 * why an evaluation failed, and can evaluate under an assumption; `explain` uses it for all three.
 */
import { describeCallFailure, extensionCalls } from '../extensions/functions.ts';
import { BINARY, isEmpty, isType, like, negate } from '../plan/operations.ts';
import { takesArguments } from '../plan/plan-expression.ts';
import type { Plan, PlanOf } from '../plan/plan.ts';
import { CedarRecord, CedarSet, Entity, fieldKey, type Value } from '../value.ts';
import type { Assumption, Environment } from './environment.ts';
import { describeAttributeFailure, describeBinaryFailure, expected } from './describe-failure.ts';
import { EvaluationError } from './evaluation-error.ts';

export type Outcome = Value | EvaluationError;
export type Closure = (environment: Environment) => Outcome;

export function closureOf(plan: Plan): Closure {
  switch (plan.kind) {
    case 'constant': {
      const { value } = plan;
      return () => value;
    }
    case 'variable': {
      const { name } = plan;
      return (environment) => environment[name];
    }
    case 'and':
    case 'or':
      return chain(plan);
    case 'not': {
      const operand = booleanOf(plan.operand);
      return (environment) => {
        const value = operand(environment);
        return typeof value === 'boolean' ? !value : value;
      };
    }
    case 'negate':
      return unary(plan, negate, (value) =>
        typeof value === 'number' || typeof value === 'bigint'
          ? `\`-(${value})\` does not fit 64 bits`
          : expected('a long', value),
      );
    case 'isEmpty':
      return unary(plan, isEmpty, (value) => expected('a set', value));
    case 'like': {
      const { pattern } = plan;
      return unary(
        plan,
        (value) => like(value, pattern),
        (value) => expected('a string', value),
      );
    }
    case 'binary':
      return binary(plan);
    case 'if': {
      const [condition, then, otherwise] = [
        booleanOf(plan.condition),
        closureOf(plan.consequent),
        closureOf(plan.alternate),
      ];
      return (environment) => {
        const value = condition(environment);
        if (value === true) return then(environment);
        return value === false ? otherwise(environment) : value;
      };
    }
    case 'attribute':
      return attributeOf(plan);
    case 'has':
      return hasOf(plan);
    case 'is':
      return isOf(plan);
    case 'set':
      return all(plan.elements, (values) => CedarSet.of(values));
    case 'record': {
      const names = plan.fields.map(({ name }) => name);
      return all(
        plan.fields.map(({ value }) => value),
        (values) => CedarRecord.of(names.map((name, index) => [name, values[index] as Value])),
      );
    }
    case 'call': {
      const { name, span } = plan;
      const call = takesArguments(plan) ? extensionCalls[name] : () => undefined;
      return all(plan.arguments, (values) => {
        const value = call(values[0] as Value, values[1] as Value);
        return value ?? new EvaluationError(span, describeCallFailure(name, values));
      });
    }
  }
}

function unary(
  { operand: plan, span }: { readonly operand: Plan; readonly span: Plan['span'] },
  apply: (value: Value) => Value | undefined,
  describe: (value: Value) => string,
): Closure {
  const operand = closureOf(plan);
  return (environment) => {
    const value = operand(environment);
    if (value instanceof EvaluationError) return value;
    return apply(value) ?? new EvaluationError(span, describe(value));
  };
}

/** What `&&`, `||`, `!`, `if` and conditions ask for. */
export function booleanOf(plan: Plan): (environment: Environment) => boolean | EvaluationError {
  const closure = closureOf(plan);
  const { span } = plan;
  return (environment) => {
    const value = closure(environment);
    if (typeof value === 'boolean' || value instanceof EvaluationError) return value;
    return new EvaluationError(span, expected('a boolean', value));
  };
}

function chain(plan: PlanOf<'and' | 'or'>): Closure {
  const operands = plan.operands.map(booleanOf);
  const decisive = plan.kind === 'or';
  return (environment) => {
    for (const operand of operands) {
      const value = operand(environment);
      if (value === decisive || value instanceof EvaluationError) return value;
    }
    return !decisive;
  };
}

function all(plans: readonly Plan[], make: (values: Value[]) => Outcome): Closure {
  const closures = plans.map(closureOf);
  return (environment) => {
    const values: Value[] = [];
    for (const closure of closures) {
      const value = closure(environment);
      if (value instanceof EvaluationError) return value;
      values.push(value);
    }
    return make(values);
  };
}

function binary(plan: PlanOf<'binary'>): Closure {
  const { operator, span } = plan;
  const [left, right] = [closureOf(plan.left), closureOf(plan.right)];
  const apply = BINARY[operator];
  return (environment) => {
    const first = left(environment);
    if (first instanceof EvaluationError) return first;
    const second = right(environment);
    if (second instanceof EvaluationError) return second;
    const { assumption } = environment;
    const assumed = assumption && binaryUnder(assumption, operator, first, second);
    const value = assumed === undefined ? apply(first, second) : assumed.value;
    return value ?? new EvaluationError(span, describeBinaryFailure(operator, first, second));
  };
}

/** What an operator that reads the store gives under the assumption; undefined where it makes no difference. */
function binaryUnder(
  assumption: Assumption,
  operator: PlanOf<'binary'>['operator'],
  left: Value,
  right: Value,
): { readonly value: Value | undefined } | undefined {
  if (!(left instanceof Entity)) return undefined;
  if (assumption.kind === 'membership') {
    if (operator !== 'in') return undefined;
    if (right instanceof Entity) return { value: assumption.isIn(left, right) };
    if (!(right instanceof CedarSet) || !right.entitiesOnly) return undefined;
    return { value: right.elements.some((element) => assumption.isIn(left, element as Entity)) };
  }
  if (assumption.kind !== 'tag' || left.ordinal !== assumption.owner.ordinal || right !== assumption.name)
    return undefined;
  if (operator === 'hasTag') return { value: assumption.value !== undefined };
  return operator === 'getTag' ? { value: assumption.value } : undefined;
}

/** Undefined when the attribute is missing, or the operand has no attributes at all. */
function readAttribute(operand: Value, name: string, { assumption }: Environment): Value | undefined {
  if (operand instanceof Entity) {
    const assumed = assumption?.kind === 'attribute' && assumption.name === name;
    if (assumed && assumption.owner.ordinal === operand.ordinal) return assumption.value;
    return operand.attributes[fieldKey(name)];
  }
  return operand instanceof CedarRecord ? operand[fieldKey(name)] : undefined;
}

function attributeOf({ operand: plan, name, span }: PlanOf<'attribute'>): Closure {
  const operand = closureOf(plan);
  return (environment) => {
    const value = operand(environment);
    if (value instanceof EvaluationError) return value;
    return readAttribute(value, name, environment) ?? new EvaluationError(span, describeAttributeFailure(value, name));
  };
}

function hasOf({ operand: plan, path, span }: PlanOf<'has'>): Closure {
  const operand = closureOf(plan);
  return (environment) => {
    let value = operand(environment);
    for (const name of path) {
      if (value instanceof EvaluationError) return value;
      if (!(value instanceof Entity || value instanceof CedarRecord)) {
        return new EvaluationError(span, expected('an entity or a record', value));
      }
      const next: Value | undefined = readAttribute(value, name, environment);
      if (next === undefined) return false;
      value = next;
    }
    return true;
  };
}

function isOf(plan: PlanOf<'is'>): Closure {
  const { entityType, span } = plan;
  const operand = closureOf(plan.operand);
  const container = plan.in && closureOf(plan.in);
  return (environment) => {
    const value = operand(environment);
    if (value instanceof EvaluationError) return value;
    const is = isType(value, entityType);
    if (is === undefined) return new EvaluationError(span, expected('an entity', value));
    if (!is || container === undefined) return is;
    const outer = container(environment);
    if (outer instanceof EvaluationError) return outer;
    const assumed = environment.assumption && binaryUnder(environment.assumption, 'in', value, outer);
    const inside = assumed === undefined ? BINARY.in(value, outer) : assumed.value;
    return inside ?? new EvaluationError(span, describeBinaryFailure('in', value, outer));
  };
}
