/** `countersign policy`: policies in Rego, checked, asked and tested without a deployment. */
import type { Command } from 'commander';

import type { CommandContext } from '../command-context.ts';
import { addPolicyCheck } from './policy-check.ts';
import { addPolicyEval } from './policy-eval.ts';
import { addPolicyTest } from './policy-test.ts';

export function addPolicy(program: Command, context: CommandContext): void {
  const policy = program.command('policy').description('check, ask and test policies in Rego; needs no deployment');
  addPolicyCheck(policy, context);
  addPolicyEval(policy, context);
  addPolicyTest(policy, context);
}
