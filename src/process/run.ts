/** `countersign run`: a command as a workload of the deployment that runs, for as long as it runs. */
import { type ChildProcess, spawn } from 'node:child_process';
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
  const { id, environment: given, left, leave } = joined.value;
  terminal.complain(terminal.style('dim', `countersign: running as ${id}`));
  const [program = '', ...args] = command;
  const child = spawn(program, args, { stdio: 'inherit', env: { ...environment, ...given } });
  const ended = endOf(child);
  void stopWhenGone(child, left, terminal);
  // The terminal sends Ctrl-C to the command as well; we stay until it has ended.
  const ignore = (): void => undefined;
  const pass = (): void => void child.kill('SIGTERM');
  process.on('SIGINT', ignore);
  process.on('SIGTERM', pass);
  const end = await ended;
  leave();
  process.off('SIGINT', ignore);
  process.off('SIGTERM', pass);
  if (end.kind === 'exited') return end.status;
  terminal.complain(`countersign: \`${program}\` could not be started: ${end.message}`);
  return NOT_FOUND;
}

type End =
  | { readonly kind: 'exited'; readonly status: number }
  | { readonly kind: 'not-started'; readonly message: string };

function endOf(child: ChildProcess): Promise<End> {
  return new Promise((resolve) => {
    child.once('error', ({ message }) => resolve({ kind: 'not-started', message }));
    child.once('exit', (code, signal) => {
      const status = code ?? SIGNALLED + (signal === null ? 0 : constants.signals[signal]);
      resolve({ kind: 'exited', status });
    });
  });
}

/** Without the deployment the command has no identity, and its calls go nowhere. */
async function stopWhenGone(
  child: ChildProcess,
  left: Promise<void>,
  { complain }: RunOptions['terminal'],
): Promise<void> {
  await left;
  if (child.exitCode !== null || child.signalCode !== null) return;
  complain('countersign: the deployment went away; the command has no identity any more, and is stopped');
  child.kill('SIGTERM');
}
