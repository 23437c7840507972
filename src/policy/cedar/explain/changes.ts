/** Single changes that could make a condition hold or not: each names one thing, and what it would have to be. */
import { describeValue } from '../emit/describe-value.ts';
import type { Environment } from '../emit/environment.ts';
import { EvaluationError } from '../emit/evaluation-error.ts';
import { IpAddress } from '../extensions/ip-address.ts';
import type { PlanOf, Plan } from '../plan/plan.ts';
import { CedarSet, Entity, type Value } from '../value.ts';
import { inRange, ofKind } from './address-goals.ts';
import { arithmeticGoal } from './arithmetic.ts';
import {
  being,
  COMPLEMENT,
  type Goal,
  MIRRORED,
  otherThan,
  phraseOf,
  present,
  type Relation,
  relation,
  samplesOf,
} from './goal.ts';
import { MAX_ALTERNATIVES } from './limits.ts';
import { type Hierarchy, type Membership, withoutAncestor, withParent } from './membership.ts';
import { attributeOfHas, pathOf, tagOf } from './plan-parts.ts';
import { replaced } from './replacement.ts';
import { containing, elementsOf, lacking, NOT_EMPTY, oneOf } from './set-goals.ts';
import type { Trials } from './trials.ts';

export type Candidate = {
  readonly message: string;
  /** The ways to make the change, any of which may do; each as the requests after it, all of which must. */
  readonly ways: Iterable<readonly Environment[]>;
  /** Somebody else asking, or asking about something else: rather an information than a remedy. */
  readonly otherEntity: boolean;
};

export type Situation = { readonly trials: Trials; readonly hierarchy: Hierarchy };

/** For the part to be what is wanted; candidates only, and as many as are asked for. */
export function* changesFor(plan: Plan, wanted: boolean, situation: Situation): Generator<Candidate> {
  if (situation.trials.exhausted) return;
  switch (plan.kind) {
    case 'and':
    case 'or':
      yield* changesOfChain(plan, wanted, situation);
      return;
    case 'not':
      yield* changesFor(plan.operand, !wanted, situation);
      return;
    case 'if':
      yield* changesOfIf(plan, wanted, situation);
      return;
    case 'attribute':
      yield* changesTo(plan, being(wanted), situation);
      return;
    case 'has':
      yield* changesOfPresence(attributeOfHas(plan), wanted, situation);
      return;
    case 'is':
      if (plan.in !== undefined) yield* changesOfMembership(plan.operand, plan.in, wanted, situation);
      return;
    case 'like':
      yield* changesOfLike(plan, wanted, situation);
      return;
    case 'isEmpty':
      yield* changesTo(plan.operand, wanted ? being(CedarSet.EMPTY) : NOT_EMPTY, situation);
      return;
    case 'binary':
      yield* changesOfBinary(plan, wanted, situation);
      return;
    case 'call':
      yield* changesOfCall(plan, wanted, situation);
      return;
    case 'constant':
    case 'variable':
    case 'negate':
    case 'set':
    case 'record':
  }
}

/** For a part that is no condition itself: its value would have to be as the goal says. */
function* changesTo(plan: Plan, goal: Goal, situation: Situation): Generator<Candidate> {
  const { trials, hierarchy } = situation;
  const path = pathOf(plan);
  if (path !== undefined) {
    const current = valueOf(plan, trials);
    const ways = function* (): Generator<readonly Environment[]> {
      for (const sample of samplesOf(goal, current)) {
        const values = Array.isArray(sample) ? sample : [sample];
        const way = values.map((value) => replaced(plan, value, trials.environment, hierarchy.schema));
        if (!way.includes(undefined)) yield way.filter((environment) => environment !== undefined);
      }
    };
    const isNow = current === undefined ? 'missing' : `\`${describeValue(current)}\``;
    const message = `\`${path}\` ${phraseOf(goal)} (it is ${isNow})`;
    yield { message, ways: ways(), otherEntity: plan.kind === 'variable' };
  } else if (plan.kind === 'if') {
    const condition = trials.actual(plan.condition);
    if (typeof condition === 'boolean') yield* changesTo(condition ? plan.consequent : plan.alternate, goal, situation);
  } else if (plan.gives === 'boolean') {
    if (goal.kind === 'relation' && typeof goal.bound === 'boolean') yield* changesFor(plan, goal.bound, situation);
  } else {
    for (const [operand, inner] of arithmeticGoal(plan, goal, (part) => valueOf(part, trials))) {
      yield* changesTo(operand, inner, situation);
    }
  }
}

