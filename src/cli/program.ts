/** The command line, put together from its commands. */
import tab from '@bomb.sh/tab/commander';
import { Command, CommanderError } from 'commander';

import { addDoctor } from './commands/doctor.ts';
import { addExplain } from './commands/explain.ts';
import { addIdentities } from './commands/identities.ts';
import { addLedger } from './commands/ledger.ts';
import { addRun } from './commands/run.ts';
import { addUp } from './commands/up.ts';
import type { Operations } from './operations.ts';
import type { Terminal } from './terminal.ts';

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
};

export function buildProgram(options: ProgramOptions): Command {
  const program = new Command('countersign')
    .description('zero trust, as one system: identity, decisions, enforcement and a tamper-evident record')
    .version(options.version)
    .exitOverride()
    .enablePositionalOptions()
    .configureOutput({
      writeOut: (text) => options.terminal.print(text.trimEnd()),
      writeErr: (text) => options.terminal.complain(text.trimEnd()),
    })
    .showHelpAfterError('(countersign help shows the commands)')
    .addHelpText('after', EXIT_CODES);
  for (const add of [addUp, addRun, addIdentities, addExplain, addLedger, addDoctor]) add(program, options);
  // `exitOverride` is not inherited by commands that were made before it was set on them.
  for (const command of commandsBelow(program)) command.exitOverride();
  tab(program);
  return program;
}

function commandsBelow(command: Command): Command[] {
  return command.commands.flatMap((child) => [child, ...commandsBelow(child)]);
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
