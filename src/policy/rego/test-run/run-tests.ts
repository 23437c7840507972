/** Runs the tests of policies: each `test_` rule on its own, with what it printed and why it failed. */
import type { Problem } from '../../../kernel/problem.ts';
import { ok, type Result } from '../../../kernel/result.ts';
import type { SourceSpan } from '../../../kernel/source-span.ts';
import { sourceSpan } from '../../source-position.ts';
import type { Builtin } from '../builtins/builtin.ts';
import { compileRego, type RegoModule, type RegoPolicy } from '../compile.ts';
import type { EvaluateOptions, RegoFailure } from '../evaluate/begin.ts';
import type { ExplainedRule } from '../explain/explanation.ts';
import type { Observed } from '../interpret/observer.ts';
import { parseModule } from '../parse/parse-module.ts';
import type { Module } from '../syntax.ts';
import { listOf } from '../values/access.ts';
import { toText } from '../values/text.ts';
import type { RegoObject, RegoValue } from '../values/value.ts';
import { type CaseResult, casesOf } from './cases.ts';
import { type Coverage, CoverageWatch } from './coverage.ts';
import { type FailedExpression, FailureWatch } from './failure-watch.ts';
import { findTests } from './find-tests.ts';
import { type CasesProbe, type PlannedTest, planTests } from './plan-tests.ts';

export type TestRunOptions = {
  /** Tests whose full name (`data.shop.test_allow`) it matches; default: all. */
  readonly only?: RegExp;
  readonly coverage?: boolean;
  /** Of each test. Default 5,000. */
  readonly maxMilliseconds?: number;
  /** Milliseconds from an arbitrary start. */
  readonly monotonic: () => number;
};

export type TestResult = {
  readonly package: string;
  /** A second test of the same name is `test_allow#01`. */
  readonly name: string;
  readonly at: SourceSpan;
  readonly outcome: 'passed' | 'failed' | 'error' | 'skipped';
  readonly milliseconds: number;
  /** What `print` said, line by line. */
  readonly output: readonly string[];
  /** Of a test with cases: all that were begun. */
  readonly cases: readonly CaseResult[];
  /** Of what failed; absent where no expression did, such as in a rule whose value is not `true`. */
  readonly failure?: FailedExpression;
  /** The rules that the test failed for, and those that they failed for in turn. */
  readonly because: readonly ExplainedRule[];
  /** What the rule gave, where it was neither true, false nor nothing. */
  readonly gave?: string;
  /** Why the evaluation came to no end. */
  readonly error?: RegoFailure;
};

export type TestRun = { readonly tests: readonly TestResult[]; readonly coverage?: Coverage };

type Source = {
  readonly modules: readonly RegoModule[];
  readonly data: RegoObject;
  readonly functions?: readonly Builtin[];
};

/** Problems are those of the modules: where there is one, nothing is run. */
export function runTests(source: Source, options: TestRunOptions): Result<TestRun, readonly Problem[]> {
  const compiled = compileRego(source);
  if (!compiled.ok) return compiled;
  const modules = source.modules.flatMap((file): Module[] => {
    const parsed = parseModule(file, file.regoVersion === undefined ? {} : { regoVersion: file.regoVersion });
    return parsed.ok ? [parsed.value] : [];
  });
  const tests = planTests(findTests(modules)).filter(
    ({ test, name }) => options.only?.test(`${test.package}.${name}`) ?? true,
  );
  const runner = new Runner(source, compiled.value, tests, options);
  const results = tests.map((test) => runner.run(test));
  if (!(options.coverage ?? false)) return ok({ tests: results });
  return ok({ tests: results, coverage: runner.coverage(modules) });
}

const DEFAULT_MAX_MILLISECONDS = 5000;

class Runner {
  readonly #options: TestRunOptions;
  readonly #coverage = new CoverageWatch();
  readonly #policy: RegoPolicy;
  readonly #observed: () => RegoPolicy;
  #failures: FailureWatch | undefined;

  /** `policy`: the source as it is, compiled. */
  constructor(source: Source, policy: RegoPolicy, tests: readonly PlannedTest[], options: TestRunOptions) {
    this.#options = options;
    const extra = tests.flatMap((test) => test.extra);
    const cases = tests.flatMap((test) => test.extraCases);
    const modules = [...source.modules, ...extra];
    const isWhole = extra.length === 0 && cases.length === 0;
    this.#policy = isWhole ? policy : compiledWithCases({ ...source, modules }, cases);
    const all = { ...source, modules };
    let observed: RegoPolicy | undefined;
    const observer = (event: Observed): void => {
      this.#failures?.observe(event);
      if (options.coverage ?? false) this.#coverage.observe(event);
    };
    this.#observed = () => (observed ??= certain(compileRego({ ...all, observer })));
  }

  coverage(modules: readonly Module[]): Coverage {
    return this.#coverage.result(modules);
  }

