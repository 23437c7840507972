/** What stood in the way of a request that was denied, nearest first, and which single changes would have helped. */
import type { CompiledPolicy } from '../authorize/policy-index.ts';
import { describeValue } from '../emit/describe-value.ts';
import type { Environment } from '../emit/environment.ts';
import { EvaluationError } from '../emit/evaluation-error.ts';
import { booleanOf, closureOf } from '../emit/closures.ts';
import { sourceSpan } from '../../source-position.ts';
import type { Trials } from './trials.ts';
import { type Candidate, changesFor, type Situation } from './changes.ts';
import type { Change, FailedCondition, NearMiss, ReadValue } from './explanation.ts';
import { MAX_CHANGES, MAX_CONDITIONS, MAX_MISSES, MAX_TRIALS_OF_POLICY, MAX_VALUES } from './limits.ts';
import { pathOf, pathsIn, variablesIn } from './plan-parts.ts';
import type { Plan } from '../plan/plan.ts';
import type { Variable } from '../syntax.ts';
import { partsOfPolicy, type PolicyPart } from './policy-parts.ts';

type Obstacle = {
  readonly policy: CompiledPolicy;
  /** To be shown: of a permit the parts that failed, of a forbid those that held, or the one that erred. */
  readonly failed: readonly FailedPart[];
  /** Where a change may help. */
  readonly changeable: readonly PolicyPart[];
};

type FailedPart = { readonly part: PolicyPart; readonly error?: EvaluationError };

/** Forbids that applied or erred come first: while one is there no permit helps. */
export function nearMisses(
  forbids: readonly CompiledPolicy[],
  permits: readonly CompiledPolicy[],
  situation: Situation,
): { readonly misses: readonly NearMiss[]; readonly omittedMisses: number } {
  const { environment } = situation.trials;
  const ofForbids = forbids.slice(0, MAX_MISSES).map((policy) => obstacleOfForbid(policy, environment));
  const ofPermits = permits.map((policy) => obstacleOfPermit(policy, environment)).sort(byDistance);
  const shown = ofPermits.slice(0, MAX_MISSES - ofForbids.length);
  const misses = ofForbids.map((obstacle) => missOf(obstacle, situation));
  // Of equally far ones those that a change would help.
  const helped = shown.map((obstacle) => ({ obstacle, miss: missOf(obstacle, situation) }));
  helped.sort((one, other) => byDistance(one.obstacle, other.obstacle) || help(other.miss) - help(one.miss));
  misses.push(...helped.map(({ miss }) => miss));
  return { misses, omittedMisses: forbids.length + permits.length - misses.length };
}

function obstacleOfPermit(policy: CompiledPolicy, environment: Environment): Obstacle {
  const failed: FailedPart[] = [];
  const changeable: PolicyPart[] = [];
  const guarded = new Set<Variable>();
  for (const part of partsOfPolicy(policy)) {
    const value = booleanOf(part.plan)(environment);
    if (value === part.wanted) continue;
    changeable.push(part);
    if (typeof value === 'boolean') failed.push({ part });
    // After `resource has owner` failed, that `resource.owner` cannot be read is no news.
    else if (guarded.isDisjointFrom(variablesIn(part.plan))) failed.push({ part, error: value });
    if (part.origin === 'condition') for (const name of variablesIn(part.plan)) guarded.add(name);
  }
  return { policy, failed, changeable };
}

function obstacleOfForbid(policy: CompiledPolicy, environment: Environment): Obstacle {
  const parts = partsOfPolicy(policy);
  for (const [index, part] of parts.entries()) {
    const error = booleanOf(part.plan)(environment);
    if (error instanceof EvaluationError)
      return { policy, failed: [{ part, error }], changeable: parts.slice(0, index + 1) };
  }
  return { policy, failed: parts.map((part) => ({ part })), changeable: parts };
}

/** To ask as somebody else, or about something else, is farther away than any number of conditions. */
function byDistance(one: Obstacle, other: Obstacle): number {
  return othersOf(one) - othersOf(other) || one.failed.length - other.failed.length;
}

function othersOf({ failed }: Obstacle): number {
  return failed.filter(({ part }) => part.origin === '==').length;
}

function help({ changes }: NearMiss): number {
  if (changes.some(({ allows }) => allows === true)) return 2;
  return changes.length > 0 ? 1 : 0;
}

function missOf(obstacle: Obstacle, situation: Situation): NearMiss {
  const { policy, failed } = obstacle;
  return {
    policy: policy.syntax,
    failed: failed.slice(0, MAX_CONDITIONS).map((one) => conditionOf(policy, one, situation.trials.environment)),
    omittedConditions: Math.max(0, failed.length - MAX_CONDITIONS),
    changes: verifiedChanges(obstacle, situation),
  };
}

function conditionOf(
  { syntax }: CompiledPolicy,
  { part, error }: FailedPart,
  environment: Environment,
): FailedCondition {
  const values = pathsIn(part.plan, MAX_VALUES).map((read) => readValue(read, environment));
  const condition = { at: sourceSpan(syntax.source, part.span), text: part.text(), wanted: part.wanted, values };
  return error === undefined ? condition : { ...condition, error: error.message };
}

function readValue(read: Plan, environment: Environment): ReadValue {
  const value = closureOf(read)(environment);
  const shown = value instanceof EvaluationError ? 'missing' : describeValue(value);
  return { expression: pathOf(read) ?? '', value: shown };
}

/** Every candidate is tried on the whole policy: a change that helps one condition may break another. */
function verifiedChanges({ policy, changeable }: Obstacle, { trials, hierarchy }: Situation): readonly Change[] {
  const needed = policy.syntax.effect === 'permit';
  const found = new Map<string, { readonly change: Change; readonly otherEntity: boolean }>();
  let tried = 0;
  for (const part of changeable) {
    for (const candidate of changesFor(part.plan, part.wanted === needed, { trials, hierarchy })) {
      if (found.has(candidate.message)) continue;
      for (const way of candidate.ways) {
        tried += way.length;
        if (!way.every((environment) => trials.applies(policy, environment) === needed)) continue;
        found.set(candidate.message, {
          change: changeOf(candidate, allowsAll(trials, way)),
          otherEntity: candidate.otherEntity,
        });
        break;
      }
      if (trials.exhausted || tried >= MAX_TRIALS_OF_POLICY || found.size >= MAX_CHANGES)
        return mostHelpfulFirst(found.values());
    }
  }
  return mostHelpfulFirst(found.values());
}

function changeOf({ message }: Candidate, allows: boolean | undefined): Change {
  return allows === undefined ? { message } : { message, allows };
}

function allowsAll(trials: Trials, way: readonly Environment[]): boolean | undefined {
  for (const environment of way) {
    const allowed = trials.allows(environment);
    if (allowed !== true) return allowed;
  }
  return true;
}

function mostHelpfulFirst(
  found: Iterable<{ readonly change: Change; readonly otherEntity: boolean }>,
): readonly Change[] {
  const rank = ({ change, otherEntity }: { readonly change: Change; readonly otherEntity: boolean }): number =>
    (otherEntity ? 2 : 0) + (change.allows === true ? 0 : 1);
  return [...found].sort((one, other) => rank(one) - rank(other)).map(({ change }) => change);
}
