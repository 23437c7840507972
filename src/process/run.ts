/** `countersign run`: a command as a workload of the deployment that runs, for as long as it runs. */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';

import type { RunOptions } from '../cli/operations.ts';
import { problemLines } from '../cli/problem-text.ts';
import type { AdminClient } from '../protocols/admin/client.ts';

/** What a shell reports for a command that could not be started, and for one that was ended by a signal. */
const NOT_FOUND = 127;
const SIGNALLED = 128;

/**
 * This process asks to be the workload; the kernel's word for its pid is what the server goes by, and the command is
 * its descendant. So no process is ever the workload that the user did not start here.
 */
export async function run(options: RunOptions, admin: AdminClient, environment: NodeJS.ProcessEnv): Promise<number> {
  const { terminal, name, command } = options;
  const joined = await admin.join(name);
  if (!joined.ok) {
    for (const line of problemLines(joined.problem, terminal)) terminal.complain(line);
    return 1;
  }
  const { id, environment: given, left } = joined.value;
  terminal.complain(terminal.style('dim', `countersign: running as ${id}`));
  const [program = '', ...args] = command;
  const child = spawn(program, args, { stdio: 'inherit', env: { ...environment, ...given } });
  void left.then(() => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    terminal.complain('countersign: the deployment went away; the command has no identity any more, and is stopped');
    child.kill('SIGTERM');
  });
  // The terminal sends Ctrl-C to the command as well; we stay until it has ended.
  const ignore = (): void => undefined;
  process.on('SIGINT', ignore);
  const pass = (): void => void child.kill('SIGTERM');
  process.on('SIGTERM', pass);
  return new Promise((resolve) => {
    child.once('error', (error) => {
      terminal.complain(`countersign: \`${program}\` could not be started: ${error.message}`);
      resolve(NOT_FOUND);
    });
    child.once('exit', (code, signal) =>
      resolve(code ?? SIGNALLED + (signal === null ? 0 : constants.signals[signal])),
    );
  });
}
