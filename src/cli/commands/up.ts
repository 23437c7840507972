/** `countersign up`: starts everything that a deployment needs, in one process. */
import type { Command } from 'commander';

import { type CommandContext, JSON_OPTION } from '../command-context.ts';

const EXAMPLES = `
Examples:
  countersign up                     the deployment in this folder, until Ctrl-C
  countersign up examples/shop       another folder
  countersign up --once              until its first round is over; exits with 1 when it differs from \`expect\``;

export function addUp(program: Command, { operations, terminal, exit }: CommandContext): void {
  program
    .command('up')
    .argument('[dir]', 'a folder with a countersign.yaml', '.')
    .description('start identity, decisions, proxies and the workloads of a deployment')
    .option('--once', 'run the first round, print the summary, and stop')
    .option(...JSON_OPTION)
    .addHelpText('after', EXAMPLES)
    .action(async (directory: string, options: { readonly once?: boolean; readonly json?: boolean }) => {
      exit(await operations.up({ directory, once: options.once === true, json: options.json === true, terminal }));
    });
}
