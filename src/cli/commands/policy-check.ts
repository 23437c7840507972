/** `countersign policy check`: whether policies and their data can be used, and where not, why. */
import type { Command } from 'commander';

import { type CommandContext, JSON_OPTION } from '../command-context.ts';
import type { CheckOptions } from '../policy/check-policies.ts';
import { addPolicyOptions } from '../policy/policy-options.ts';

const EXAMPLES = `
Examples:
  countersign policy check policies/
  countersign policy check --bundle policies/
  countersign policy check bundle.tar.gz --verification-key signer.pem

Of a folder every .rego is a policy, and every .json, .yaml and .yml is data at the path of its folder, as \`opa\` loads
them. Exits with 1 when there is a problem.`;

export function addPolicyCheck(policy: Command, context: CommandContext): void {
  addPolicyOptions(policy.command('check'))
    .argument('<paths...>', 'folders, .rego and data files, bundles (.tar.gz)')
    .description('parse and check policies and their data')
    .option(...JSON_OPTION)
    .addHelpText('after', EXAMPLES)
    .action(async (paths: readonly string[], options: CheckOptions) => {
      // With the compiler, which other commands have no need of.
      const { checkPolicies } = await import('../policy/check-policies.ts');
      await checkPolicies(context, paths, options);
    });
}
