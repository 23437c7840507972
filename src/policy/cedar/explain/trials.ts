/** Trying out what would be if one thing were otherwise, within a budget; it lives as long as one explanation. */
import type { Bucket, CompiledPolicy } from '../authorize/policy-index.ts';
import { booleanOf, closureOf, type Outcome } from '../emit/closures.ts';
import type { Environment } from '../emit/environment.ts';
import { EvaluationError } from '../emit/evaluation-error.ts';
import type { Plan } from '../plan/plan.ts';
import { conditionsOf, type Evaluate, inScope } from './evaluate-policy.ts';
import { MAX_EVALUATED_PARTS, MAX_TRIALS } from './limits.ts';
import { partsOf } from './plan-parts.ts';

export class Trials {
  /** The request as it is. */
  readonly environment: Environment;
  readonly #bucket: Bucket;
  readonly #failClosed: boolean;
  readonly #conditions = new Map<CompiledPolicy, { readonly evaluate: Evaluate; readonly size: number }>();
  readonly #sizes = new Map<Plan, number>();
  readonly #outcomes = new Map<Plan, Outcome>();
  #trialsLeft = MAX_TRIALS;
  #partsLeft = MAX_EVALUATED_PARTS;

  constructor(environment: Environment, bucket: Bucket, failClosed: boolean) {
    this.environment = environment;
    this.#bucket = bucket;
    this.#failClosed = failClosed;
  }

  /** Once true it stays so: what is asked from then on is not answered. */
  get exhausted(): boolean {
    return this.#trialsLeft <= 0 || this.#partsLeft <= 0;
  }

  /** What the part is in truth; undefined when the budget is spent. */
  actual(plan: Plan): Outcome | undefined {
    const known = this.#outcomes.get(plan);
    if (known !== undefined) return known;
    if (!this.#spend(this.#sizeOf(plan))) return undefined;
    const outcome = closureOf(plan)(this.environment);
    this.#outcomes.set(plan, outcome);
    return outcome;
  }

  /** As `actual`, and an error for what is not a boolean. */
  actualBoolean(plan: Plan): boolean | EvaluationError | undefined {
    const outcome = this.actual(plan);
    if (outcome === undefined || typeof outcome === 'boolean' || outcome instanceof EvaluationError) return outcome;
    return booleanOf(plan)(this.environment);
  }

  /** Whether the policy applies in that environment, surely and without an error. */
  applies(policy: CompiledPolicy, environment: Environment): boolean | EvaluationError | undefined {
    this.#trialsLeft -= 1;
    return this.exhausted ? undefined : this.#evaluate(policy, environment);
  }

  /** What the whole set decides in that environment. */
  allows(environment: Environment): boolean | undefined {
    let permitted = false;
    for (const policy of this.#bucket.policies) {
      const forbids = policy.syntax.effect === 'forbid';
      if (permitted && !forbids) continue;
      const outcome = this.#evaluate(policy, environment);
      if (outcome === undefined) return undefined;
      if (forbids && (outcome === true || (this.#failClosed && outcome !== false))) return false;
      permitted ||= outcome === true;
    }
    return permitted;
  }

  #evaluate(policy: CompiledPolicy, environment: Environment): boolean | EvaluationError | undefined {
    if (!this.#spend(1)) return undefined;
    if (!inScope(policy, environment)) return false;
    let conditions = this.#conditions.get(policy);
    if (conditions === undefined) {
      const size = policy.planned.conditions.reduce((sum, { body }) => sum + this.#sizeOf(body), 0);
      conditions = { evaluate: conditionsOf(policy.planned), size };
      this.#conditions.set(policy, conditions);
    }
    return this.#spend(conditions.size) ? conditions.evaluate(environment) : undefined;
  }

  #spend(parts: number): boolean {
    this.#partsLeft -= parts;
    return this.#partsLeft > 0;
  }

  /** Remembered for each part, since parts within parts are asked for as well. */
  #sizeOf(plan: Plan): number {
    const known = this.#sizes.get(plan);
    if (known !== undefined) return known;
    let size = 1;
    for (const part of partsOf(plan)) size += this.#sizeOf(part);
    this.#sizes.set(plan, size);
    return size;
  }
}
