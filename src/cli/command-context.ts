/** What every command is given, and how it says that something could not be done. */
import type { Problem } from '../kernel/problem.ts';
import type { Operations } from './operations.ts';
import { problemLines } from './problem-text.ts';
import { jsonLine, type Terminal } from './terminal.ts';

export type CommandContext = {
  readonly operations: Operations;
  readonly terminal: Terminal;
  /** The exit code of the process; the last call counts. */
  readonly exit: (code: number) => void;
};

export type CommonOptions = { readonly dir?: string; readonly json?: boolean };

export const DIRECTORY_OPTION = [
  '-d, --dir <directory>',
  'the deployment (default: the one you are in, else the one that runs)',
] as const;
export const JSON_OPTION = ['--json', 'print JSON for machines'] as const;

/** Tells the problem, as text or as JSON, and makes the process exit with 1. */
export function tell({ terminal, exit }: CommandContext, problem: Problem, json: boolean | undefined): void {
  if (json === true) terminal.complain(jsonLine(problem));
  else for (const line of problemLines(problem, terminal)) terminal.complain(line);
  exit(1);
}
