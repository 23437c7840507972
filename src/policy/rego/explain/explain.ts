/** Explains an answer: evaluates once more with closures that are looked at, and tells what came of each rule. */
import type { Result } from '../../../kernel/result.ts';
import { sourceSpan } from '../../source-position.ts';
import type { Builtin } from '../builtins/builtin.ts';
import type { CompiledProgram } from '../evaluate/back-end.ts';
import { begin, type EvaluationGround, outcomeOf, type RegoFailure } from '../evaluate/begin.ts';
import { closures } from '../interpret/closures.ts';
import type { Definition, Program, Query, RuleSet } from '../program.ts';
import type { RegoValue } from '../values/value.ts';
import type { ExplainedBody, ExplainedRule, ExplainOptions, FailedExpression, RegoExplanation } from './explanation.ts';
import { type Explaining, failedExpression, responsible, ruleName } from './failed-expression.ts';
import { MAX_BODIES, MAX_RULES } from './limits.ts';
import { ProgramIndex } from './program-index.ts';
import { type BodyRecord, Recorder, type RuleRecord, type Trail } from './recorder.ts';
import { isCalledSecret, shownValue } from './shown-value.ts';

export type ExplainQuery = (
  ground: EvaluationGround,
  input: RegoValue | undefined,
  options: ExplainOptions,
) => RegoExplanation<readonly (readonly RegoValue[])[]>;

/** Compiles a program and its queries for explaining. */
export class Explainer {
  readonly #index: ProgramIndex;
  readonly #compiled: CompiledProgram;
  /** Of the evaluation that is explained at this moment. */
  #recorder: Recorder | undefined;
  readonly #backEnd = closures((event) => this.#recorder?.observe(event));

  constructor(program: Program, packages: Iterable<readonly string[]>, builtins: ReadonlyMap<string, Builtin>) {
    this.#index = new ProgramIndex(program);
    this.#compiled = this.#backEnd.compileProgram(program, packages, builtins);
  }

  prepare(query: Query): ExplainQuery {
    this.#index.addQuery(query);
    const run = this.#backEnd.compileQuery(query, this.#compiled);
    const { machine } = this.#compiled;
    return (ground, input, options) => {
      const recorder = new Recorder(this.#index);
      this.#recorder = recorder;
      const result = outcomeOf(() => run(begin({ ...ground, machine }, input, options)));
      this.#recorder = undefined;
      const isSecret = options.isSecret ?? isCalledSecret;
      return explanationOf(query, result, { index: this.#index, recorder, isSecret });
    };
  }
}

function explanationOf<T>(
  query: Query,
  result: Result<T & { readonly length: number }, RegoFailure>,
  explaining: Explaining,
): RegoExplanation<T> {
  const { recorder, index } = explaining;
  const isVain = !result.ok || result.value.length === 0;
  const failed = isVain ? failedExpression(recorder.trail, [], explaining) : undefined;
  const asked = query.body.flatMap((expression) => index.rulesOf(expression));
  const records = inOrder([...asked.flatMap((set) => recorder.lastOf(set) ?? []), ...recordsBehind(recorder.trail)]);
  return {
    result,
    ...(failed === undefined ? {} : { query: failed }),
    rules: records.slice(0, MAX_RULES).map((record) => explainRule(record, explaining)),
    omittedRules: Math.max(0, records.length - MAX_RULES),
  };
}

/** Those asked for first, and behind each those that it failed for; each rule once. */
function inOrder(asked: readonly RuleRecord[]): readonly RuleRecord[] {
  const found = new Map<RuleSet, RuleRecord>();
  const visit = (record: RuleRecord): void => {
    if (found.has(record.set)) return;
    found.set(record.set, record);
    for (const { trail, solutions } of record.bodies) {
      if (solutions === 0) for (const each of recordsBehind(trail)) visit(each);
    }
  };
  for (const record of asked) visit(record);
  return [...found.values()];
}

function recordsBehind({ attempt }: Trail): readonly RuleRecord[] {
  if (attempt === undefined) return [];
  return [...responsible(attempt), ...(attempt.inner === undefined ? [] : recordsBehind(attempt.inner))];
}

function explainRule(record: RuleRecord, explaining: Explaining): ExplainedRule {
  const { set, value, values, bodies } = record;
  const shown = (each: RegoValue): string => shownValue(each, explaining.isSecret);
  const isDefault = set.byDefault !== undefined && bodies.some(({ definition }) => definition === set.byDefault);
  const all = [...set.definitions]
    .sort(asWritten)
    .flatMap((definition) =>
      definition.choices.map((_, choice) => ({ definition, choice, body: bodyOf(record, definition, choice) })),
    );
  const kept = new Set([...all].sort((a, b) => interest(b.body) - interest(a.body)).slice(0, MAX_BODIES));
  return {
    rule: ruleName(set),
    ...(values.length === 0 ? {} : { [set.kind === 'function' ? 'arguments' : 'keys']: values.map(shown) }),
    ...(value === undefined ? {} : { value: shown(value) }),
    isDefault,
    bodies: all
      .filter((each) => kept.has(each))
      .map(({ definition, choice, body }) => explainBody(record, definition, choice, body, explaining)),
    omittedBodies: all.length - kept.size,
  };
}

/** Modules stay in the order of their definitions. */
function asWritten(a: Definition, b: Definition): number {
  return a.source.file === b.source.file ? a.start - b.start : 0;
}

function bodyOf({ bodies }: RuleRecord, definition: Definition, choice: number): BodyRecord | undefined {
  return bodies.find((body) => body.definition === definition && body.choice === choice);
}

/** What held first, and then what came furthest. */
function interest(body: BodyRecord | undefined): number {
  if (body === undefined) return -2;
  return body.solutions > 0 ? Infinity : body.trail.furthest;
}

function explainBody(
  { set, mismatches }: RuleRecord,
  definition: Definition,
  choice: number,
  body: BodyRecord | undefined,
  explaining: Explaining,
): ExplainedBody {
  const at = sourceSpan(definition.source, definition);
  if (mismatches.has(definition)) return { kind: 'mismatch', at, choice };
  if (body === undefined) return { kind: 'untried', at, choice };
  if (body.solutions > 0) return { kind: 'held', at, choice, value: shownValue(body.value, explaining.isSecret) };
  const failed: FailedExpression | undefined = failedExpression(body.trail, set.path.slice(0, -1), explaining);
  return failed === undefined ? { kind: 'untried', at, choice } : { kind: 'failed', at, choice, failed };
}
