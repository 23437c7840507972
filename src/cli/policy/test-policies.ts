/** Runs the tests of policies, once or after each change, for `countersign policy test`. */
import type { Problem } from '../../kernel/problem.ts';
import { junitXml } from '../../policy/rego/test-run/junit.ts';
import { runTests, type TestRun } from '../../policy/rego/test-run/run-tests.ts';
import type { CommandContext } from '../command-context.ts';
import { jsonLine } from '../terminal.ts';
import type { PolicyOptions } from './policy-options.ts';
import { readPolicies, textsOf } from './policy-source.ts';
import { tellAll } from './tell-problems.ts';
import { percentText, reportLines } from './test-report.ts';

export type TestOptions = PolicyOptions & {
  readonly run?: RegExp;
  readonly coverage?: boolean;
  readonly coverageMin?: number;
  readonly timeout?: number;
  readonly junit?: string;
  readonly watch?: boolean;
  readonly verbose?: boolean;
  readonly json?: boolean;
};

export async function testPolicies(
  context: CommandContext,
  paths: readonly string[],
  options: TestOptions,
): Promise<void> {
  if (options.watch === true) await watch(context, paths, options);
  else await runOnce(context, paths, options);
}

async function runOnce(context: CommandContext, paths: readonly string[], options: TestOptions): Promise<void> {
  const { json, run: only, timeout } = options;
  const read = await readPolicies(context.operations, paths, options);
  if (!read.ok) return tellAll(context, read.problem, json);
  const textOf = textsOf(read.value.modules);
  const ran = runTests(read.value, {
    monotonic: context.operations.monotonic,
    coverage: options.coverage === true || options.coverageMin !== undefined,
    ...(only === undefined ? {} : { only }),
    ...(timeout === undefined ? {} : { maxMilliseconds: timeout }),
  });
  if (!ran.ok) return tellAll(context, { problems: ran.problem, textOf }, json);
  const { print } = context.terminal;
  if (json === true) print(jsonLine(ran.value));
  else {
    const report = { verbose: options.verbose ?? false, textOf };
    for (const line of reportLines(ran.value, report, context.terminal)) print(line);
  }
  const problems = problemsOf(ran.value, options);
  if (options.junit !== undefined) {
    const written = await context.operations.writeFile(options.junit, junitXml(ran.value));
    if (!written.ok) problems.push(written.problem);
  }
  if (problems.length > 0) return tellAll(context, { problems, textOf }, json);
  context.exit(ran.value.tests.some(({ outcome }) => outcome === 'failed' || outcome === 'error') ? 1 : 0);
}

/** What is wrong with a run beside the tests that fail. */
function problemsOf({ tests, coverage }: TestRun, { coverageMin, run }: TestOptions): Problem[] {
  const problems: Problem[] = [];
  if (tests.length === 0) {
    const message = run === undefined ? 'there are no tests' : `no test has a name that matches \`${run.source}\``;
    const hint = 'a test is a rule whose name begins with `test_`';
    problems.push({ code: 'policy-test/none', message, hint });
  }
  if (coverage !== undefined && coverageMin !== undefined && coverage.percent < coverageMin) {
    const message = `${percentText(coverage.percent)} of the lines are covered, and ${coverageMin} % are asked for`;
    problems.push({ code: 'policy-test/coverage', message, hint: 'the report shows the lines that are not' });
  }
  return problems;
}

/** One run at a time: what changes meanwhile is seen by another one after it. */
async function watch(context: CommandContext, paths: readonly string[], options: TestOptions): Promise<void> {
  let wake = Promise.withResolvers<undefined>();
  const onChange = (): void => {
    wake.resolve(undefined);
  };
  const end = context.operations.watchPolicyFiles(paths, onChange);
  if (!end.ok) return tellAll(context, { problems: [end.problem], textOf: () => undefined }, options.json);
  for (;;) {
    await runOnce(context, paths, options);
    await wake.promise;
    wake = Promise.withResolvers();
    if (options.json !== true) context.terminal.print('');
  }
}
