/** The process of a workload that we start: its output, its end, and the end of everything it started. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

import type { Problem } from '../kernel/problem.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import type { LinuxCalls } from '../identity/attestation/linux-calls.ts';
import { TrackedProcess } from '../identity/attestation/process-tree.ts';

/** What a workload has to end by itself after SIGTERM; then it is killed. */
const GRACE_MILLISECONDS = 3000;
/** A line longer than this is cut: nobody reads it, and it must not fill our memory. */
const MAX_LINE_CHARACTERS = 4096;

export type Exit = { readonly code: number | null; readonly signal: string | null };

export type WorkloadProcess = {
  /** Held by pidfd from the moment it was made. */
  readonly tracked: TrackedProcess;
  readonly exited: Promise<Exit>;
  /** Asks the process and its group to end, then makes them; settles when the process is gone. */
  readonly stop: () => Promise<void>;
  /** Makes the group end at once, without asking. */
  readonly kill: () => void;
};

export type SpawnOptions = {
  readonly calls: LinuxCalls;
  readonly command: readonly string[];
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly onLine: (line: string) => void;
  /**
   * Called in the same turn as the spawn, so that the process is who it is before its first instruction asks for an
   * identity. A problem ends the process.
   */
  readonly admit: (tracked: TrackedProcess) => Problem | undefined;
};

/** Codes: `workload/not-started` with the likely cause. */
export async function startProcess(options: SpawnOptions): Promise<Result<WorkloadProcess>> {
  const [program = '', ...args] = options.command;
  const child = spawn(program, args, {
    cwd: options.directory,
    env: options.environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: Ctrl-C on the terminal reaches us alone, and we stop it with all that it started.
    detached: true,
  });
  if (child.pid === undefined) {
    const error = await new Promise<NodeJS.ErrnoException>((resolve) => child.once('error', resolve));
    return err(notStarted(program, error, options.directory));
  }
  // In the same turn as the spawn: until the event loop turns, even a child that ended keeps its pid.
  const tracked = TrackedProcess.track(options.calls, child.pid);
  const exited = new Promise<Exit>((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
  const refused = tracked.ok ? options.admit(tracked.value) : tracked.problem;
  if (!tracked.ok || refused !== undefined) {
    signalGroup(child.pid, 'SIGKILL');
    return err(refused ?? { code: 'workload/not-started', message: `\`${program}\` ended at once` });
  }
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on('line', (line) => options.onLine(line.slice(0, MAX_LINE_CHARACTERS)));
  }
  const { pid } = child;
  return ok({
    tracked: tracked.value,
    exited,
    stop: () => stop(child, exited),
    kill: () => signalGroup(pid, 'SIGKILL'),
  });
}

async function stop(child: ChildProcess, exited: Promise<Exit>): Promise<void> {
  const { pid } = child;
  if (pid === undefined) return;
  signalGroup(pid, 'SIGTERM');
  const timer = setTimeout(() => signalGroup(pid, 'SIGKILL'), GRACE_MILLISECONDS);
  await exited;
  clearTimeout(timer);
  // What the process left behind in its group goes as well.
  signalGroup(pid, 'SIGKILL');
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // Nobody is left in the group.
  }
}

function notStarted(program: string, error: NodeJS.ErrnoException, directory: string): Problem {
  const message = `\`${program}\` could not be started in \`${directory}\`: ${error.code ?? error.message}`;
  const hint =
    error.code === 'ENOENT'
      ? 'is the program installed, and on the PATH? does the folder exist?'
      : 'check its permissions';
  return { code: 'workload/not-started', message, hint };
}
