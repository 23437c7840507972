/** Looks on while one evaluation runs, and keeps what its explanation is made of: little, however long it runs. */
import type { Evaluation } from '../evaluate/evaluation.ts';
import type { Observed } from '../interpret/observer.ts';
import type { Definition, Expression, RuleSet } from '../program.ts';
import type { RegoValue } from '../values/value.ts';
import type { ProgramIndex } from './program-index.ts';

/** What is known of the expression that failed, when it failed. */
export type Attempt = {
  readonly expression: Expression;
  readonly frame: readonly (RegoValue | undefined)[];
  readonly evaluation: Evaluation;
  /** The last value of the source of each expression so far. */
  readonly given: ReadonlyMap<Expression, RegoValue>;
  readonly refused: { readonly name: string; readonly message: string } | undefined;
  /** Of `every` and `or`. */
  readonly inner: Trail | undefined;
  /** Of the rules that it asked for. */
  readonly records: readonly RuleRecord[];
};

/** How far a body came. */
export class Trail {
  /** The first of those that came furthest. */
  attempt: Attempt | undefined;
  furthest = -1;
  /** How many elements were tried in vain there. */
  tried = 0;

  /** Whether the attempt is worth being looked at closer. */
  comes(index: number, elements: number): boolean {
    if (index < this.furthest) return false;
    const isFurther = index > this.furthest;
    this.tried = (isFurther ? 0 : this.tried) + Math.max(1, elements);
    this.furthest = index;
    return isFurther;
  }
}

export type BodyRecord = {
  readonly definition: Definition;
  readonly choice: number;
  readonly trail: Trail;
  solutions: number;
  /** The first. */
  value: RegoValue | undefined;
};

export type RuleRecord = {
  readonly set: RuleSet;
  readonly values: readonly RegoValue[];
  readonly bodies: BodyRecord[];
  readonly mismatches: Set<Definition>;
  ended: boolean;
  value: RegoValue | undefined;
};

/** An expression under way: what its source gave, and what failed inside of it. */
type Active = {
  elements: number;
  refused: Attempt['refused'];
  trail: Trail;
  /** Of `every`: the element that the trail belongs to. */
  element: RegoValue | undefined;
};

/** A rule, or the query, under way. */
type Activation = {
  readonly record: RuleRecord | undefined;
  readonly given: Map<Expression, RegoValue>;
  readonly active: Map<Expression, Active>;
};

export class Recorder {
  /** Of the query itself. */
  readonly trail: Trail = new Trail();
  /** The last record of each rule: the one that counts for whoever has just called it. */
  readonly #latest = new Map<RuleSet, RuleRecord>();
  readonly #index: ProgramIndex;
  /** What is under `with` is another evaluation, and has values of its own. */
  readonly #inEvaluation = new WeakMap<Evaluation, Map<RuleSet, RuleRecord>>();
  readonly #stack: Activation[] = [{ record: undefined, given: new Map(), active: new Map() }];

  constructor(index: ProgramIndex) {
    this.#index = index;
  }

  /** The record of a rule as an evaluation has it. */
  recordIn(evaluation: Evaluation, set: RuleSet): RuleRecord | undefined {
    return this.#inEvaluation.get(evaluation)?.get(set) ?? this.#latest.get(set);
  }

  lastOf(set: RuleSet): RuleRecord | undefined {
    return this.#latest.get(set);
  }

  observe(event: Observed): void {
    const now = this.#stack.at(-1) as Activation;
    switch (event.kind) {
      case 'rule':
        return this.#enter(event.set, event.evaluation, event.values);
      case 'ruleEnd': {
        this.#stack.pop();
        const record = now.record as RuleRecord;
        record.ended = true;
        record.value = event.value;
        return;
      }
      case 'mismatch':
        now.record?.mismatches.add(event.definition);
        return;
      case 'body': {
        const { definition, choice } = event;
        now.record?.bodies.push({ definition, choice, trail: new Trail(), solutions: 0, value: undefined });
        return;
      }
      case 'solution': {
        const body = now.record?.bodies.at(-1) as BodyRecord;
        if (body.solutions === 0) body.value = event.value;
        body.solutions += 1;
        return;
      }
      case 'bodyEnd':
        return;
      case 'expression':
        now.given.delete(event.expression);
        now.active.set(event.expression, { elements: 0, refused: undefined, trail: new Trail(), element: undefined });
        return;
      case 'value':
        now.given.set(event.expression, event.value);
        activeOf(now, event.expression).elements += 1;
        return;
      case 'refused':
        activeOf(now, event.expression).refused = { name: event.name, message: event.error.message };
        return;
      case 'holds':
        return;
      case 'expressionEnd':
        if (!event.held) this.#failed(event, now);
        return;
    }
  }

  #enter(set: RuleSet, evaluation: Evaluation, values: readonly RegoValue[]): void {
    const record: RuleRecord = { set, values, bodies: [], mismatches: new Set(), ended: false, value: undefined };
    this.#latest.set(set, record);
    const known = this.#inEvaluation.get(evaluation) ?? new Map<RuleSet, RuleRecord>();
    known.set(set, record);
    this.#inEvaluation.set(evaluation, known);
    this.#stack.push({ record, given: new Map(), active: new Map() });
  }

  #failed({ expression, frame, evaluation }: Observed & { kind: 'expressionEnd' }, now: Activation): void {
    const { parent, index } = this.#index.placeOf(expression);
    const { elements, refused, trail } = activeOf(now, expression);
    const container = parent === undefined ? this.#bodyTrail(now) : trailWithin(parent, activeOf(now, parent), frame);
    if (!container.comes(index, elements)) return;
    container.attempt = {
      expression,
      frame: [...frame],
      evaluation,
      given: new Map(now.given),
      refused,
      inner: expression.kind === 'every' || expression.kind === 'or' ? trail : undefined,
      records: this.#index.rulesOf(expression).flatMap((set) => this.recordIn(evaluation, set) ?? []),
    };
  }

  #bodyTrail({ record }: Activation): Trail {
    return record?.bodies.at(-1)?.trail ?? this.trail;
  }
}

function activeOf({ active }: Activation, expression: Expression): Active {
  return active.get(expression) as Active;
}

/** Elements of `every` before the one that fails hold: what failed on the way to that does not count. */
function trailWithin(parent: Expression, active: Active, frame: readonly (RegoValue | undefined)[]): Trail {
  if (parent.kind === 'every') {
    const element = frame[(parent.key ?? parent.value).id];
    if (element !== active.element) active.trail = new Trail();
    active.element = element;
  }
  return active.trail;
}
