/** `countersign run -- COMMAND`: starts a command as a declared workload of the deployment that runs. */
import type { Command } from 'commander';

import { type CommandContext, DIRECTORY_OPTION } from '../command-context.ts';

const EXAMPLES = `
Examples:
  countersign run --as reports -- node reports.mjs
  countersign run --as orders -- sh          a shell that is \`orders\`: its calls are made in that name

The workload must be declared in countersign.yaml, without a \`command\` of its own. The command gets the same
environment as one that \`up\` starts: PORT, a URL for each service it calls, and SPIFFE_ENDPOINT_SOCKET.`;

export function addRun(program: Command, { operations, terminal, exit }: CommandContext): void {
  program
    .command('run')
    .description('start a command as a workload, with its identity and proxies')
    .requiredOption('--as <workload>', 'the name under which it is declared')
    .option(...DIRECTORY_OPTION)
    .argument('<command...>', 'the command and its arguments')
    // So that the command's own options need no `--` before them.
    .passThroughOptions()
    .addHelpText('after', EXAMPLES)
    .action(async (command: readonly string[], options: { readonly as: string; readonly dir?: string }) => {
      exit(await operations.run({ directory: options.dir, name: options.as, command, terminal }));
    });
}
