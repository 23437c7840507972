/** `countersign policy eval`: asks policies a query by hand. */
import type { Command } from 'commander';

import { type CommandContext, JSON_OPTION } from '../command-context.ts';
import type { AskOptions } from '../policy/ask-policies.ts';
import { milliseconds } from '../policy/duration-option.ts';
import { addPolicyOptions } from '../policy/policy-options.ts';

const EXAMPLES = `
Examples:
  countersign policy eval 'data.shop.allow' --data policies/ --input request.json
  countersign policy eval 'some user in data.shop.admins' -d policies/ --json | jq .result
  echo '{"user": "alice"}' | countersign policy eval 'input.user == "alice"' --input -

--json prints what \`opa eval\` prints: {"result": [{"expressions": […], "bindings": {…}}]}, and {} where nothing is
defined. What \`print\` says goes to standard error. Exits with 0 whatever the answer is, with 1 when there is none
because of a problem.`;

export function addPolicyEval(policy: Command, context: CommandContext): void {
  addPolicyOptions(policy.command('eval'))
    .argument('<query>', 'in Rego, such as data.shop.allow')
    .description('ask policies a query')
    .option('-d, --data <path>', 'folder, .rego or data file, bundle; may be given again', collect)
    .option('-i, --input <file>', 'the input as JSON or YAML; - is standard input')
    .option('--strict-errors', 'an error of a built-in function ends the evaluation')
    .option('--explain', 'say which rules took part, and which expressions of them failed')
    .option('--timeout <duration>', 'how long it may take: 500ms, 10s, 2m (default: 10s)', milliseconds)
    .option(...JSON_OPTION)
    .addHelpText('after', EXAMPLES)
    .action(async (query: string, options: AskOptions) => {
      // With the compiler, which other commands have no need of.
      const { askPolicies } = await import('../policy/ask-policies.ts');
      await askPolicies(context, query, options);
    });
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
