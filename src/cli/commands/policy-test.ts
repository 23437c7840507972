/** `countersign policy test`: runs the tests that stand beside policies. */
import { type Command, InvalidArgumentError } from 'commander';

import type { Problem } from '../../kernel/problem.ts';
import { junitXml } from '../../policy/rego/test-run/junit.ts';
import { runTests, type TestRun } from '../../policy/rego/test-run/run-tests.ts';
import { type CommandContext, JSON_OPTION } from '../command-context.ts';
import { milliseconds } from '../policy/duration-option.ts';
import { addPolicyOptions, type PolicyOptions, readPolicies, textsOf } from '../policy/policy-source.ts';
import { tellAll } from '../policy/tell-problems.ts';
import { reportLines } from '../policy/test-report.ts';
import { jsonLine } from '../terminal.ts';

const EXAMPLES = `
Examples:
  countersign policy test policies/
  countersign policy test policies/ --run 'refund' --verbose
  countersign policy test policies/ --coverage --coverage-min 90 --junit report.xml
  countersign policy test policies/ --watch

A test is a rule whose name begins with test_, and it passes when it is true; todo_test_ is skipped. A rule such as
test_refund[case.note] is one test with a case for each solution. Exits with 1 when a test fails, when there is none,
and when less is covered than was asked for. docs/policy-tests.md tells more.`;

type Options = PolicyOptions & {
  readonly run?: RegExp;
  readonly coverage?: boolean;
  readonly coverageMin?: number;
  readonly timeout?: number;
  readonly junit?: string;
  readonly watch?: boolean;
  readonly verbose?: boolean;
  readonly json?: boolean;
};

export function addPolicyTest(policy: Command, context: CommandContext): void {
  addPolicyOptions(policy.command('test'))
    .argument('<paths...>', 'folders, .rego and data files, bundles (.tar.gz)')
    .description('run the tests of policies')
    .option('-r, --run <regex>', 'only tests whose whole name (data.shop.test_refund) it matches', regex)
    .option('-c, --coverage', 'say which lines of the policies were evaluated')
    .option('--coverage-min <percent>', 'exit with 1 when less of the lines is covered', percent)
    .option('--timeout <duration>', 'how long one test may take: 500ms, 10s, 2m (default: 5s)', milliseconds)
    .option('--junit <file>', 'write the results as XML of JUnit, too')
    .option('-w, --watch', 'run again after each change, until Ctrl-C')
    .option('-v, --verbose', 'show every test, not only those that did not pass')
    .option(...JSON_OPTION)
    .addHelpText('after', EXAMPLES)
    .action(async (paths: readonly string[], options: Options) => {
      if (options.watch === true) await watch(context, paths, options);
      else await runOnce(context, paths, options);
    });
}

async function runOnce(context: CommandContext, paths: readonly string[], options: Options): Promise<void> {
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
function problemsOf({ tests, coverage }: TestRun, { coverageMin, run }: Options): Problem[] {
  const problems: Problem[] = [];
  if (tests.length === 0) {
    const message = run === undefined ? 'there are no tests' : `no test has a name that matches \`${run.source}\``;
    const hint = 'a test is a rule whose name begins with `test_`';
    problems.push({ code: 'policy-test/none', message, hint });
  }
  if (coverage !== undefined && coverageMin !== undefined && coverage.percent < coverageMin) {
    const message = `${coverage.percent.toFixed(1)} % of the lines are covered, and ${coverageMin} % are asked for`;
    problems.push({ code: 'policy-test/coverage', message, hint: 'the report shows the lines that are not' });
  }
  return problems;
}

/** One run at a time: what changes meanwhile is seen by another one after it. */
async function watch(context: CommandContext, paths: readonly string[], options: Options): Promise<void> {
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

function regex(text: string): RegExp {
  try {
    return new RegExp(text, 'u');
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

function percent(text: string): number {
  if (!/^(?:100|\d{1,2}(?:\.\d+)?)$/u.test(text)) throw new InvalidArgumentError('a number from 0 to 100');
  return Number(text);
}
