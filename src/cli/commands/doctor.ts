/** `countersign doctor`: what is missing on this machine or in this deployment, and how to fix it. */
import type { Command } from 'commander';

import { type CommandContext, type CommonOptions, DIRECTORY_OPTION, JSON_OPTION } from '../command-context.ts';
import type { Finding } from '../operations.ts';
import { harmless, jsonLine, type Terminal } from '../terminal.ts';

export function addDoctor(program: Command, { operations, terminal, exit }: CommandContext): void {
  program
    .command('doctor')
    .description('check this machine and this deployment; exits with 1 when something is missing')
    .option(...DIRECTORY_OPTION)
    .option(...JSON_OPTION)
    .action(async ({ dir, json }: CommonOptions) => {
      const findings = await operations.doctor(dir);
      if (json === true) terminal.print(jsonLine(findings));
      else for (const line of findings.flatMap((finding) => findingLines(finding, terminal))) terminal.print(line);
      exit(findings.some(({ state }) => state === 'missing') ? 1 : 0);
    });
}

function findingLines({ what, state, detail, fix }: Finding, { style }: Terminal): string[] {
  const mark = { ok: style('green', 'ok     '), missing: style('red', 'missing'), note: style('yellow', 'note   ') }[
    state
  ];
  const lines = [`${mark}  ${style('bold', harmless(what))}: ${harmless(detail)}`];
  return fix === undefined ? lines : [...lines, `         ${style('bold', 'fix')}: ${harmless(fix)}`];
}