/** Undefined where it errs, which for a path means that something on it is missing. */
function valueOf(plan: Plan, trials: Trials): Value | undefined {
  const outcome = trials.actual(plan);
  return outcome instanceof EvaluationError ? undefined : outcome;
}

function* changesOfChain(plan: PlanOf<'and' | 'or'>, wanted: boolean, situation: Situation): Generator<Candidate> {
  for (const operand of plan.operands) {
    if (situation.trials.exhausted) return;
    if (situation.trials.actualBoolean(operand) !== wanted) yield* changesFor(operand, wanted, situation);
  }
}

function* changesOfIf(plan: PlanOf<'if'>, wanted: boolean, situation: Situation): Generator<Candidate> {
  const condition = situation.trials.actualBoolean(plan.condition);
  if (condition !== true && condition !== false) {
    yield* changesFor(plan.condition, true, situation);
    yield* changesFor(plan.condition, false, situation);
    return;
  }
  const [taken, other] = condition ? [plan.consequent, plan.alternate] : [plan.alternate, plan.consequent];
  yield* changesFor(taken, wanted, situation);
  if (situation.trials.actualBoolean(other) === wanted) yield* changesFor(plan.condition, !condition, situation);
}

function* changesOfPresence(read: Plan, wanted: boolean, situation: Situation): Generator<Candidate> {
  const { trials, hierarchy } = situation;
  if (wanted) {
    yield* changesTo(read, present(trials.environment.principal.type), situation);
    return;
  }
  const path = pathOf(read);
  const environment = replaced(read, undefined, trials.environment, hierarchy.schema);
  if (path === undefined || environment === undefined) return;
  yield { message: `\`${path}\` missing`, ways: [[environment]], otherEntity: false };
}

function* changesOfLike(
  { operand, pattern }: PlanOf<'like'>,
  wanted: boolean,
  situation: Situation,
): Generator<Candidate> {
  const phrase = `${wanted ? '' : 'not '}like \`${pattern.toString()}\``;
  const samples = wanted ? [pattern.shortest] : ['', '-'].filter((text) => !pattern.matches(text));
  yield* changesTo(operand, { kind: 'sample', phrase, samples: () => samples }, situation);
}

function* changesOfBinary(plan: PlanOf<'binary'>, wanted: boolean, situation: Situation): Generator<Candidate> {
  const { operator, left, right } = plan;
  switch (operator) {
    case '==':
    case '!=':
      yield* changesOfEquality(left, right, (operator === '==') === wanted, situation);
      return;
    case '<':
    case '<=':
    case '>':
    case '>=':
      yield* changesOfOrder(left, wanted ? operator : COMPLEMENT[operator], right, situation);
      return;
    case 'in':
      yield* changesOfMembership(left, right, wanted, situation);
      return;
    case 'contains':
      yield* changesOfElement(left, right, wanted, situation);
      return;
    case 'containsAll':
    case 'containsAny':
      yield* changesOfElements(plan, wanted, situation);
      return;
    case 'hasTag':
      yield* changesOfPresence(tagOf(plan), wanted, situation);
      return;
    case 'getTag':
      yield* changesTo(plan, being(wanted), situation);
      return;
    case '+':
    case '-':
    case '*':
  }
}

function* changesOfEquality(left: Plan, right: Plan, wanted: boolean, situation: Situation): Generator<Candidate> {
  const [first, second] = [valueOf(left, situation.trials), valueOf(right, situation.trials)];
  const goal = (value: Value): Goal => (wanted ? being(value) : otherThan([value]));
  if (second !== undefined) yield* changesTo(left, goal(second), situation);
  if (first !== undefined) yield* changesTo(right, goal(first), situation);
}

function* changesOfOrder(
  left: Plan,
  name: Exclude<Relation, '=='>,
  right: Plan,
  situation: Situation,
): Generator<Candidate> {
  const [first, second] = [valueOf(left, situation.trials), valueOf(right, situation.trials)];
  if (second !== undefined) yield* changesTo(left, relation(name, second), situation);
  if (first !== undefined) yield* changesTo(right, relation(MIRRORED[name], first), situation);
}

function* changesOfMembership(left: Plan, right: Plan, wanted: boolean, situation: Situation): Generator<Candidate> {
  const [child, container] = [valueOf(left, situation.trials), valueOf(right, situation.trials)];
  const containers = container instanceof CedarSet ? container.elements : [container];
  const groups = containers.filter((group) => group instanceof Entity);
  if (child instanceof Entity) {
    const concerned = wanted ? groups : groups.filter((group) => child.isIn(group));
    for (const group of concerned.slice(0, MAX_ALTERNATIVES)) yield* moves(child, group, wanted, situation);
    if (container instanceof CedarSet) yield* changesTo(right, (wanted ? containing : lacking)([child]), situation);
  }
  // Who asks does not become a group; what an attribute names may well be another one.
  if (left.kind === 'variable' || groups.length === 0) return;
  yield* changesTo(left, wanted ? oneOf(groups) : otherThan(groups), situation);
}

