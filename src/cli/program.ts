/** The command line, put together from its commands. */
import tab from '@bomb.sh/tab/commander';
import { Command, CommanderError } from 'commander';

import { addDecide } from './commands/decide.ts';
import { addDoctor } from './commands/doctor.ts';
import { addExplain } from './commands/explain.ts';
import { addIdentities } from './commands/identities.ts';
import { addLedger } from './commands/ledger.ts';
import { addPolicy } from './commands/policy.ts';
import { addRun } from './commands/run.ts';
import { addUp } from './commands/up.ts';
import type { Operations } from './operations.ts';
import { harmless, type Terminal } from './terminal.ts';

const EXIT_CODES = `
Exit codes:
  0    done
  1    it could not be done, or what was checked is not as it should be
  2    the command was not understood
  130  interrupted

Completion: countersign complete bash|zsh|fish, as in: source <(countersign complete bash)`;

export type ProgramOptions = {
  readonly version: string;
  readonly operations: Operations;
  readonly terminal: Terminal;
  readonly exit: (code: number) => void;
  /** How wide help may be; as wide as the terminal of the process unless said otherwise. */
  readonly columns?: number;
};

export function buildProgram(options: ProgramOptions): Command {
  const { columns } = options;
  const width = columns === undefined ? {} : { getOutHelpWidth: () => columns, getErrHelpWidth: () => columns };
  const program = new Command('countersign')
    .description('zero trust, as one system: identity, decisions, enforcement and a tamper-evident record')
    .version(options.version)
    .exitOverride()
    .enablePositionalOptions()
    .configureOutput({
      ...width,
      writeOut: (text) => options.terminal.print(text.trimEnd()),
      // What it says repeats what was typed, or what a script had from elsewhere.
      writeErr: (text) => options.terminal.complain(text.trimEnd().split('\n').map(harmless).join('\n')),
    })
    .showHelpAfterError('(countersign help shows the commands)')
    .addHelpText('after', EXIT_CODES);
  for (const add of [addUp, addRun, addIdentities, addDecide, addExplain, addLedger, addPolicy, addDoctor])
    add(program, options);
  tab(program);
  return program;
}

/** Parses and runs; what commander refuses exits with 2, help and version with 0. */
export async function runProgram(options: ProgramOptions, words: readonly string[]): Promise<void> {
  try {
    await buildProgram(options).parseAsync([...words], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    options.exit(error.exitCode === 0 ? 0 : 2);
  }
}
