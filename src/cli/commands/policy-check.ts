/** `countersign policy check`: whether policies and their data can be used, and where not, why. */
import type { Command } from 'commander';

import { compileRego } from '../../policy/rego/compile.ts';
import { type CommandContext, JSON_OPTION } from '../command-context.ts';
import { addPolicyOptions, type PolicyOptions, readPolicies, textsOf } from '../policy/policy-source.ts';
import { tellAll } from '../policy/tell-problems.ts';
import { jsonLine } from '../terminal.ts';

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
    .action(async (paths: readonly string[], options: PolicyOptions & { readonly json?: boolean }) => {
      const read = await readPolicies(context.operations, paths, options);
      if (!read.ok) return tellAll(context, read.problem, options.json);
      const { modules, data, functions } = read.value;
      const compiled = compileRego({ modules, data, functions });
      if (!compiled.ok) {
        return tellAll(context, { problems: compiled.problem, textOf: textsOf(modules) }, options.json);
      }
      if (options.json === true) return context.terminal.print(jsonLine([]));
      const count = `${modules.length} ${modules.length === 1 ? 'policy' : 'policies'}`;
      context.terminal.print(`${count}: no problems`);
    });
}
