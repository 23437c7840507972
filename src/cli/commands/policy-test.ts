/** `countersign policy test`: runs the tests that stand beside policies. */
import { type Command, InvalidArgumentError } from 'commander';

import { type CommandContext, JSON_OPTION } from '../command-context.ts';
import { milliseconds } from '../policy/duration-option.ts';
import { addPolicyOptions } from '../policy/policy-options.ts';
import type { TestOptions } from '../policy/test-policies.ts';

const EXAMPLES = `
Examples:
  countersign policy test policies/
  countersign policy test policies/ --run 'refund' --verbose
  countersign policy test policies/ --coverage --coverage-min 90 --junit report.xml
  countersign policy test policies/ --watch

A test is a rule whose name begins with test_, and it passes when it is true; todo_test_ is skipped. A rule such as
test_refund[case.note] is one test with a case for each solution. Exits with 1 when a test fails, when there is none,
and when less is covered than was asked for. docs/policy-tests.md tells more.`;

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
    .action(async (paths: readonly string[], options: TestOptions) => {
      // With the compiler, which other commands have no need of.
      const { testPolicies } = await import('../policy/test-policies.ts');
      await testPolicies(context, paths, options);
    });
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