  run(planned: PlannedTest): TestResult {
    const { test, name } = planned;
    const { source } = test.module;
    const { start, end } = test.rule.head;
    const about = { package: test.package, name, at: sourceSpan(source, { start, end }) };
    if (test.skipped) return { ...about, outcome: 'skipped', milliseconds: 0, output: [], cases: [], because: [] };
    const began = this.#options.monotonic();
    const output: string[] = [];
    const print = (line: string): number => output.push(line);
    const isObserved = this.#options.coverage ?? false;
    const answer = this.#ask(isObserved ? this.#observed() : this.#policy, planned.path, { print });
    const milliseconds = this.#options.monotonic() - began;
    const ran = { ...about, milliseconds, output, because: [] };
    if (!answer.ok) return { ...ran, outcome: 'error', cases: [], error: answer.problem };
    const cases = planned.rules.some(({ tail }) => tail.length > 0) ? this.#cases(planned, answer.value) : [];
    const passed = cases.length > 0 ? cases.every((each) => each.passed) : answer.value === true;
    if (passed) return { ...ran, outcome: 'passed', cases };
    const failure = this.#explain(planned);
    const { value } = answer;
    return {
      ...ran,
      outcome: 'failed',
      cases,
      because: this.#because(planned),
      ...(failure === undefined ? {} : { failure }),
      ...(cases.length > 0 || value === undefined || value === false ? {} : { gave: toText(value) }),
    };
  }

  #ask(
    policy: RegoPolicy,
    path: readonly string[],
    options: EvaluateOptions = {},
  ): Result<RegoValue | undefined, RegoFailure> {
    return certain(policy.decision(referenceOf(path))).evaluate(undefined, { ...this.#limits(), ...options });
  }

  #limits(): EvaluateOptions {
    return { maxMilliseconds: this.#options.maxMilliseconds ?? DEFAULT_MAX_MILLISECONDS };
  }

  #cases(planned: PlannedTest, value: RegoValue | undefined): readonly CaseResult[] {
    const begun = planned.casePaths.map((path) => this.#ask(this.#policy, path));
    const names = begun.flatMap((answer) =>
      answer.ok && answer.value !== undefined ? (listOf(answer.value) ?? []) : [],
    );
    return casesOf(value, names, planned.rules[0]?.tail.length ?? 1);
  }

  /** What lies deeper than the test itself. */
  #because({ path }: PlannedTest): readonly ExplainedRule[] {
    const { rules } = certain(this.#policy.decision(referenceOf(path))).explain(undefined, this.#limits());
    const known = new Map(rules.map((rule) => [rule.rule, rule]));
    const [test] = rules;
    const found = new Set<ExplainedRule>();
    const waiting = test === undefined ? [] : blamed(test);
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      const rule = known.get(name);
      if (rule === undefined || rule === test || found.has(rule)) continue;
      found.add(rule);
      waiting.push(...blamed(rule));
    }
    return [...found];
  }

  /** Once more, slowly, with everything looked at. */
  #explain({ rules, path }: PlannedTest): FailedExpression | undefined {
    const places = new Set(rules.map(({ module, rule }) => `${module.source.file}\0${rule.start}`));
    this.#failures = new FailureWatch(({ source, start }) => places.has(`${source.file}\0${start}`));
    this.#ask(this.#observed(), path);
    const failed = this.#failures.result();
    this.#failures = undefined;
    return failed;
  }
}

/** A rule for names of cases in which they cannot be known yet is made longer, until they are. */
function compiledWithCases(source: Source, probes: readonly CasesProbe[]): RegoPolicy {
  let waiting = probes.map((probe) => ({ probe, more: 0 }));
  for (;;) {
    const cases = waiting.flatMap(({ probe, more }) => {
      const module = probe(more);
      return module === undefined ? [] : [{ probe, more, module }];
    });
    const complete = compileRego({ ...source, modules: [...source.modules, ...cases.map(({ module }) => module)] });
    if (complete.ok) return complete.value;
    const wrong = new Set(complete.problem.map(({ at }) => at?.file));
    if (!cases.some(({ module }) => wrong.has(module.file))) return certain(compileRego(source));
    waiting = cases.map(({ probe, more, module }) => ({ probe, more: wrong.has(module.file) ? more + 1 : more }));
  }
}

function referenceOf(path: readonly string[]): string {
  return `data${path.map((part) => `[${JSON.stringify(part)}]`).join('')}`;
}

/** The names of the rules that some body of a rule failed for. */
function blamed({ bodies }: ExplainedRule): string[] {
  return bodies.flatMap((body) => (body.kind === 'failed' ? [...body.failed.rules] : []));
}

/** What has compiled before compiles again. */
function certain<T>(result: Result<T, readonly Problem[]>): T {
  if (result.ok) return result.value;
  throw new Error(`a test run does not compile: ${result.problem[0]?.message ?? ''}`);
}
