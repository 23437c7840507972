/** `countersign explain DECISION-ID`: who, what, which rule, and what would have allowed it. */
import type { Command } from 'commander';

import { parseEventId } from '../../kernel/event-id.ts';
import { type CommandContext, type CommonOptions, DIRECTORY_OPTION, JSON_OPTION, tell } from '../command-context.ts';
import { explanationLines } from '../explanation.ts';
import { jsonLine } from '../terminal.ts';

const EXAMPLES = `
Examples:
  countersign explain 1jmc6k2v5d8q0abc        the id that a refused caller got in the body of its 403
  countersign explain 1jmc-6k2v-5d8q-0abc     dashes and capitals do not matter

It works without a running server, too: the ledger and the history of the policies are files.`;

export function addExplain(program: Command, context: CommandContext): void {
  program
    .command('explain')
    .argument('<decision-id>', 'the id of a decision or of a refused connection')
    .description('explain a decision: which rule decided it, and what would have allowed it')
    .option(...DIRECTORY_OPTION)
    .option(...JSON_OPTION)
    .addHelpText('after', EXAMPLES)
    .action(async (text: string, { dir, json }: CommonOptions) => {
      const id = parseEventId(text);
      if (!id.ok) return tell(context, id.problem, json);
      const explained = await context.operations.explain(dir, id.value);
      if (!explained.ok) return tell(context, explained.problem, json);
      if (json === true) return context.terminal.print(jsonLine(explained.value));
      for (const line of explanationLines(explained.value, context.terminal)) context.terminal.print(line);
    });
}
