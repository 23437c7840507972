/** `countersign identities`: who there is, how each is recognised, and until when its certificate holds. */
import type { Command } from 'commander';

import type { WorkloadStatus } from '../../protocols/admin/contract.ts';
import { type CommandContext, type CommonOptions, DIRECTORY_OPTION, JSON_OPTION, tell } from '../command-context.ts';
import { clockTime, harmless, jsonLine, table, type Terminal } from '../terminal.ts';

const EXAMPLES = `
Examples:
  countersign identities
  countersign identities --json | jq '.[] | select(.state == "running") | .id'`;

export function addIdentities(program: Command, context: CommandContext): void {
  program
    .command('identities')
    .description('list the identities of the deployment that runs')
    .option(...DIRECTORY_OPTION)
    .option(...JSON_OPTION)
    .addHelpText('after', EXAMPLES)
    .action(async ({ dir, json }: CommonOptions) => {
      const status = await context.operations.status(dir);
      if (!status.ok) return tell(context, status.problem, json);
      const { workloads } = status.value;
      if (json === true) return context.terminal.print(jsonLine(workloads));
      for (const line of identityLines(workloads, context.terminal)) context.terminal.print(line);
    });
}

function identityLines(workloads: readonly WorkloadStatus[], { style }: Terminal): string[] {
  const head = ['name', 'identity', 'state', 'recognised by', 'mutual TLS at', 'certificate'];
  const rows = workloads.map((workload) => [
    style('bold', harmless(workload.name)),
    harmless(workload.id),
    workload.state === 'running' ? style('green', `running (${workload.pid ?? '?'})`) : harmless(workload.state),
    harmless(workload.attestation),
    workload.inbound === undefined ? '-' : harmless(`${workload.inbound.host}:${workload.inbound.port}`),
    `until ${clockTime(workload.svid.notAfter)}  ${style('dim', harmless(workload.svid.serial.slice(0, 8)))}`,
  ]);
  return table([head.map((title) => style('dim', title)), ...rows]);
}