function* moves(child: Entity, group: Entity, into: boolean, { trials, hierarchy }: Situation): Generator<Candidate> {
  const candidate = (message: string, assumption: Membership): Candidate => {
    return { message, ways: [[{ ...trials.environment, assumption }]], otherEntity: false };
  };
  const [name, container] = [`\`${describeValue(child)}\``, `\`${describeValue(group)}\``];
  if (into) {
    const membership = withParent(child, group, hierarchy);
    const unknown = child.exists ? '' : ' (it is not among the entities)';
    if (membership !== undefined) yield candidate(`${name} in ${container}${unknown}`, membership);
    return;
  }
  const left = withoutAncestor(child, group, hierarchy);
  if (left === undefined) return;
  const direct = left.parent.ordinal === group.ordinal;
  const way = direct ? container : `\`${describeValue(left.parent)}\`, and through it in ${container}`;
  yield candidate(`${name} not in ${way}`, left.membership);
}

function* changesOfElement(left: Plan, right: Plan, wanted: boolean, situation: Situation): Generator<Candidate> {
  const [set, element] = [valueOf(left, situation.trials), valueOf(right, situation.trials)];
  if (element !== undefined) yield* changesTo(left, (wanted ? containing : lacking)([element]), situation);
  if (!(set instanceof CedarSet) || set.elements.length === 0) return;
  yield* changesTo(right, wanted ? oneOf(set.elements) : otherThan(set.elements), situation);
}

function* changesOfElements(
  { operator, left, right }: PlanOf<'binary'>,
  wanted: boolean,
  situation: Situation,
): Generator<Candidate> {
  const [first, second] = [valueOf(left, situation.trials), valueOf(right, situation.trials)];
  const [has, asked] = [elementsOf(first), elementsOf(second)];
  if (operator === 'containsAll') {
    const absent = first instanceof CedarSet ? asked.filter((element) => !first.contains(element)) : asked;
    if (wanted && second !== undefined) yield* changesTo(left, containing(absent), situation);
    if (wanted && first !== undefined) yield* changesTo(right, lacking(absent), situation);
    if (!wanted) for (const one of asked.slice(0, MAX_ALTERNATIVES)) yield* changesTo(left, lacking([one]), situation);
    return;
  }
  if (!wanted) {
    const shared = second instanceof CedarSet ? has.filter((element) => second.contains(element)) : [];
    yield* changesTo(left, lacking(shared), situation);
    yield* changesTo(right, lacking(shared), situation);
    return;
  }
  for (const one of asked.slice(0, MAX_ALTERNATIVES)) yield* changesTo(left, containing([one]), situation);
  for (const one of has.slice(0, MAX_ALTERNATIVES)) yield* changesTo(right, containing([one]), situation);
}

function* changesOfCall(plan: PlanOf<'call'>, wanted: boolean, situation: Situation): Generator<Candidate> {
  const [left, right] = plan.arguments;
  if (left === undefined) return;
  switch (plan.name) {
    case 'lessThan':
    case 'lessThanOrEqual':
    case 'greaterThan':
    case 'greaterThanOrEqual': {
      const name = OF_DECIMALS[plan.name];
      if (right !== undefined) yield* changesOfOrder(left, wanted ? name : COMPLEMENT[name], right, situation);
      return;
    }
    case 'isInRange': {
      const range = right && valueOf(right, situation.trials);
      if (range instanceof IpAddress) yield* changesTo(left, inRange(range, wanted), situation);
      return;
    }
    case 'isIpv4':
    case 'isIpv6':
    case 'isLoopback':
    case 'isMulticast':
      yield* changesTo(left, ofKind(plan.name, wanted), situation);
      return;
    case 'decimal':
    case 'ip':
    case 'datetime':
    case 'offset':
    case 'durationSince':
    case 'toDate':
    case 'toTime':
    case 'duration':
    case 'toMilliseconds':
    case 'toSeconds':
    case 'toMinutes':
    case 'toHours':
    case 'toDays':
  }
}

const OF_DECIMALS = { lessThan: '<', lessThanOrEqual: '<=', greaterThan: '>', greaterThanOrEqual: '>=' } as const;
