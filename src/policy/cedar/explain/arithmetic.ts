/** Arithmetic turned around: what an operand would have to be for the result to be as the goal says. */
import { Datetime } from '../extensions/datetime.ts';
import { Duration } from '../extensions/duration.ts';
import { addLongs, isLong, type Long, longOf, negateLong, subtractLongs } from '../long.ts';
import type { Plan } from '../plan/plan.ts';
import type { Value } from '../value.ts';
import { type Goal, MIRRORED, type Relation, relation } from './goal.ts';

type RelationGoal = Extract<Goal, { readonly kind: 'relation' }>;
type OperandGoal = readonly [operand: Plan, goal: Goal];

/** For each operand that could be changed alone; nothing for what is not arithmetic on known values. */
export function* arithmeticGoal(
  plan: Plan,
  goal: Goal,
  valueOf: (part: Plan) => Value | undefined,
): Generator<OperandGoal> {
  if (goal.kind === 'sample') return;
  if (plan.kind === 'negate') {
    if (isLong(goal.bound)) yield* operandGoal(plan.operand, MIRRORED[goal.relation], negateLong(goal.bound));
    return;
  }
  if (plan.kind === 'binary') {
    const [left, right] = [valueOf(plan.left), valueOf(plan.right)];
    if (isLong(goal.bound) && isLong(left) && isLong(right)) yield* ofLongs(plan, goal, goal.bound, left, right);
    return;
  }
  if (plan.kind === 'call') yield* ofTimes(plan, goal, plan.arguments.map(valueOf));
}

function* operandGoal(operand: Plan, name: Relation, bound: Value | undefined): Generator<OperandGoal> {
  if (bound !== undefined) yield [operand, relation(name, bound)];
}

function* ofLongs(
  plan: Extract<Plan, { readonly kind: 'binary' }>,
  { relation: name }: RelationGoal,
  bound: Long,
  left: Long,
  right: Long,
): Generator<OperandGoal> {
  switch (plan.operator) {
    case '+':
      yield* operandGoal(plan.left, name, subtractLongs(bound, right));
      yield* operandGoal(plan.right, name, subtractLongs(bound, left));
      return;
    case '-':
      yield* operandGoal(plan.left, name, addLongs(bound, right));
      yield* operandGoal(plan.right, MIRRORED[name], subtractLongs(left, bound));
      return;
    case '*':
      yield* operandGoal(plan.left, ...quotient(name, bound, right));
      yield* operandGoal(plan.right, ...quotient(name, bound, left));
      return;
    case '==':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=':
    case 'in':
    case 'contains':
    case 'containsAll':
    case 'containsAny':
    case 'hasTag':
    case 'getTag':
  }
}

/** Rounded into the allowed side; only for positive factors, which amounts and prices are. */
function quotient(name: Relation, bound: Long, factor: Long): readonly [Relation, Long | undefined] {
  if (factor <= 0) return [name, undefined];
  const [dividend, divisor] = [BigInt(bound), BigInt(factor)];
  const rest = ((dividend % divisor) + divisor) % divisor;
  const floor = (dividend - rest) / divisor;
  switch (name) {
    case '==':
      return [name, rest === 0n ? longOf(floor) : undefined];
    // x * f < b exactly when x < ceil(b / f), and x * f > b exactly when x > floor(b / f).
    case '<':
    case '>=':
      return [name, longOf(rest === 0n ? floor : floor + 1n)];
    case '<=':
    case '>':
      return [name, longOf(floor)];
  }
}

function* ofTimes(
  { name, arguments: [first, second] }: Extract<Plan, { readonly kind: 'call' }>,
  goal: RelationGoal,
  [left, right]: readonly (Value | undefined)[],
): Generator<OperandGoal> {
  if (first === undefined || second === undefined) return;
  const { bound } = goal;
  if (name === 'offset' && bound instanceof Datetime && left instanceof Datetime && right instanceof Duration) {
    const back = negateLong(right.milliseconds);
    yield* operandGoal(first, goal.relation, back === undefined ? undefined : bound.offset(Duration.of(back)));
    yield* operandGoal(second, goal.relation, bound.durationSince(left));
  }
  if (name === 'durationSince' && bound instanceof Duration && left instanceof Datetime && right instanceof Datetime) {
    const back = negateLong(bound.milliseconds);
    yield* operandGoal(first, goal.relation, right.offset(bound));
    yield* operandGoal(
      second,
      MIRRORED[goal.relation],
      back === undefined ? undefined : left.offset(Duration.of(back)),
    );
  }
}
